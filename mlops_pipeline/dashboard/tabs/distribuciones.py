"""One variable: the training loans against the window's, bin by bin."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard import charts_variable, told
from mlops_pipeline.dashboard.curves import Sides
from mlops_pipeline.dashboard.drawing import draw, level_badge, opened
from mlops_pipeline.dashboard.filters import TIPO_CREDITO, TIPO_LABORAL, VARIABLE
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.dashboard.windows import Chosen
from mlops_pipeline.src.monitoring.report import QUANTILE_SHARES, VariableDrift

# More segments than these would be bars too thin to read.
MOST_SEGMENTS = 6
KPI_PIXELS, LIST_PIXELS = 178, 440


def render(view: View) -> None:
    """Draw the tab."""
    st.header(messages.TAB_DISTRIBUTIONS)
    chosen = opened(view)
    if chosen is None:
        return
    report = chosen.watched().report
    names = [one.name for one in (*report.variables, *report.shown)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            messages.VARIABLE,
            names,
            key=VARIABLE,
            bind="query-params",
            help=messages.VARIABLE_HELP,
            width=LIST_PIXELS,
        )
        variable = report[name]
        curves = Sides.of(chosen.model.reference, chosen.window).curves(name)
        form = st.segmented_control(
            messages.CHART_FORM,
            [messages.FORM_BINS, messages.FORM_ECDF] if curves else [messages.FORM_BINS],
            default=messages.FORM_BINS,
            required=True,
            key="distribution_form",
            persist_state="session",
        )
    st.markdown(f"{level_badge(variable.level)} {variable.description}. {variable.cause}")
    _figures(variable)
    if curves and form == messages.FORM_ECDF:
        named = dict(zip((messages.TRAINING_LOANS, messages.WINDOW_LOANS), curves, strict=True))
        draw(charts_variable.cumulative(variable, named), "ecdf", told.cumulative(variable))
    else:
        draw(charts_variable.bin_shares(variable), "bins", told.bin_shares(variable))
    _quantiles(variable)
    draw(charts_variable.psi_parts(variable), "parts", told.psi_parts(variable))
    _segments(chosen, variable)


def _figures(variable: VariableDrift) -> None:
    """Show the variable's figures."""
    shown = (
        (messages.COLUMN_PSI, messages.table_figure(variable.psi), messages.PSI_HELP),
        (messages.COLUMN_KS, messages.table_figure(variable.ks), messages.KS_HELP),
        (messages.COLUMN_JS, messages.table_figure(variable.js_distance), messages.JS_HELP),
        (
            messages.MISSING,
            messages.percent(variable.missing),
            messages.before(messages.percent(variable.missing_reference)),
        ),
        (messages.STRANGE, messages.percent(variable.strange), messages.STRANGE_HELP),
    )
    with st.container(horizontal=True, gap="small"):
        for label, value, text in shown:
            st.metric(label, value, help=text, border=True, width=KPI_PIXELS)


def _quantiles(variable: VariableDrift) -> None:
    """Show a number's quantiles, or a category's unseen names."""
    if not variable.is_category:
        st.markdown(f"**{messages.QUANTILES}** ({messages.unit_of(variable.unit)})")
        sides = {
            messages.TRAINING_LOANS: variable.quantiles.reference,
            messages.WINDOW_LOANS: variable.quantiles.window,
        }
        shares = [messages.percent(share, 0) for share in QUANTILE_SHARES]
        table = pd.DataFrame(
            [[name, *map(messages.figure_or_dash, values)] for name, values in sides.items()],
            columns=[messages.QUANTILE, *shares],
        )
        st.dataframe(table, hide_index=True, width="stretch")
        return
    st.markdown(f"**{messages.UNSEEN_CATEGORIES}**")
    if not variable.unseen_categories:
        st.caption(messages.NO_UNSEEN)
        return
    names, loans = zip(*variable.unseen_categories, strict=True)
    table = pd.DataFrame(
        {messages.CATEGORY: names, messages.KPI_LOANS: [messages.number(n) for n in loans]}
    )
    st.dataframe(table, hide_index=True, width="stretch")


def _segments(chosen: Chosen, variable: VariableDrift) -> None:
    """Split the window by segment."""
    st.subheader(messages.BY_SEGMENT)
    labels = {messages.TIPO_LABORAL: TIPO_LABORAL, messages.TIPO_CREDITO: TIPO_CREDITO}
    label = st.segmented_control(
        messages.SPLIT_BY,
        list(labels),
        default=messages.TIPO_LABORAL,
        required=True,
        key="split_by",
        persist_state="session",
    )
    sizes: dict[str, int] = {}
    for one in chosen.window.segments:
        name = getattr(one, labels[label])
        sizes[name] = sizes.get(name, 0) + one.tally.loans
    largest = sorted(sizes, key=lambda name: -sizes[name])[:MOST_SEGMENTS]
    if not largest:
        st.caption(messages.NO_SEGMENTS)
        return
    found = {
        name: chosen.segment(
            name if label == messages.TIPO_LABORAL else None,
            name if label == messages.TIPO_CREDITO else None,
        )[variable.name]
        for name in largest
    }
    figure = charts_variable.segment_shares(variable, found, messages.segment_chart(label))
    draw(figure, "segments", told.segment_shares(found))
    table = pd.DataFrame(
        {
            label: list(found),
            messages.KPI_LOANS: [messages.number(one.loans) for one in found.values()],
            messages.COLUMN_PSI: [messages.table_figure(one.psi) for one in found.values()],
            messages.COLUMN_EXCESS: [
                messages.table_figure(one.psi_excess) for one in found.values()
            ],
            messages.COLUMN_LEVEL: [
                messages.NO_LEVEL if one.level is None else messages.level_name(one.level.value)
                for one in found.values()
            ],
        }
    )
    st.dataframe(table, hide_index=True, width="stretch")
    st.caption(messages.SEGMENTS_EXPLAINED)
