"""Tallies as JSON documents: a few kilobytes each."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.grid import Counts
from mlops_pipeline.src.monitoring.tally import CHECKS, Tally


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
