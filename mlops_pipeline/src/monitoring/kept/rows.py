"""Rows of the kept counts as the counts that they are, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row

from mlops_pipeline import messages
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.documents import TallyDocument
from mlops_pipeline.src.monitoring.kept.records import Kept, Progress
from mlops_pipeline.src.monitoring.kept.tables import WHOLE
from mlops_pipeline.src.monitoring.periods import PeriodTally, SegmentTally
from mlops_pipeline.src.monitoring.tally import Tally
from mlops_pipeline.src.monitoring.tally_document import from_document, to_document

AnyRow = Row[*tuple[Any, ...]]

# Day, model, tipo_laboral, tipo_credito; `WHOLE` twice: all of the day's loans.
Key = tuple[str, str, str, str]

_TALLY = TypeAdapter(TallyDocument)


class Count(NamedTuple):
    """What is kept of a key: its tally, and how many logged loans could not be read."""

    tally: Tally
    rejected: int


class LoggedRow(NamedTuple):
    """What is counted of a logged prediction."""

    seq: int
    created_ms: int
    model_version: str
    inputs: str
    probability: float


def key_of(row: AnyRow) -> Key:
    """Give a row's key."""
    return row.day, row.model_version, row.tipo_laboral, row.tipo_credito


def count_of(row: AnyRow) -> Count:
    """Give a row's count.

    Raises:
        WindowError: it is damaged.

    """
    try:
        document = _TALLY.validate_json(row.tally)
    except ValidationError as error:
        raise WindowError(messages.unreadable_tally()) from error
    return Count(from_document(document), row.rejected)


def row_of(grid: str, key: Key, count: Count) -> dict[str, Any]:
    """Give the row of a count."""
    day, version, work, credit = key
    return {
        "grid": grid,
        "day": day,
        "model_version": version,
        "tipo_laboral": work,
        "tipo_credito": credit,
        "loans": count.tally.loans,
        "rejected": count.rejected,
        "tally": orjson.dumps(to_document(count.tally)).decode(),
    }


def kept_of(progress: Progress, rows: Sequence[AnyRow]) -> Kept:
    """Give rows as periods and segments, in their order; raises like `count_of`."""
    parts, segments = [], []
    for row in rows:
        tally = count_of(row).tally
        if row.tipo_laboral != WHOLE:
            names = row.day, row.tipo_laboral, row.tipo_credito
            segments.append(SegmentTally(*names, tally, row.model_version))
        elif tally.loans:
            parts.append(PeriodTally(row.day, tally, row.model_version))
    return Kept(progress, tuple(parts), tuple(segments), sum(row.rejected for row in rows))
