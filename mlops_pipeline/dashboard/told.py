"""Each chart's main figures in words, for who cannot see it: data in, sentence out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from mlops_pipeline import messages
from mlops_pipeline.dashboard.charts import Dial
from mlops_pipeline.dashboard.charts_time import Measure
from mlops_pipeline.dashboard.course import Course
from mlops_pipeline.dashboard.curves import Histogram
from mlops_pipeline.src.monitoring.levels import Level
from mlops_pipeline.src.monitoring.report import QUANTILE_SHARES, VariableDrift
from mlops_pipeline.src.monitoring.variables import SCORE

_MOST_NAMED = 3


def gauge(dial: Dial) -> str:
    """Tell a gauge."""
    bands = dial.bands
    return messages.dial_told(
        dial.value, () if bands is None else (bands.yellow, bands.orange, bands.red)
    )


def score_histogram(histograms: Mapping[str, Histogram], threshold: float) -> str:
    """Tell the score's two distributions."""
    peaks = {}
    for name, one in histograms.items():
        share = max(one.shares)
        at = one.shares.index(share)
        peaks[name] = one.edges[at], one.edges[at + 1], share
    return messages.score_told(peaks, threshold)


def quadrant(variables: Sequence[VariableDrift]) -> str:
    """Tell drift against importance."""
    inputs = [one for one in variables if one.name != SCORE and one.psi_excess is not None]
    drifting = [one for one in inputs if one.level is not None and one.level.severity > 0]
    first = sorted(drifting, key=lambda one: -(one.psi_excess or 0.0))[:_MOST_NAMED]
    return messages.quadrant_told(
        _levels(one.level for one in inputs),
        [(one.name, one.psi_excess or 0.0, one.weight) for one in first],
    )


def bin_shares(variable: VariableDrift) -> str:
    """Tell both sides' shares of the bins."""
    bins = sorted(variable.bins, key=lambda one: -abs(one.window - one.reference))
    return messages.shares_told(
        [(one.label, one.reference, one.window) for one in bins[:_MOST_NAMED]]
    )


def psi_parts(variable: VariableDrift) -> str:
    """Tell what the bins add to the PSI."""
    bins = sorted(variable.bins, key=lambda one: -one.psi)[:_MOST_NAMED]
    return messages.parts_told(variable.psi, [(one.label, one.psi) for one in bins])


def cumulative(variable: VariableDrift) -> str:
    """Tell both sides' distribution functions."""
    found = variable.quantiles
    sides = {messages.TRAINING_LOANS: found.reference, messages.WINDOW_LOANS: found.window}
    return messages.quantiles_told(
        {name: list(zip(QUANTILE_SHARES, values, strict=True)) for name, values in sides.items()},
        variable.unit,
    )


def segment_shares(segments: Mapping[str, VariableDrift]) -> str:
    """Tell the segments' shares of the bins."""
    fullest = {name: max(one.bins, key=lambda b: b.window) for name, one in segments.items()}
    return messages.segments_told(
        [
            (name, one.loans, fullest[name].label, fullest[name].window)
            for name, one in segments.items()
        ]
    )


def metric_history(course: Course, name: str, measure: Measure) -> str:
    """Tell the course of a variable's figure."""
    values = [measure.of(p.variables[name]) for p in course.points]
    return _course(course, values, measure.written)


def score_median(course: Course) -> str:
    """Tell the course of the median score."""
    return _course(course, [p.variables[SCORE].median for p in course.points], messages.decimal)


def late_rate(course: Course) -> str:
    """Tell the course of the late rate."""
    known = course.known()
    rates = [p.window.late / p.window.outcomes for p in known.points]
    return _course(known, rates, messages.percent)


def volume(course: Course) -> str:
    """Tell how many loans the periods have."""
    loans = [p.window.loans for p in course.points]
    return messages.volume_told(
        _course(course, loans, messages.number),
        sum(loans),
        sum(p.window.immature for p in course.points),
    )


def heat_map(course: Course, names: Sequence[str]) -> str:
    """Tell each variable's level in each period."""
    last = course.points[-1]
    now = [(name, last.variables[name].level or Level.INSUFFICIENT) for name in names]
    highest = sorted(now, key=lambda one: -one[1].severity)
    alarming = [(name, level.value) for name, level in highest if level.severity > 0]
    levels = (point.variables[name].level for point in course.points for name in names)
    return messages.heat_told(len(names), _levels(levels), course.labels[-1], alarming)


def _course(course: Course, values: Sequence[float | None], written: Callable[[float], str]) -> str:
    """Tell the course of some values; None: a period has none."""
    said = [
        (label, value)
        for label, value in zip(course.labels, values, strict=True)
        if value is not None
    ]
    known = [value for _, value in said]
    return messages.course_told(
        [(label, written(value)) for label, value in said],
        known.index(min(known)) if known else 0,
        known.index(max(known)) if known else 0,
    )


def _levels(levels: Iterable[Level | None]) -> dict[str, int]:
    """Count levels, the highest last."""
    counted = Counter(level or Level.INSUFFICIENT for level in levels)
    return {level.value: counted[level] for level in Level}
