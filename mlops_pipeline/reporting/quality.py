"""data_quality.json: what was read, what was refused and why, what is missing or implausible."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from pydantic import JsonValue

from mlops_pipeline import messages
from mlops_pipeline.reporting.facts import periods, validation_periods
from mlops_pipeline.src.data.readers import RejectedRow
from mlops_pipeline.src.data.schema import COLUMNS, HEADER, Column
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.training.periods import Period
from mlops_pipeline.training_run import Run

JsonObject = dict[str, JsonValue]

# A row's reasons are joined by "; ", which also stands inside of them: a new one begins with
# a column's name.
_NEXT_REASON = re.compile(rf"; (?=(?:{'|'.join(HEADER)}): )")
_COLUMN = re.compile(rf"(?:({'|'.join(HEADER)}): )?(.*)", re.DOTALL)


def data_quality(run: Run) -> JsonObject:
    """Give the state of the data: rows_read = usable + rejected."""
    portfolio = run.portfolio
    training, test = periods(run)
    return {
        "file": run.data_name,
        "sha256": portfolio.sha256,
        "rows": {
            "read": portfolio.rows_read,
            "usable": len(portfolio.loans),
            "rejected": len(portfolio.rejected),
        },
        "rejected_by_first_reason": dict(first_reasons(portfolio.rejected)),
        "reasons_by_column": _reasons_by_column(portfolio.rejected),
        "ignored_columns": list(portfolio.ignored_columns),
        "outcomes_known_up_to": max(training.last, test.last),
        "training": _period(training),
        "validation_folds": [_period(one) for one in validation_periods(run)],
        "out_of_time": _period(test),
        "columns": [_column(column, run) for column in COLUMNS],
    }


def _reasons(row: RejectedRow) -> list[tuple[str, str]]:
    """Give a row's reasons as (column, kind); the column is "" where the line is unreadable."""
    found = []
    for text in _NEXT_REASON.split(row.reason):
        match = _COLUMN.fullmatch(text)
        column, reason = match.groups() if match else (None, text)
        found.append((column or "", messages.reason_kind(reason)))
    return found


def first_reasons(rejected: Sequence[RejectedRow]) -> Counter[str]:
    """Count rows by the kind of their first reason, the commonest first."""
    counts = Counter(_reasons(row)[0][1] for row in rejected)
    return Counter(dict(counts.most_common()))


def _reasons_by_column(rejected: Sequence[RejectedRow]) -> list[JsonValue]:
    """Count all reasons; a row may have several."""
    counts = Counter(reason for row in rejected for reason in _reasons(row))
    return [
        {"column": column or None, "kind": kind, "rows": rows}
        for (column, kind), rows in sorted(counts.items())
    ]


def _period(found: Period) -> JsonObject:
    """Give a period as JSON."""
    return {**asdict(found), "late_rate": found.late_rate}


def nulls(loans: LoanTable, column: Column) -> int:
    """Count the loans for which a column came without a value."""
    if column.is_text:
        return sum(value is None for value in loans.texts[column.name])
    return int(np.isnan(np.asarray(loans[column.name], dtype=np.float64)).sum())


def _column(column: Column, run: Run) -> JsonObject:
    """Give one column's missing and implausible values among the usable loans."""
    missing = nulls(run.portfolio.loans, column)
    findings: JsonObject = {
        flag.finding.value: len(flag.rows) for flag in run.flags if flag.column == column.name
    }
    return {
        "column": column.name,
        "unit": column.unit,
        "nulls": missing,
        "null_share": missing / len(run.portfolio.loans),
        "findings": findings,
    }
