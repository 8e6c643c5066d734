"""How the model's loans changed over time, from real windows only."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard import charts_periods, charts_time, told
from mlops_pipeline.dashboard.charts_time import Measure
from mlops_pipeline.dashboard.course import Course
from mlops_pipeline.dashboard.drawing import draw, opened
from mlops_pipeline.dashboard.filters import SPAN, Source
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.src.monitoring.history import HistoryPoint
from mlops_pipeline.src.monitoring.levels import PSI_BANDS
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.report import VariableDrift
from mlops_pipeline.src.monitoring.variables import SCORE
from mlops_pipeline.src.monitoring.windows import by_span
from mlops_pipeline.watching import Watched, Window

# Comparing a period takes some 40 ms; more points than these are no longer read one by one.
MOST_PERIODS = 120

_SPANS = {messages.SPANS[span.value]: span for span in (Span.MONTH, Span.WEEK, Span.DAY)}


def measures(variable: VariableDrift) -> dict[str, Measure]:
    """Give what can be drawn of a variable over time, by its name."""
    found = (
        Measure(messages.COLUMN_EXCESS, lambda v: v.psi_excess, PSI_BANDS),
        Measure(messages.COLUMN_PSI, lambda v: v.psi),
        Measure(messages.COLUMN_KS, lambda v: v.ks),
        Measure(messages.COLUMN_JS, lambda v: v.js_distance),
        Measure(messages.MISSING, lambda v: v.missing, is_share=True),
        Measure(messages.MEDIAN, lambda v: v.median, unit=variable.unit),
    )
    return {one.label: one for one in found}


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
    course = Course(watched.history.points, by_arrival=chosen.source is Source.TRAFFIC)
    _metric(watched, course)
    _changes(course.points)
    ranked = [one.name for one in watched.report.variables]
    draw(charts_time.heat_map(course, ranked), "heat", told.heat_map(course, ranked))
    st.caption(messages.HEAT_EXPLAINED)
    left, right = st.columns(2, gap="medium")
    with left:
        draw(charts_periods.volume(course), "volume", told.volume(course))
        st.caption(
            messages.immature_share(watched.report.window.loans, watched.report.window.immature)
        )
    with right:
        draw(charts_periods.score_median(course), "score_time", told.score_median(course))
    _late(course)


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


def _metric(watched: Watched, course: Course) -> None:
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
    possible = measures(watched.report[variable])
    label = right.selectbox(
        messages.MEASURE,
        list(possible),
        key="time_measure",
        persist_state="session",
    )
    chosen = course, variable, possible[label]
    draw(charts_time.metric_history(*chosen), "history", told.metric_history(*chosen))
    st.caption(messages.HISTORY_EXPLAINED)


def _changes(points: Sequence[HistoryPoint]) -> None:
    """List the periods in which the window's level changed."""
    changed = [point for point in points if point.level_changed and point.level_before]
    if not changed:
        st.caption(messages.NO_LEVEL_CHANGES)
        return
    with st.expander(messages.level_changes(len(changed)), icon=":material/swap_vert:"):
        for point in changed:
            before = point.level_before.value if point.level_before else ""
            st.markdown(messages.level_change(point.period, before, point.level.value, point.cause))


def _late(course: Course) -> None:
    """Show the late rate of the periods whose outcome is known."""
    if course.known().points:
        draw(charts_periods.late_rate(course), "late", told.late_rate(course))
        st.caption(messages.LATE_EXPLAINED)
    else:
        st.info(messages.NO_OUTCOMES, icon=":material/info:")
