"""Loans in memory: one as a mapping, many as named NumPy columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.schema import COLUMNS, DATE, NUMERIC, TEXTS

Values = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.object_]

# One loan: numbers as float (unknown: NaN), texts as str (unknown: None), the date as seconds.
Loan = Mapping[str, float | int | str | None]


@dataclass(frozen=True, slots=True)
class LoanTable:
    """n loans as named columns of length n.

    Attributes:
        numbers: float64 columns in their own units, NaN where unknown.
        texts: object columns of str, None where unknown.
        seconds: the loans' dates, int64 seconds since 1970-01-01, Colombian wall clock.
        lines: int64, where each loan stood in its source (a file's line, a request's index).
        target: int8, 1 paid on time and 0 late; None where it is not known. Of a file whose
            outcomes are only partly known (`open_loans`), −1 where they are not.

    """

    numbers: Mapping[str, NDArray[np.float64]]
    texts: Mapping[str, NDArray[np.object_]]
    seconds: NDArray[np.int64]
    lines: NDArray[np.int64]
    target: NDArray[np.int8] | None = None

    def __len__(self) -> int:
        """Give the number of loans."""
        return len(self.seconds)

    def __getitem__(self, name: str) -> Values:
        """Give a column by its name; the date comes as seconds."""
        if name == DATE:
            return self.seconds
        return self.numbers[name] if name in self.numbers else self.texts[name]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> LoanTable:
        """Give the chosen rows, in the order asked for."""
        return LoanTable(
            numbers={name: values[rows] for name, values in self.numbers.items()},
            texts={name: values[rows] for name, values in self.texts.items()},
            seconds=self.seconds[rows],
            lines=self.lines[rows],
            target=None if self.target is None else self.target[rows],
        )

    def with_numbers(self, changed: Mapping[str, NDArray[np.float64]]) -> LoanTable:
        """Give the same loans with some numeric columns replaced."""
        return replace(self, numbers={**self.numbers, **changed}) if changed else self

    def loan(self, row: int) -> dict[str, float | int | str | None]:
        """Give one loan as Python scalars."""
        values: dict[str, float | int | str | None] = {}
        for column in COLUMNS:
            value = self[column.name][row]
            values[column.name] = value if column.is_text else value.item()
        return values

    @staticmethod
    def from_loans(loans: Sequence[Loan]) -> LoanTable:
        """Give the table of loans; `lines` counts them from 0."""
        return LoanTable(
            numbers={
                c.name: np.array([loan[c.name] for loan in loans], dtype=np.float64)
                for c in NUMERIC
            },
            texts={c.name: _objects([loan[c.name] for loan in loans]) for c in TEXTS},
            seconds=np.array([loan[DATE] for loan in loans], dtype=np.int64),
            lines=np.arange(len(loans), dtype=np.int64),
        )


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    """Give an object column; np.array would make strings of it."""
    column = np.empty(len(values), dtype=np.object_)
    column[:] = values
    return column


def concatenate(tables: Sequence[LoanTable]) -> LoanTable:
    """Give all loans of one or more tables as one, in order.

    Raises:
        ValueError: no table, or only some of them have a target.

    """
    if not tables:
        raise ValueError("no table to concatenate")
    targets = [table.target for table in tables if table.target is not None]
    if targets and len(targets) != len(tables):
        raise ValueError("some tables have a target and some have not")
    first = tables[0]
    return LoanTable(
        numbers={n: np.concatenate([t.numbers[n] for t in tables]) for n in first.numbers},
        texts={n: np.concatenate([t.texts[n] for t in tables]) for n in first.texts},
        seconds=np.concatenate([t.seconds for t in tables]),
        lines=np.concatenate([t.lines for t in tables]),
        target=np.concatenate(targets) if targets else None,
    )
