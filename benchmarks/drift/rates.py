"""False alarms on windows without drift, and how often planted shifts are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from benchmarks.drift.portfolio import IMPORTANCE, REFERENCE_LOANS, score, shuffled_portfolio
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.splits import out_of_time_split
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.model_monitoring import detect_drift
from mlops_pipeline.src.monitoring.counting import tally_loans
from mlops_pipeline.src.monitoring.levels import Level
from mlops_pipeline.src.monitoring.reference import Reference, learn_reference
from mlops_pipeline.src.monitoring.report import DriftReport

SIZES = (100, 300, 1_000, 10_000)
POOL = 60_000
REAL_DRAWS = 200
WINDOWS_PER_REFERENCE = 10

Generator = np.random.Generator
Plant = Callable[[LoanTable, Generator], None]


def _shift(deviations: float) -> Plant:
    """Lower a number by so many of its deviations."""

    def plant(loans: LoanTable, rng: Generator) -> None:  # noqa: ARG001 - one signature for all
        values = loans.numbers["puntaje_datacredito"]
        seen = values[values > 0]
        values[:] = np.where(values > 0, np.maximum(values - deviations * seen.std(), 1), values)

    return plant


def _narrow(factor: float) -> Plant:
    """Draw a number's values nearer to its median."""

    def plant(loans: LoanTable, rng: Generator) -> None:  # noqa: ARG001 - one signature for all
        values = loans.numbers["puntaje_datacredito"]
        middle = np.median(values[values > 0])
        values[:] = np.where(values > 0, middle + factor * (values - middle), values)

    return plant


def _lose(share: float) -> Plant:
    """Make so many values unknown."""

    def plant(loans: LoanTable, rng: Generator) -> None:
        loans.numbers["puntaje_datacredito"][rng.random(len(loans)) < share] = np.nan

    return plant


def _mix(share: float) -> Plant:
    """Turn so many of all loans from the commonest category to the other one."""

    def plant(loans: LoanTable, rng: Generator) -> None:
        kinds = loans.texts["tipo_laboral"]
        common, other = (name for name, _ in Counter(kinds.tolist()).most_common(2))
        turned = (kinds == common) & (rng.random(len(loans)) < share / (kinds == common).mean())
        kinds[turned] = other

    return plant


SHIFTS: Mapping[str, tuple[str, Plant]] = {
    "media −0,1 σ": ("puntaje_datacredito", _shift(0.1)),
    "media −0,25 σ": ("puntaje_datacredito", _shift(0.25)),
    "media −0,5 σ": ("puntaje_datacredito", _shift(0.5)),
    "σ × 0,75": ("puntaje_datacredito", _narrow(0.75)),
    "desconocidos +5 puntos": ("puntaje_datacredito", _lose(0.05)),
    "desconocidos +10 puntos": ("puntaje_datacredito", _lose(0.10)),
    "mezcla +10 puntos": ("tipo_laboral", _mix(0.10)),
    "mezcla +20 puntos": ("tipo_laboral", _mix(0.20)),
}


def _copied(loans: LoanTable) -> LoanTable:
    """Give loans whose columns may be written to."""
    return loans.take(np.arange(len(loans)))


def _reference(loans: LoanTable) -> Reference:
    """Learn a reference."""
    return learn_reference(loans, score(loans), IMPORTANCE)


def _report(reference: Reference, loans: LoanTable) -> DriftReport:
    """Compare a window."""
    return detect_drift(reference, tally_loans(reference.grid, loans, score(loans)))


def _row(name: str, levels: list[Level], columns: tuple[Level, ...]) -> str:
    """Write a table's row: the share of windows at each level or above."""
    shares = [np.mean([one.severity >= level.severity for one in levels]) for level in columns]
    return f"| {name} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |"


def false_alarms(windows: int) -> None:
    """Print the levels of fresh windows, each against a fresh reference of the same portfolio."""
    pool = shuffled_portfolio(POOL, 1)
    levels: dict[int, list[Level]] = {size: [] for size in SIZES}
    singles: dict[int, list[float]] = {size: [] for size in SIZES}
    for seed in range(windows):
        order = np.random.default_rng(seed).permutation(POOL)
        reference = _reference(pool.take(order[:REFERENCE_LOANS]))
        for size in SIZES:
            rows = order[REFERENCE_LOANS : REFERENCE_LOANS + size]
            report = _report(reference, pool.take(rows))
            levels[size].append(report.level)
            psi = [one.psi for one in report.variables if one.psi is not None]
            singles[size].append(float(max(psi)))
    print(f"\n{windows} windows of each size; at least yellow, orange, red; highest raw PSI")
    for size in SIZES:
        row = _row(f"{size:,}", levels[size], (Level.YELLOW, Level.ORANGE, Level.RED))
        print(row, f"{np.median(singles[size]):.2f} |")


def real_false_alarms(path: Path) -> None:
    """Print the levels of windows drawn from the real training period itself."""
    train = out_of_time_split(read_portfolio(path).loans).train
    reference = _reference(train)
    print(f"\n{REAL_DRAWS} windows drawn from {len(train):,} real training loans")
    for size in (100, 300, 1_000, 3_000):
        levels = []
        for seed in range(REAL_DRAWS):
            rows = np.random.default_rng(seed).choice(len(train), size, replace=False)
            levels.append(_report(reference, train.take(rows)).level)
        print(_row(f"{size:,}", levels, (Level.YELLOW, Level.ORANGE, Level.RED)))


def power(windows: int) -> None:
    """Print how often a shift's own variable, and the window, are yellow and orange."""
    pool = shuffled_portfolio(POOL, 2)
    print(f"\n{windows} windows each: variable yellow, variable orange, window yellow, orange")
    for name, (variable, plant) in SHIFTS.items():
        for size in SIZES:
            own, overall, psi = [], [], []
            for seed in range(windows):
                rng = np.random.default_rng(seed // WINDOWS_PER_REFERENCE)
                order = rng.permutation(POOL)
                if seed % WINDOWS_PER_REFERENCE == 0:
                    reference = _reference(pool.take(order[:REFERENCE_LOANS]))
                rng = np.random.default_rng(10_000 + seed)
                rows = rng.choice(order[REFERENCE_LOANS:], size, replace=False)
                loans = _copied(pool.take(rows))
                plant(loans, rng)
                report = _report(reference, loans)
                own.append(report[variable].level or Level.INSUFFICIENT)
                overall.append(report.level)
                psi.append(report[variable].psi_excess or 0.0)
            columns = (Level.YELLOW, Level.ORANGE)
            print(_row(f"{name} | {size:,}", own, columns), end="")
            print(_row("", overall, columns)[3:], f"{np.median(psi):.3f} |")
