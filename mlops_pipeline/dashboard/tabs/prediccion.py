"""Ask the service for predictions: one loan, many loans, an earlier prediction."""

from __future__ import annotations

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.prediction.look_up import WAY_KEY, draw_look_up
from mlops_pipeline.dashboard.prediction.many_loans import draw_many_loans
from mlops_pipeline.dashboard.prediction.one_loan import draw_one_loan
from mlops_pipeline.dashboard.view import View

_WAYS = {
    messages.ONE_LOAN: draw_one_loan,
    messages.MANY_LOANS: draw_many_loans,
    messages.EARLIER_PREDICTION: draw_look_up,
}


def render(view: View) -> None:
    """Draw the tab."""
    st.header(messages.TAB_PREDICTION)
    st.caption(messages.TAB_PREDICTION_INTRO)
    way = st.segmented_control(
        messages.PREDICTION_WAYS,
        list(_WAYS),
        default=messages.ONE_LOAN,
        required=True,
        key=WAY_KEY,
        persist_state="session",
        label_visibility="collapsed",
    )
    _WAYS[way](view)
