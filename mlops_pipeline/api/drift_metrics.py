"""What Prometheus sees of drift: told by the worker that counts, shown by whichever is asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Gauge = Any  # of prometheus_client, which is loaded by `metrics` alone
MakeGauge = Callable[..., Gauge]

PREFIX = "drift_"
_MODE = "livemostrecent"


class _Gauges(NamedTuple):
    """Each labelled with the window; the last four with the variable too."""

    level: Gauge
    loans: Gauge
    pending: Gauge
    counted_until: Gauge
    variable_level: Gauge
    variable_psi: Gauge
    variable_ks: Gauge
    variable_missing: Gauge


class DriftMetrics:
    """The gauges; a figure that is not known now is NaN, and is not shown."""

    def __init__(self, make: MakeGauge) -> None:
        """Make the gauges; `make` takes a name, a text, a mode and the labels."""
        names = ("window",)
        both = ("window", "variable")
        self._gauges = _Gauges(
            make(f"{PREFIX}level", "Drift of the window, 0 green to 3 red.", _MODE, *names),
            make(f"{PREFIX}loans", "Loans of the window.", _MODE, *names),
            make(f"{PREFIX}pending_loans", "Logged loans to be counted.", _MODE, *names),
            make(f"{PREFIX}counted_until_seconds", "The log is counted up to.", _MODE, *names),
            make(f"{PREFIX}variable_level", "Level as it counts, 0 to 3.", _MODE, *both),
            make(f"{PREFIX}variable_psi", "Population stability index.", _MODE, *both),
            make(f"{PREFIX}variable_ks", "Kolmogorov-Smirnov statistic.", _MODE, *both),
            make(f"{PREFIX}variable_missing", "Share of unknown values.", _MODE, *both),
        )
        self._shown: set[tuple[str, ...]] = set()

    def show(self, figures: Mapping[str, Any]) -> None:
        """Show what the lane found; what was shown of another window is no more."""
        window = figures["window"]
        labels = {(window,), *((window, name) for name in figures["variables"])}
        self._hide(self._shown - labels)
        self._shown = labels
        gauges = self._gauges
        gauges.level.labels(window).set(figures["level"])
        gauges.loans.labels(window).set(figures["loans"])
        gauges.pending.labels(window).set(figures["pending"])
        gauges.counted_until.labels(window).set(_known(figures["counted_until"]))
        for name, one in figures["variables"].items():
            gauges.variable_level.labels(window, name).set(_known(one["level"]))
            gauges.variable_psi.labels(window, name).set(_known(one["psi"]))
            gauges.variable_ks.labels(window, name).set(_known(one["ks"]))
            gauges.variable_missing.labels(window, name).set(_known(one["missing"]))

    def forget(self) -> None:
        """Show nothing: another worker counts."""
        self._hide(self._shown)
        self._shown = set()

    def _hide(self, labels: set[tuple[str, ...]]) -> None:
        """Let figures be unknown (where workers share files, a label cannot be removed)."""
        for one in labels:
            gauges = self._gauges[:4] if len(one) == 1 else self._gauges[4:]
            for gauge in gauges:
                gauge.labels(*one).set(math.nan)


def _known(value: float | None) -> float:
    """Give a figure, NaN where it is not known."""
    return math.nan if value is None else value
