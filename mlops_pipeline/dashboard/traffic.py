"""The service's logged loans, as the counts that it gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.client import ServiceError
from mlops_pipeline.dashboard.local_model import LocalModel
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.src.data.moments import COLOMBIA
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.documents import CountsDocument
from mlops_pipeline.watching import Window

FRESH_SECONDS = 10.0
# The first question of all starts a process of the service: some 2 s, more where others compute.
ASK_SECONDS = 8.0
_TRAFFIC = "traffic"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Logged loans; `key` changes whenever they do."""

    window: Window
    key: str
    notes: tuple[str, ...]


def is_default(view: View) -> bool:
    """Tell whether the service itself watches real traffic: there is enough of it.

    Raises:
        ServiceError: it does not say.

    """
    return _asked(view).default_window == _TRAFFIC


def fetch_traffic(view: View, model: LocalModel) -> Traffic:
    """Give the counts of the service's log, asked at most every few seconds.

    Without a period they are those of the days that the service watches by default.

    Raises:
        ServiceError: it does not give them.
        WindowError: they were counted for another model than the one on this machine.

    """
    counts = _asked(view)
    if counts.grid != model.watch.grid:
        raise WindowError(messages.other_model_counts(counts.model_version, model.version))
    window = model.watch.counted(counts)
    # A new log begins with revision 0 again: the counts themselves tell it from the one before.
    digest = hashlib.sha256(b"".join(part.tally.digest for part in window.parts)).hexdigest()
    key = f"traffic|{view.api_address}|{digest}|{counts.revision}|{counts.since}|{counts.until}"
    return Traffic(window, key, tuple(_notes(counts)))


def _asked(view: View) -> CountsDocument:
    """Give the counts of the chosen days.

    Raises:
        ServiceError: the service does not give them.

    """
    counts = _counts(view, view.filters.since, view.filters.until)
    if isinstance(counts, ServiceError):
        raise counts
    return counts


def _notes(counts: CountsDocument) -> list[str]:
    """Say how far the log is counted."""
    notes = []
    if counts.counted_until is not None:
        notes.append(messages.counted_until(counts.counted_until.astimezone(COLOMBIA)))
    if counts.pending:
        notes.append(messages.counts_pending(counts.pending))
    if counts.counted_from is not None:
        notes.append(messages.counted_from(counts.counted_from.astimezone(COLOMBIA)))
    if counts.rejected:
        notes.append(messages.rejected_rows(counts.rejected))
    return notes


_ASKED: dict[str | type[Any], Callable[[Any], Any]] = {
    View: lambda one: (one.api_address, one.sends_key)
}


# The first question makes the service start a process: a visitor should see what is waited for.
@st.cache_resource(
    ttl=FRESH_SECONDS, max_entries=8, show_spinner=messages.ASKING_TRAFFIC, hash_funcs=_ASKED
)
def _counts(view: View, since: date | None, until: date | None) -> CountsDocument | ServiceError:
    """Ask for the counts of some days; a failure is kept as long as an answer."""
    try:
        with view.client(ASK_SECONDS) as client:
            return client.monitoring_counts(since, until)
    except ServiceError as error:
        return error
