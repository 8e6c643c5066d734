"""Counts as JSON documents, as the bundle, the kept counts and the wire have them; no NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class TallyDocument:
    """A tally as JSON; the counts as base64 of zlib-compressed little-endian int64."""

    grid: str
    counts: str
    checks: str
    loans: int
    outcomes: int
    late: int
    immature: int
    future: int
    first: int | None
    last: int | None
    unseen: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class PartDocument:
    """A period as JSON."""

    period: str
    tally: TallyDocument
    model_version: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentDocument:
    """A period's segment as JSON."""

    period: str
    tipo_laboral: str
    tipo_credito: str
    tally: TallyDocument
    model_version: str | None = None


@dataclass(frozen=True, slots=True)
class CountsDocument:
    """What was counted of the prediction log, by day, week or month of arrival in Colombia.

    Attributes:
        origin: where the loans come from, in words.
        model_version: the model in service, whose grid was counted over.
        grid: the fingerprint of that grid; the segments have its coarse one's.
        by: day, week or month.
        since, until: the first and the last day that were asked for, both included; None: open.
        counted_until: everything that was logged up to here is counted (as far as
            `counted_from` goes back); None: nothing is.
        counted_from: earlier loans are yet to be counted over this grid; None: none are.
        pending: logged loans that are not counted yet, at the most.
        default_window: out_of_time or traffic: what the service watches by itself.
        rejected: logged loans that cannot be read.
        revision: grows whenever the counts change.
        parts: periods in order, model by model.
        segments: the same by tipo_laboral and tipo_credito.

    """

    origin: str
    model_version: str
    grid: str
    by: str
    since: date | None
    until: date | None
    counted_until: datetime | None
    counted_from: datetime | None
    pending: int
    default_window: str
    rejected: int
    revision: int
    parts: tuple[PartDocument, ...]
    segments: tuple[SegmentDocument, ...]
