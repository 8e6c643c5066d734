"""Results as CSV (RFC 4180): columns of `POST /predict/file`, the loan, what else the file has."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from mlops_pipeline.dashboard.prediction.batch import Answer, BatchJob, ResultRow
from mlops_pipeline.dashboard.prediction.extra_columns import Extra
from mlops_pipeline.dashboard.prediction.sources import NAMES

# The service's columns, so that one program reads both kinds of file.
FIELDS = (
    "linea",
    "prediction",
    "probability_class_1",
    "interpretation",
    "prediction_id",
    "model_version",
    "warnings",
    "error",
)
AS_IT_CAME = "fila_original"  # of rows that could not be read as loans
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def results_csv(job: BatchJob, not_sent: str) -> bytes:
    """Write every row of a job's source, in its order.

    Args:
        job: finished or not.
        not_sent: what stands as the reason of loans that were not sent yet.

    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    extra = job.rows.extra
    writer.writerow((*FIELDS, *NAMES, AS_IT_CAME, *_own_names(extra.names)))
    writer.writerows(_lines(job.results(), extra, not_sent))
    return text.getvalue().encode()


def _own_names(names: Iterable[str]) -> Iterator[str]:
    """Name a file's own columns so that none is taken for one of ours."""
    for name in names:
        taken = name in FIELDS or name == AS_IT_CAME
        yield str(_shown(f"{name}_original" if taken else name))


def _lines(rows: Iterable[ResultRow], extra: Extra, not_sent: str) -> Iterable[list[object]]:
    """Give each row's fields."""
    for row in rows:
        answer = row.answer or Answer(reason=not_sent)
        loan = row.document or dict.fromkeys(NAMES)
        yield [
            row.line,
            answer.decision,
            answer.probability,
            answer.interpretation,
            answer.prediction_id,
            answer.model_version,
            _shown(in_words(answer)),
            _shown(answer.reason),
            *(_shown(loan[name]) for name in NAMES),
            _shown(row.content),
            *map(_shown, extra.of(row.line)),
        ]


def in_words(answer: Answer) -> str:
    """Write a loan's warnings as one text."""
    return " | ".join(f"{one.field}: {one.message}" for one in answer.warnings)


def _shown(value: object) -> object:
    """Give a value; a text that a spreadsheet would compute is shown instead."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
