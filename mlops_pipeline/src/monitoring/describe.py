"""One comparison as a `VariableDrift`: distances to figures, figures to a level and a cause."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.monitoring import statistics
from mlops_pipeline.src.monitoring.compare import Comparison, Side
from mlops_pipeline.src.monitoring.grid import Axis, CategoryCells
from mlops_pipeline.src.monitoring.levels import (
    MISSING_BANDS,
    PSI_BANDS,
    STRANGE_BANDS,
    Level,
    worst,
)
from mlops_pipeline.src.monitoring.reference import MATTERS, Reference
from mlops_pipeline.src.monitoring.report import (
    QUANTILE_SHARES,
    Aspect,
    BinDrift,
    Quantiles,
    VariableDrift,
)
from mlops_pipeline.src.monitoring.variables import LEVELLED, Place

_WHY_SHOWN = {
    Place.CALENDAR: messages.SHOWN_CALENDAR,
    Place.AFTERWARDS: messages.SHOWN_AFTERWARDS,
    Place.RAW: messages.SHOWN_RAW,
}


def describe(found: Comparison, reference: Reference, unseen: Mapping[str, int]) -> VariableDrift:
    """Give a variable's drift; `unseen` counts its unseen categories by name."""
    left, right = found.reference, found.window
    psi = statistics.psi(left.bins, right.bins)
    by_chance = statistics.psi_by_chance(left.bins, right.bins)
    excess = math.nan if math.isnan(psi) else max(psi - by_chance, 0.0)
    levels = _levels(found, excess)
    level, aspect = _judged(found, levels)
    weight = reference.weight(found.variable.name)
    drifts = level is not None and level.severity > 0
    return VariableDrift(
        name=found.variable.name,
        description=found.variable.description,
        unit=found.variable.unit,
        place=found.variable.place,
        is_category=found.variable.is_category,
        level=level,
        aspect=aspect,
        levels=levels,
        cause=_cause(found, level, aspect, excess),
        loans=right.loans,
        known=right.loans - right.missing,
        psi=_figure(psi),
        psi_by_chance=_figure(by_chance),
        psi_excess=_figure(excess),
        ks=_figure(found.ks),
        ks_p_value=None if math.isnan(found.ks) else found.ks_p_value,
        js_distance=_figure(statistics.js_distance(left.bins, right.bins)),
        chi_square=found.chi_square.statistic,
        chi_square_degrees=found.chi_square.degrees,
        chi_square_p_value=found.chi_square_p_value,
        adjusted_p_value=_surest(found),
        missing_reference=_share(left.missing, left),
        missing=_share(right.missing, right),
        below=_share(right.below, right),
        above=_share(right.above, right),
        unseen_reference=_share(left.unseen, left),
        unseen=_share(right.unseen, right),
        unseen_categories=tuple(unseen.items()),
        quantiles=Quantiles(_quantiles(found.axis, left), _quantiles(found.axis, right)),
        bins=_bins(found),
        importance=reference.importance.get(found.variable.name),
        weight=weight,
        matters=weight >= MATTERS,
        priority=excess * weight if drifts else 0.0,
    )


def _levels(found: Comparison, excess: float) -> Mapping[Aspect, Level]:
    """Judge each aspect by its own band; nothing is judged where there are too few loans."""
    if not found.is_levelled:
        return {}
    return {
        Aspect.DISTRIBUTION: PSI_BANDS.level(excess, found.sureness.distribution),
        Aspect.MISSING: MISSING_BANDS.level(_missing_change(found), found.sureness.missing),
        Aspect.STRANGE: STRANGE_BANDS.level(_strange(found), found.sureness.strange),
    }


def _judged(
    found: Comparison, levels: Mapping[Aspect, Level]
) -> tuple[Level | None, Aspect | None]:
    """Give the worst aspect's level, and which one it is."""
    if found.variable.place not in LEVELLED:
        return None, None
    level = worst(levels.values())
    return level, next(
        (a for a in levels if levels[a] is level), None
    ) if level.severity > 0 else None


def _missing_change(found: Comparison) -> float:
    """Give how much the share of unknown values changed, up or down."""
    left, right = found.reference, found.window
    return abs(_share(right.missing, right) - _share(left.missing, left))


def _strange(found: Comparison) -> float:
    """Give the share outside the range or unseen, beyond the reference's."""
    left, right = found.reference, found.window
    outside = _share(right.below + right.above, right)
    return max(outside, _share(right.unseen, right) - _share(left.unseen, left))


def _cause(found: Comparison, level: Level | None, aspect: Aspect | None, excess: float) -> str:
    """Say in words why a variable has its level."""
    if level is None:
        return _WHY_SHOWN[found.variable.place]
    if level is Level.INSUFFICIENT:
        return messages.too_few_to_compare(found.window.loans)
    return messages.no_change_shown() if aspect is None else _told(found, aspect, excess)


def _told(found: Comparison, aspect: Aspect, excess: float) -> str:
    """Say in words and figures how an aspect changed."""
    left, right = found.reference, found.window
    match aspect:
        case Aspect.DISTRIBUTION:
            psi = statistics.psi(left.bins, right.bins)
            return messages.distribution_changed(psi, excess, found.sureness.distribution)
        case Aspect.MISSING:
            before, now = _share(left.missing, left), _share(right.missing, right)
            return messages.missing_changed(before, now)
        case Aspect.STRANGE:
            outside = right.below + right.above
            return messages.strange_values(outside, right.unseen, right.loans)


def _surest(found: Comparison) -> float | None:
    """Give the smallest adjusted p-value; None for what has no level."""
    sureness = found.sureness
    if not found.is_levelled:
        return None
    return min(sureness.distribution, sureness.missing, sureness.strange)


def _share(loans: int, side: Side) -> float:
    """Give a share of one side's loans; 0 of none."""
    return loans / side.loans if side.loans else 0.0


def _figure(value: float) -> float | None:
    """Give a figure as JSON knows it."""
    return None if math.isnan(value) else value


def _quantiles(axis: Axis, side: Side) -> tuple[float | None, ...]:
    """Give the quantiles of known numbers; none of a category."""
    if isinstance(axis.cells, CategoryCells):
        return ()
    edges = np.array(axis.cells.edges)
    known = side.cells[:-1]
    return tuple(_figure(statistics.quantile(edges, known, share)) for share in QUANTILE_SHARES)


def _bins(found: Comparison) -> tuple[BinDrift, ...]:
    """Give both sides' shares and the PSI's parts, bin by bin."""
    left, right = found.reference, found.window
    terms = np.nan_to_num(statistics.psi_terms(left.bins, right.bins))
    return tuple(
        BinDrift(
            label=label,
            low=low,
            high=high,
            reference=_share(int(left.bins[k]), left),
            window=_share(int(right.bins[k]), right),
            psi=float(terms[k]),
        )
        for k, (label, low, high) in enumerate(_bin_names(found.axis))
    )


def _bin_names(axis: Axis) -> list[tuple[str, float | None, float | None]]:
    """Give each bin's label and ends."""
    if isinstance(axis.cells, CategoryCells):
        labels = (*axis.cells.categories, messages.UNSEEN, messages.UNKNOWN_VALUE)
        return [(label, None, None) for label in labels]
    edges = axis.cells.bin_edges
    ends = list(zip((None, *edges), (*edges, None), strict=True))
    named = [(messages.bin_label(low, high), low, high) for low, high in ends]
    return [*named, (messages.UNKNOWN_VALUE, None, None)]
