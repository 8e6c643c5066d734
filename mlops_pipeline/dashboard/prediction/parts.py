"""What several parts of the tab show alike."""

from __future__ import annotations

import time
from datetime import datetime

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.prediction import fields
from mlops_pipeline.dashboard.prediction.asking import ask_threshold
from mlops_pipeline.dashboard.prediction.desk import Desk
from mlops_pipeline.dashboard.prediction.figures import probability_bar
from mlops_pipeline.dashboard.prediction.troubles import Trouble
from mlops_pipeline.dashboard.service import ASK_SECONDS
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.src.data.moments import COLOMBIA

# Seconds to wait: for one loan, and between two pieces of the answer about many.
ONE_LOAN_SECONDS = 10.0
MANY_LOANS_SECONDS = 120.0
ASK_AGAIN_SECONDS = 20.0  # between two questions for a threshold that the service did not say


def draw_trouble(trouble: Trouble, kept: str) -> None:
    """Explain what went wrong, what can be done and what was kept."""
    said = " ".join(f"{trouble.said} {trouble.advice} {kept}".split())
    st.error(f"**{trouble.title}.** {said}", icon=":material/error:")
    if trouble.request_id:
        st.caption(messages.with_request_id(trouble.request_id))


def draw_decision(
    probability: float | None, threshold: float | None, decision: int, words: str, key: str
) -> None:
    """Show a decision and its probability beside the threshold."""
    (st.success if decision == 1 else st.warning)(words)
    if probability is None:
        return
    st.markdown(messages.compared_with_threshold(probability, threshold))
    st.plotly_chart(
        probability_bar(probability, threshold, decision),
        key=key,
        config={"displayModeBar": False},
        alt=messages.bar_in_words(probability, threshold),
    )
    if threshold is None:
        st.caption(messages.NO_THRESHOLD)


def draw_doubts(warnings: list[tuple[str, str]]) -> None:
    """List the values that were used with reservations: (field, finding in words)."""
    if not warnings:
        st.caption(messages.NO_VALUE_IN_DOUBT)
        return
    lines = [messages.value_in_doubt(fields.label(name), said) for name, said in warnings]
    st.markdown(f"**{messages.VALUES_IN_DOUBT}**\n" + "".join(f"\n- {line}" for line in lines))


def draw_facts(facts: list[tuple[str, str | None]]) -> None:
    """Show names and ids, each in a block that can be copied."""
    with st.container(horizontal=True):
        for name, value in facts:
            if value:
                with st.container(width=350, gap="xxsmall"):
                    st.caption(name)
                    st.code(value, language=None)


def local_time(moment: datetime) -> str:
    """Write an aware moment as Colombian time."""
    return messages.moment_in_colombia(moment.astimezone(COLOMBIA))


def threshold_for(view: View, desk: Desk, version: str) -> float | None:
    """Give the threshold of a model by its version.

    A service that said none is asked again after a while, and soon given up: the page waits.
    """
    asked, now = desk.asked.get(version), time.monotonic()
    waits = asked is not None and now - asked < ASK_AGAIN_SECONDS
    if version not in desk.thresholds and not waits:
        found = ask_threshold(lambda: view.client(ASK_SECONDS), version)
        if found is None:
            desk.asked[version] = time.monotonic()
        else:
            desk.thresholds[version] = found
    return desk.thresholds.get(version)
