"""What every tab draws alike: charts, levels, and a useful page where there is nothing to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.filters import TAB, VARIABLE, Source
from mlops_pipeline.dashboard.windows import Chosen, NoWindow, choose
from mlops_pipeline.src.monitoring.levels import Level

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from mlops_pipeline.dashboard.view import View

CHART_CONFIG: Final = {"displayModeBar": False, "displaylogo": False, "responsive": True}

AGAIN_SECONDS: Final = 5.0  # until a page without anything to draw looks again
BADGES: Final = {
    Level.INSUFFICIENT: ("gray", ":material/help:"),
    Level.GREEN: ("green", ":material/check_circle:"),
    Level.YELLOW: ("yellow", ":material/visibility:"),
    Level.ORANGE: ("orange", ":material/warning:"),
    Level.RED: ("red", ":material/error:"),
}


def draw(figure: go.Figure, key: str, figures: str) -> None:
    """Draw a chart over the whole width; who cannot see it is told its titles and main figures."""
    layout = figure.layout
    said = messages.chart_told(
        layout.title.text, layout.xaxis.title.text or "", layout.yaxis.title.text or "", figures
    )
    st.plotly_chart(figure, key=key, width="stretch", config=CHART_CONFIG, alt=said)


def open_variable(name: str) -> None:
    """Open a variable's distributions; to be called before the page is drawn."""
    if VARIABLE not in st.session_state:  # its list is not there yet, so it cannot set the address
        st.query_params[VARIABLE] = name
    st.session_state[VARIABLE] = name
    st.session_state[TAB] = messages.TAB_DISTRIBUTIONS


def on_primary(label: str) -> str:
    """Give a primary button's label so that it reads: Streamlit's white does not on the dark theme.

    No one colour has the contrast that is wanted (4.5 to 1) both under white, as the button is,
    and on the dark page, where the open tab's name has it.
    """
    if st.context.theme.type != "dark":
        return label
    return f':color[{label}]{{foreground="#0B1117"}}'


def unlinked(text: str) -> str:
    r"""Keep Streamlit from making a link of an address that a text names.

    It is the service's, nothing to visit, and in a caption its colour is too pale to read.

    >>> print(unlinked("No responde http://127.0.0.1:8000"))
    No responde http\://127.0.0.1:8000
    """
    return text.replace("://", r"\://")


def level_badge(level: Level | None) -> str:
    """Give a level as a badge in Markdown."""
    if level is None:
        return f":gray-badge[{messages.NO_LEVEL}]"
    colour, icon = BADGES[level]
    return f":{colour}-badge[{icon} {messages.level_name(level.value)}]"


def opened(view: View) -> Chosen | None:
    """Give the chosen loans and say what they are; without any, say why and what to do."""
    chosen = choose(view)
    if isinstance(chosen, NoWindow):
        st.warning(unlinked(chosen.why), icon=":material/info:")
        st.markdown(chosen.what)
        _look_again(view, chosen)
        return None
    st.caption(messages.window_line(chosen.label, chosen.window.loans, chosen.model.version))
    for note in chosen.notes:
        st.caption(f":material/info: {unlinked(note)}")
    if not chosen.window.loans:
        st.info(messages.EMPTY_WINDOW, icon=":material/info:")
        st.markdown(messages.WIDEN)
        _look_again(view, chosen)
        return None
    return chosen


@st.fragment(run_every=AGAIN_SECONDS)
def _look_again(view: View, drawn: Chosen | NoWindow) -> None:
    """Draw the page anew once the service has something else to say than what was drawn."""
    if view.filters.source in (Source.AUTO, Source.TRAFFIC):
        now = choose(view)
        if _told(now) != _told(drawn):
            st.rerun()


def _told(chosen: Chosen | NoWindow) -> NoWindow | str:
    """Give what tells a window from another, or from none."""
    return chosen if isinstance(chosen, NoWindow) else chosen.name
