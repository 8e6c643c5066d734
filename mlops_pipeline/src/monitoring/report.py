"""What `detect_drift` answers: frozen, plain values, ready for JSON. Unknown figures are None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from mlops_pipeline.src.monitoring.levels import Level
from mlops_pipeline.src.monitoring.variables import SCORE, Place

# Shares at which `VariableDrift.quantiles` stand.
QUANTILE_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Aspect(StrEnum):
    """What about a variable decides its level."""

    DISTRIBUTION = "distribution"
    MISSING = "missing"
    STRANGE = "strange"  # outside the training range, or an unseen category


class Doubt(StrEnum):
    """What is doubtful about a window's data, or about the window itself."""

    MISSING = "missing"
    OUTSIDE_RANGE = "outside_range"
    UNSEEN_CATEGORY = "unseen_category"
    IMPLAUSIBLE = "implausible"  # outside the plausible band of the loan's definition
    NO_BUREAU_RECORD = "no_bureau_record"
    FUTURE_DATE = "future_date"
    TOO_FEW_LOANS = "too_few_loans"


@dataclass(frozen=True, slots=True)
class BinDrift:
    """One bin: its shares of the loans on both sides and its part of the PSI.

    Attributes:
        label: for people.
        low, high: of a numeric bin (low, high]; None where it is open, a category or unknown.

    """

    label: str
    low: float | None
    high: float | None
    reference: float
    window: float
    psi: float


@dataclass(frozen=True, slots=True)
class Quantiles:
    """The 5, 25, 50, 75 and 95% quantiles of known values, in the variable's unit."""

    reference: tuple[float | None, ...]
    window: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class VariableDrift:
    """One variable of a window against the reference.

    Attributes:
        level: None for what is shown only (calendar, known after the loan, before cleaning).
        aspect: what decided a level above green.
        levels: of each aspect, the worst of which is the variable's; empty where none is judged.
        cause: the level in words; for what is shown only, why.
        loans: of the window; those without a score do not count for the score.
        known: those of them with a value.
        psi: over the bins with the missing one.
        psi_by_chance: what it would be, on average, without any drift.
        psi_excess: the one less the other, 0 at the least: what the bands judge.
        ks, ks_p_value: of a number's known values; None for a category.
        js_distance: Jensen–Shannon distance, base 2, in [0, 1].
        chi_square_p_value: with rare bins joined, with `chi_square_degrees`.
        adjusted_p_value: of the aspect that is surest, adjusted for all that was asked.
        below, above: shares of the window's loans outside the training range.
        unseen: share of the window's loans with an unseen category; `unseen_reference`: of the
            training loans with one that the loan's definition does not know.
        unseen_categories: their names and numbers of loans, the first 20.
        importance: the model's drop in ROC-AUC when it is shuffled; None if it is not read.
        weight: its part of all importance, in [0, 1].
        matters: whether that is enough for its level to count fully.
        priority: psi_excess × weight where the level is above green, else 0.

    """

    name: str
    description: str
    unit: str
    place: Place
    is_category: bool
    level: Level | None
    aspect: Aspect | None
    levels: Mapping[Aspect, Level]
    cause: str
    loans: int
    known: int
    psi: float | None
    psi_by_chance: float | None
    psi_excess: float | None
    ks: float | None
    ks_p_value: float | None
    js_distance: float | None
    chi_square: float
    chi_square_degrees: int
    chi_square_p_value: float
    adjusted_p_value: float | None
    missing_reference: float
    missing: float
    below: float
    above: float
    unseen_reference: float
    unseen: float
    unseen_categories: tuple[tuple[str, int], ...]
    quantiles: Quantiles
    bins: tuple[BinDrift, ...]
    importance: float | None
    weight: float
    matters: bool
    priority: float

    @property
    def missing_change(self) -> float:
        """The change of the share of unknown values, in [−1, 1]."""
        return self.missing - self.missing_reference

    def drifts_in(self, aspect: Aspect) -> bool:
        """Tell whether an aspect is above green."""
        return aspect in self.levels and self.levels[aspect].severity > 0

    @property
    def strange(self) -> float:
        """The share of loans outside the training range or of an unseen category."""
        return self.below + self.above + self.unseen

    @property
    def counted_level(self) -> Level:
        """The level as it counts for the whole window: one less if it does not matter."""
        level = self.level or Level.INSUFFICIENT
        return level if self.matters else level.lowered


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """Something doubtful about the data, in words and figures; shares of the loans."""

    column: str
    doubt: Doubt
    text: str
    loans: int
    reference: float
    window: float


@dataclass(frozen=True, slots=True)
class Facts:
    """A set of loans in figures.

    Attributes:
        first, last: earliest and latest date, `YYYY-MM-DD`.
        late_rate: of the loans with a known outcome.
        immature: loans whose term had not run when they were counted: they may still go late.

    """

    loans: int
    scored: int
    first: str | None
    last: str | None
    outcomes: int
    late: int
    late_rate: float | None
    immature: int
    future: int


@dataclass(frozen=True, slots=True)
class DriftReport:
    """A window of loans against the reference.

    Attributes:
        cause: the level in words.
        variables: what has a level, "drifts and matters" first; the score among them.
        shown: what has none: calendar, known after the loan, before cleaning.

    """

    level: Level
    cause: str
    window: Facts
    reference: Facts
    variables: tuple[VariableDrift, ...]
    shown: tuple[VariableDrift, ...]
    findings: tuple[QualityFinding, ...]

    @property
    def score(self) -> VariableDrift:
        """The score's own drift."""
        return self[SCORE]

    @property
    def drifting(self) -> tuple[VariableDrift, ...]:
        """What is above green, "drifts and matters" first."""
        return tuple(v for v in self.variables if v.level and v.level.severity > 0)

    def __getitem__(self, name: str) -> VariableDrift:
        """Give a variable by its name.

        Raises:
            KeyError: it is not watched.

        """
        for variable in (*self.variables, *self.shown):
            if variable.name == name:
                return variable
        raise KeyError(name)


_REPORT = TypeAdapter(DriftReport)


def dump_report(report: DriftReport) -> bytes:
    """Write a report as JSON."""
    return _REPORT.dump_json(report)


def load_report(content: bytes) -> DriftReport:
    """Read a report that `dump_report` wrote."""
    return _REPORT.validate_json(content)
