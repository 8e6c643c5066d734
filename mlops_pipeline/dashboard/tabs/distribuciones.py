"""One variable: the training loans against the window's, bin by bin."""

from __future__ import annotations

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.view import View


def render(view: View) -> None:
    """Draw the tab."""
    st.header(messages.TAB_DISTRIBUTIONS)
    st.caption(view.service.text)
