"""Charts of a window's periods: how many loans, how many late ones, what score."""

from __future__ import annotations

import math
from statistics import NormalDist

import plotly.graph_objects as go

from mlops_pipeline import messages
from mlops_pipeline.dashboard.course import Course
from mlops_pipeline.dashboard.theme import SECOND, WINDOW, chart
from mlops_pipeline.src.monitoring.variables import SCORE

_FEW = 10
CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


def volume(course: Course) -> go.Figure:
    """Draw the number of loans, and how many of them are immature."""
    figure = chart(
        messages.volume_chart(by_arrival=course.by_arrival), course.axis, messages.PERIOD_LOANS_AXIS
    )
    grown = [p.window.loans - p.window.immature for p in course.points]
    for name, values, colour in (
        (messages.MATURE_LOANS, grown, WINDOW),
        (messages.IMMATURE_LOANS, [p.window.immature for p in course.points], SECOND),
    ):
        figure.add_trace(
            go.Bar(
                x=course.labels,
                y=values,
                name=name,
                marker={"color": colour},
                customdata=[messages.number(value) for value in values],
                hovertemplate=f"%{{x}}<br>{name}: %{{customdata}}<extra></extra>",
            )
        )
    figure.update_layout(barmode="stack")
    figure.update_yaxes(tickformat=",")
    if max((p.window.loans for p in course.points), default=0) < _FEW:
        figure.update_yaxes(dtick=1)
    return course.on(figure)


def late_rate(course: Course) -> go.Figure:
    """Draw the late rate of each period with its 95% interval."""
    known = course.known()
    rates = [p.window.late / p.window.outcomes for p in known.points]
    ends = [wilson(p.window.late, p.window.outcomes) for p in known.points]
    figure = chart(
        messages.late_chart(CONFIDENCE, by_arrival=course.by_arrival),
        course.axis,
        messages.LATE_AXIS,
    )
    figure.add_trace(
        go.Scatter(
            x=known.labels,
            y=[100 * rate for rate in rates],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [100 * (high - rate) for (_, high), rate in zip(ends, rates, strict=True)],
                "arrayminus": [
                    100 * (rate - low) for (low, _), rate in zip(ends, rates, strict=True)
                ],
                "thickness": 1.5,
            },
            mode="markers+lines",
            line={"color": WINDOW, "width": 1},
            marker={"color": WINDOW, "size": 8},
            customdata=[
                messages.late_hover(p.period, rate, *end, p.window.outcomes)
                for p, rate, end in zip(known.points, rates, ends, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_yaxes(ticksuffix=" %", rangemode="tozero")
    return known.on(figure)


def score_median(course: Course) -> go.Figure:
    """Draw the median score of each period."""
    figure = chart(
        messages.score_time_chart(by_arrival=course.by_arrival),
        course.axis,
        messages.SCORE_TIME_AXIS,
    )
    values = [p.variables[SCORE].median for p in course.points]
    figure.add_trace(
        go.Scatter(
            x=course.labels,
            y=values,
            mode="markers+lines",
            line={"color": WINDOW, "width": 1.5},
            marker={"color": WINDOW, "size": 8},
            customdata=[
                messages.score_hover(p.period, v)
                for p, v in zip(course.points, values, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    known = [value for value in values if value is not None]
    if known:
        figure.update_yaxes(
            tickformat=".3f", range=[max(min(known) - 0.01, 0.0), min(max(known) + 0.01, 1.0)]
        )
    return course.on(figure)


def wilson(events: int, loans: int) -> tuple[float, float]:
    """Give the 95% interval of a rate.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    >>> tuple(round(end, 3) for end in wilson(5, 100))
    (0.022, 0.112)
    """
    rate, z2 = events / loans, _Z**2
    middle = (rate + z2 / (2 * loans)) / (1 + z2 / loans)
    half = _Z / (1 + z2 / loans) * math.sqrt(rate * (1 - rate) / loans + z2 / (4 * loans**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)
