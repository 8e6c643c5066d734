"""How the model's loans changed over time, from real windows only."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard import charts_time
from mlops_pipeline.dashboard.charts_time import Metric
from mlops_pipeline.dashboard.drawing import draw, opened
from mlops_pipeline.dashboard.filters import SPAN
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.src.monitoring.history import HistoryPoint
from mlops_pipeline.src.monitoring.levels import PSI_BANDS, Bands
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.variables import SCORE
from mlops_pipeline.src.monitoring.windows import by_span
from mlops_pipeline.watching import Watched, Window

# Comparing a period takes some 40 ms; more points than these are no longer read one by one.
MOST_PERIODS = 120

_SPANS = {messages.SPANS[span.value]: span for span in (Span.MONTH, Span.WEEK, Span.DAY)}


@dataclass(frozen=True, slots=True)
class _Measure:
    """What can be drawn over time."""

    of: Metric
    bands: Bands | None


_MEASURES = {
    messages.COLUMN_EXCESS: _Measure(lambda v: v.psi_excess, PSI_BANDS),
    messages.COLUMN_PSI: _Measure(lambda v: v.psi, None),
    messages.COLUMN_KS: _Measure(lambda v: v.ks, None),
    messages.COLUMN_JS: _Measure(lambda v: v.js_distance, None),
    messages.MISSING: _Measure(lambda v: v.missing, None),
    messages.MEDIAN: _Measure(lambda v: v.median, None),
}


def render(view: View) -> None:
    """Draw the tab."""
    st.header(messages.TAB_TIME)
    chosen = opened(view)
    if chosen is None:
        return
    name = st.segmented_control(
        messages.GROUP_BY,
        list(_SPANS),
        default=messages.SPANS[Span.MONTH.value],
        required=True,
        key=SPAN,
        bind="query-params",
    )
    span = _possible(chosen.window, _SPANS[name])
    watched = chosen.watched(span)
    points = watched.history.points
    _metric(watched, points)
    _changes(points)
    ranked = [one.name for one in watched.report.variables]
    draw(charts_time.heat_map(points, ranked), "heat")
    st.caption(messages.HEAT_EXPLAINED)
    left, right = st.columns(2, gap="medium")
    with left:
        draw(charts_time.volume(points), "volume")
        st.caption(
            messages.immature_share(watched.report.window.loans, watched.report.window.immature)
        )
    with right:
        draw(charts_time.score_median(points), "score_time")
    _late(points)


def _possible(window: Window, span: Span) -> Span:
    """Give the asked span, or the next longer one that makes no more periods than can be read."""
    for one in list(Span)[list(Span).index(span) :]:
        periods = len(by_span(window.parts, one))
        if periods <= MOST_PERIODS or one is Span.MONTH:
            if one is not span:
                st.info(
                    messages.too_many_periods(MOST_PERIODS, messages.SPANS[one.value]),
                    icon=":material/calendar_month:",
                )
            return one
    raise ValueError(span)


def _metric(watched: Watched, points: tuple[HistoryPoint, ...]) -> None:
    """Show one figure of one variable over time."""
    names = [one.name for one in (*watched.report.variables, *watched.report.shown)]
    left, right = st.columns(2)
    variable = left.selectbox(
        messages.VARIABLE,
        names,
        index=names.index(SCORE),
        format_func=messages.variable_name,
        key="time_variable",
        persist_state="session",
    )
    measure = right.selectbox(
        messages.MEASURE,
        list(_MEASURES),
        key="time_measure",
        persist_state="session",
    )
    chosen = _MEASURES[measure]
    draw(charts_time.metric_history(points, variable, chosen.of, measure, chosen.bands), "history")
    st.caption(messages.HISTORY_EXPLAINED)


def _changes(points: tuple[HistoryPoint, ...]) -> None:
    """List the periods in which the window's level changed."""
    changed = [point for point in points if point.level_changed and point.level_before]
    if not changed:
        st.caption(messages.NO_LEVEL_CHANGES)
        return
    with st.expander(messages.level_changes(len(changed)), icon=":material/swap_vert:"):
        for point in changed:
            before = point.level_before.value if point.level_before else ""
            st.markdown(messages.level_change(point.period, before, point.level.value, point.cause))


def _late(points: tuple[HistoryPoint, ...]) -> None:
    """Show the late rate of the vintages whose outcome is known."""
    if any(point.window.outcomes for point in points):
        draw(charts_time.late_rate(points), "late")
        st.caption(messages.LATE_EXPLAINED)
    else:
        st.info(messages.NO_OUTCOMES, icon=":material/info:")
