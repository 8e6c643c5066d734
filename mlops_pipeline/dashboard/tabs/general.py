"""The window at a glance: its level and why, key figures, the score, what decisions cost."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Literal

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard import charts, told
from mlops_pipeline.dashboard.curves import Outlook, Sides
from mlops_pipeline.dashboard.drawing import draw, level_badge, opened
from mlops_pipeline.dashboard.filters import Source
from mlops_pipeline.dashboard.limits import KS_CHANCES, js_limits, ks_limits
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.dashboard.windows import Chosen
from mlops_pipeline.src.data.moments import COLOMBIA
from mlops_pipeline.src.monitoring.aggregates import LEAST_LOANS
from mlops_pipeline.src.monitoring.levels import PSI_BANDS, Bands, Level
from mlops_pipeline.src.monitoring.report import DriftReport, VariableDrift
from mlops_pipeline.src.monitoring.variables import SCORE
from mlops_pipeline.src.monitoring.windows import period_days
from mlops_pipeline.src.scoring.calibration import DecisionRule

SCORE_RANGES = 40
# Widths at which cards stand side by side at 1280 pixels and wrap, whole, on a tablet.
KPI_PIXELS, DIAL_PIXELS, COST_PIXELS = 178, 300, 232
LEAST_TOP = 0.1  # of a gauge: small limits stay apart

_BANNERS = {
    Level.INSUFFICIENT: st.info,
    Level.GREEN: st.success,
    Level.YELLOW: st.warning,
    Level.ORANGE: st.warning,
    Level.RED: st.error,
}


def render(view: View) -> None:
    """Draw the tab."""
    st.header(messages.TAB_OVERVIEW)
    chosen = opened(view)
    if chosen is None:
        return
    report = chosen.watched().report
    _banner(report)
    _figures(chosen, report, view.now)
    _gauges(report)
    _score(chosen)


def _banner(report: DriftReport) -> None:
    """Say the level and why; the causes beyond the first few are one click away."""
    level = report.level
    named = [one for one in report.drifting if one.counted_level is level]
    said = messages.banner(level.value, [one.name for one in named], report.cause)
    _BANNERS[level](said, icon=messages.LEVEL_ICONS[level.value])
    if named:
        with st.expander(messages.banner_details(len(named))):
            st.markdown(messages.causes([(one.name, one.cause) for one in named]))


def _figures(chosen: Chosen, report: DriftReport, now: datetime) -> None:
    """Show the key figures."""
    drifting = len(report.drifting)
    judged = len([v for v in report.variables if v.level not in {None, Level.INSUFFICIENT}])
    metadata = chosen.model.deployment.metadata
    made = datetime.fromisoformat(metadata.created_at)
    age = (now - made).days
    made_day = made.astimezone(COLOMBIA).date()
    shown = (
        (messages.KPI_DRIFTING, messages.out_of(drifting, judged), messages.KPI_DRIFTING_HELP),
        (messages.KPI_SHARE, messages.share_of(drifting, judged), messages.KPI_SHARE_HELP),
        (
            messages.KPI_LOANS,
            messages.number(report.window.loans),
            messages.kpi_loans_help(report.reference.loans),
        ),
        (
            messages.KPI_MODEL,
            messages.days(age),
            messages.kpi_model_help(metadata.version, metadata.model_name, made_day),
        ),
        (
            messages.KPI_FRESHNESS,
            _freshness(chosen, report, now),
            messages.kpi_freshness_help(report.window.first, report.window.last),
        ),
    )
    with st.container(horizontal=True, gap="small"):
        for label, value, text in shown:
            st.metric(label, value, help=text, border=True, width=KPI_PIXELS)


def _freshness(chosen: Chosen, report: DriftReport, now: datetime) -> str:
    """Say how old the latest loan is: real traffic by its arrival, else by the loan's date."""
    last = report.window.last
    if last is None:
        return messages.UNKNOWN
    day = date.fromisoformat(last)
    if chosen.source is Source.TRAFFIC:
        _, day = period_days(chosen.window.parts[-1].period)
    return messages.days(max((now.astimezone(COLOMBIA).date() - day).days, 0))


