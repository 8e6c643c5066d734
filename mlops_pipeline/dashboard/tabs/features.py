"""Every watched variable in one table, and what drifts against what matters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard import charts, told
from mlops_pipeline.dashboard.drawing import draw, open_variable, opened
from mlops_pipeline.dashboard.feature_table import as_csv, feature_table, matching, styled
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.src.monitoring.levels import PSI_BANDS
from mlops_pipeline.src.monitoring.reference import MATTERS
from mlops_pipeline.src.monitoring.report import VariableDrift

_TABLE = "features_table"
_ROW_HEIGHT = 35
_MOST_ROWS = 16
_SEARCH_PIXELS = 440


def render(view: View) -> None:
    """Draw the tab."""
    st.header(messages.TAB_FEATURES)
    chosen = opened(view)
    if chosen is None:
        return
    report = chosen.watched().report
    with st.container(horizontal=True, vertical_alignment="bottom"):  # wraps on a tablet
        text = st.text_input(
            messages.SEARCH,
            key="features_search",
            persist_state="session",
            placeholder=messages.SEARCH_EXAMPLE,
            width=_SEARCH_PIXELS,
        )
        with_shown = st.toggle(
            messages.WITH_SHOWN,
            key="features_shown",
            persist_state="session",
            help=messages.WITH_SHOWN_HELP,
        )
    every = (*report.variables, *report.shown) if with_shown else report.variables
    found = matching(every, text)
    _table(found, len(every))
    st.download_button(
        messages.DOWNLOAD_CSV,
        data=as_csv(feature_table(found)),
        file_name=messages.features_file(chosen.model.version),
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    st.subheader(messages.QUADRANT)
    figure = charts.quadrant(report.variables, PSI_BANDS)
    draw(figure, "quadrant", told.quadrant(report.variables))
    st.caption(messages.quadrant_explained(PSI_BANDS.orange, MATTERS))


def _table(found: list[VariableDrift], of: int) -> None:
    """Show the table; a click on a row opens its variable."""
    if not found:
        st.info(messages.NOTHING_FOUND, icon=":material/search_off:")
        return
    table = feature_table(found)
    st.caption(messages.table_explained(len(found), of))

    st.dataframe(
        styled(table.drop(columns=messages.COLUMN_CAUSE)),
        key=_TABLE,
        hide_index=True,
        width="stretch",
        height=_ROW_HEIGHT * (min(len(found), _MOST_ROWS) + 1) + 3,
        on_select=partial(open_row, tuple(one.name for one in found)),
        selection_mode="single-row",
        placeholder=messages.UNKNOWN,
        column_config={
            name: st.column_config.Column(help=text, pinned=name == messages.COLUMN_VARIABLE)
            for name, text in messages.COLUMN_HELP.items()
            if name != messages.COLUMN_CAUSE
        },
    )


def open_row(names: Sequence[str]) -> None:
    """Open the distributions of the variable whose row was selected."""
    rows = st.session_state[_TABLE]["selection"]["rows"]
    if rows:
        open_variable(names[rows[0]])
