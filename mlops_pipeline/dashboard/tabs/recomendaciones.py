"""What to do, the most urgent first, with evidence and command."""

from __future__ import annotations

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.drawing import open_variable, opened
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.dashboard.windows import Chosen
from mlops_pipeline.src.data.moments import COLOMBIA
from mlops_pipeline.src.monitoring.actions import Action, Urgency
from mlops_pipeline.watching import Watched

_COLOURS = {
    Urgency.TODAY: "red",
    Urgency.WEEK: "orange",
    Urgency.MONTH: "blue",
    Urgency.NONE: "gray",
}
_MOST_LINKS = 4


def render(view: View) -> None:
    """Draw the tab."""
    st.header(messages.TAB_PLAN)
    chosen = opened(view)
    if chosen is None:
        return
    watched = chosen.watched()
    st.markdown(messages.plan_summary([action.urgency.value for action in watched.plan]))
    st.download_button(
        messages.DOWNLOAD_PLAN,
        data=plan_document(
            chosen, watched, messages.day_name(view.now.astimezone(COLOMBIA).date())
        ),
        file_name=messages.plan_file(chosen.model.version),
        mime="text/markdown",
        icon=":material/download:",
        on_click="ignore",
    )
    for position, action in enumerate(watched.plan, start=1):
        with st.container(border=True):
            _action(position, action)


def _action(position: int, action: Action) -> None:
    """Show one entry of the plan."""
    colour = _COLOURS[action.urgency]
    st.markdown(f":{colour}-badge[{messages.urgency(action.urgency.value)}]")
    st.subheader(f"{position}. {action.what}")
    st.markdown(messages.evidence(action.why))
    if action.command:
        st.code(action.command, language="bash", wrap_lines=True)
    if action.variables:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(messages.SEE_VARIABLES, width="content")
            for name in action.variables[:_MOST_LINKS]:
                st.button(
                    name,
                    key=f"open-{position}-{name}",
                    type="tertiary",
                    icon=":material/bar_chart:",
                    on_click=open_variable,
                    args=(name,),
                )


def plan_document(chosen: Chosen, watched: Watched, day: str) -> str:
    """Give the plan as a Markdown document."""
    actions = [
        messages.plan_entry(position, action.urgency.value, action.what, action.why, action.command)
        for position, action in enumerate(watched.plan, start=1)
    ]
    title = messages.plan_title(chosen.label, chosen.model.version, day, watched.report.cause)
    return "\n".join([title, *actions])