def _gauges(report: DriftReport) -> None:
    """Show a variable's PSI, KS and Jensen–Shannon distance on their bands."""
    st.subheader(messages.GAUGES)
    names = [SCORE, *(one.name for one in report.variables if one.name != SCORE)]
    name = st.selectbox(
        messages.GAUGE_VARIABLE,
        names,
        format_func=messages.variable_name,
        key="gauge_variable",
        persist_state="session",
    )
    found = report[name]
    st.markdown(f"{level_badge(found.level)} {found.cause}")
    known = known_reference(report, found)
    with st.container(horizontal=True, gap="small"):
        for title, (value, bands) in dials(found, known).items():
            with st.container(width=DIAL_PIXELS):
                _dial(title, value, bands)
    enough = found.level is not Level.INSUFFICIENT
    st.caption(messages.gauges_explained(found.known, known, KS_CHANCES, enough=enough))


def known_reference(report: DriftReport, variable: VariableDrift) -> int:
    """Give how many training loans have a value of a variable."""
    facts = report.reference
    loans = facts.scored if variable.name == SCORE else facts.loans
    return round(loans * (1 - variable.missing_reference))


def dials(found: VariableDrift, known: int) -> dict[str, tuple[float | None, Bands | None]]:
    """Give a variable's three figures and their bands, none where too few loans tell nothing.

    Args:
        found: the variable.
        known: training loans with a value of it.

    """
    enough = found.level is not Level.INSUFFICIENT
    by_chance = found.psi_by_chance
    return {
        "PSI": (found.psi_excess, PSI_BANDS if enough else None),
        "KS": (found.ks, ks_limits(known, found.known) if enough else None),
        "JS": (
            found.js_distance,
            None if by_chance is None or not enough else js_limits(by_chance),
        ),
    }


def _dial(title: str, value: float | None, bands: Bands | None) -> None:
    """Show one gauge, or why there is none."""
    name = messages.GAUGE_TITLES[title]
    if value is None:
        st.markdown(f"**{name}**")
        st.caption(messages.NO_FIGURE)
        return
    top = 1.0 if bands is None else max(2.5 * bands.red, LEAST_TOP)
    end = max(value * 1.1, top if title == "PSI" else min(top, 1.0))
    dial = charts.Dial(name, value, bands, end)
    draw(charts.gauge(dial), f"gauge-{title}", told.gauge(dial))


def _score(chosen: Chosen) -> None:
    """Show the score's distribution beside what the decision rule makes of it."""
    st.subheader(messages.SCORE_AND_DECISION)
    rule = chosen.model.deployment.rule
    sides = Sides.of(chosen.model.reference, chosen.window)
    before, now = sides.outlooks(rule)
    if before is None or now is None:
        st.info(messages.no_scores(LEAST_LOANS), icon=":material/info:")
        return
    histograms = sides.histograms(SCORE, SCORE_RANGES)
    if histograms:
        names = messages.TRAINING_LOANS, messages.WINDOW_LOANS
        named = dict(zip(names, histograms, strict=True))
        figure = charts.score_histogram(named, rule.threshold)
        draw(figure, "score", told.score_histogram(named, rule.threshold))
    st.caption(messages.score_explained(before.scored, now.scored))
    with st.container(horizontal=True, gap="small"):
        _outlook(before, now, rule)
    if not rule.is_in_pesos:
        st.caption(messages.cost_unit(rule.cost_late, rule.cost_reject))


def _arrow(change: float) -> Literal["up", "down"]:
    """Tell which way a change goes; its own minus sign is not the one that Streamlit knows."""
    return "up" if change >= 0 else "down"


def _cost_colour(change: float) -> Literal["red", "green"]:
    """Colour a change of cost: more is worse."""
    return "red" if change >= 0 else "green"


def _outlook(before: Outlook, now: Outlook, rule: DecisionRule) -> None:
    """Show the share that is granted, and what a loan is expected to cost."""
    cost = partial(messages.cost, cost_reject=rule.cost_reject, in_pesos=rule.is_in_pesos)
    change = now.cost - before.cost
    st.metric(
        messages.GRANTED,
        messages.percent(now.granted),
        delta=messages.points(now.granted - before.granted),
        delta_color="off",
        delta_arrow=_arrow(now.granted - before.granted),
        help=messages.granted_help(before.granted, max(before.doubt, now.doubt)),
        border=True,
        width=COST_PIXELS,
    )
    st.metric(
        messages.EXPECTED_COST,
        cost(now.cost),
        delta=messages.cost_change(change, rule.cost_reject, in_pesos=rule.is_in_pesos),
        delta_color=_cost_colour(change),
        delta_arrow=_arrow(change),
        help=messages.cost_help(rule.cost_late, rule.cost_reject),
        border=True,
        width=COST_PIXELS,
    )
    st.metric(
        messages.EXPECTED_COST_WINDOW,
        cost(now.cost * now.scored),
        help=messages.cost_window_help(now.scored),
        border=True,
        width=COST_PIXELS,
    )
