"""The window at a glance: its level and why, key figures, the score, what decisions cost."""

from __future__ import annotations

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.view import View


def render(view: View) -> None:
    """Draw the tab."""
    st.header(messages.TAB_OVERVIEW)
    st.caption(view.service.text)
