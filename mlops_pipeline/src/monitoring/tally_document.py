"""Tallies as JSON documents: a few kilobytes each."""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.documents import (
    PartDocument,
    SegmentDocument,
    TallyDocument,
)
from mlops_pipeline.src.monitoring.grid import Counts
from mlops_pipeline.src.monitoring.periods import PeriodTally, SegmentTally
from mlops_pipeline.src.monitoring.tally import CHECKS, Tally

_PLAIN = ("grid", "loans", "outcomes", "late", "immature", "future", "first", "last", "unseen")


def to_document(tally: Tally) -> TallyDocument:
    """Give a tally as a document."""
    plain = {name: getattr(tally, name) for name in _PLAIN}
    return TallyDocument(counts=_pack(tally.counts), checks=_pack(tally.checks), **plain)


def from_document(document: TallyDocument) -> Tally:
    """Give the tally of a document.

    Raises:
        WindowError: its counts cannot be read.

    """
    plain = {name: getattr(document, name) for name in _PLAIN}
    try:
        counts, checks = _unpack(document.counts), _unpack(document.checks)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise WindowError(messages.unreadable_tally()) from error
    if len(checks) != len(CHECKS):
        raise WindowError(messages.unreadable_tally())
    return Tally(counts=counts, checks=checks, **plain)


def _pack(counts: Counts) -> str:
    """Write counts, which are mostly small and many zero, compactly."""
    return base64.b64encode(zlib.compress(counts.astype("<i8").tobytes(), 9)).decode("ascii")


def _unpack(text: str) -> Counts:
    """Read counts."""
    packed = zlib.decompress(base64.b64decode(text, validate=True))
    return np.frombuffer(packed, dtype="<i8").astype(np.int64)


def part_document(part: PeriodTally) -> PartDocument:
    """Give a period as a document."""
    return PartDocument(part.period, to_document(part.tally), part.model_version)


def segment_document(segment: SegmentTally) -> SegmentDocument:
    """Give a segment as a document."""
    names = segment.period, segment.tipo_laboral, segment.tipo_credito
    return SegmentDocument(*names, to_document(segment.tally), segment.model_version)


def part_of(document: PartDocument) -> PeriodTally:
    """Give the period of a document; raises like `from_document`."""
    return PeriodTally(document.period, from_document(document.tally), document.model_version)


def segment_of(document: SegmentDocument) -> SegmentTally:
    """Give the segment of a document; raises like `from_document`."""
    names = document.period, document.tipo_laboral, document.tipo_credito
    return SegmentTally(*names, from_document(document.tally), document.model_version)
