"""The service's logged loans, as the counts that it gives."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.local_model import LocalModel
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.watching import Window

FRESH_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Logged loans; `key` changes whenever they do."""

    window: Window
    key: str
    is_default: bool
    notes: tuple[str, ...]


def fetch_traffic(view: View, model: LocalModel) -> Traffic:
    """Ask the service for the counts of its log, at most every few seconds.

    Raises:
        ServiceError: it does not give them.
        WindowError: they were counted for another model than the one on this machine.

    """
    return _fetched(view.api_address, view.sends_key, model.version, view, model)


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=4, show_spinner=False)
def _fetched(
    address: str,
    sends_key: bool,
    version: str,
    _view: View,
    _model: LocalModel,
) -> Traffic:
    """Ask the service for its counts and for what it watches by default."""
    raise WindowError(messages.other_grid())
