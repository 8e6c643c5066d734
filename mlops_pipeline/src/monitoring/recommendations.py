"""What to do about a report: one rule, one function. The same plan wherever it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlops_pipeline import messages
from mlops_pipeline.src.monitoring.actions import Action, Urgency
from mlops_pipeline.src.monitoring.levels import MIN_LOANS, Level
from mlops_pipeline.src.monitoring.looks import Look, look_at_log
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.report import (
    QUANTILE_SHARES,
    Aspect,
    Doubt,
    DriftReport,
    QualityFinding,
    VariableDrift,
)
from mlops_pipeline.src.monitoring.variables import Place


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules look at: a report, since which period a variable drifts, how to see more."""

    report: DriftReport
    since: Mapping[str, str]
    look: Look

    def why(self, drifts: Sequence[VariableDrift]) -> str:
        """Give variables' causes and since when they hold."""
        return messages.reasons([(d.name, d.cause, self.since.get(d.name)) for d in drifts])

    @property
    def by_day(self) -> str:
        """The command that shows from which day on."""
        return self.look(self.report.window.first, Span.DAY)


Rule = Callable[[Situation], Iterator[Action]]

_URGENCY = {
    Level.RED: Urgency.TODAY,
    Level.ORANGE: Urgency.WEEK,
    Level.YELLOW: Urgency.MONTH,
}


def recommend(
    report: DriftReport, since: Mapping[str, str] | None = None, look: Look = look_at_log
) -> tuple[Action, ...]:
    """Give what to do, the most urgent first; at least one entry.

    Args:
        report: of the window to act upon.
        since: since which period each variable drifts (`History.since`).
        look: gives the command that shows that window.

    """
    situation = Situation(report, since or {}, look)
    actions = [action for rule in RULES for action in rule(situation)]
    order = list(Urgency)
    return tuple(sorted(actions, key=lambda action: order.index(action.urgency)))


def too_few_loans(now: Situation) -> Iterator[Action]:
    """Plan for too few loans: widen the window, decide nothing."""
    if now.report.level is Level.INSUFFICIENT:
        command = now.look(None, Span.MONTH)
        what = messages.widen_window(MIN_LOANS)
        yield Action("too_few_loans", Urgency.NONE, what, now.report.cause, command)


def future_dates(now: Situation) -> Iterator[Action]:
    """Plan for loans dated after now: a clock or a date's format is wrong at their source."""
    for finding in _findings(now, Doubt.FUTURE_DATE):
        yield Action(
            "future_dates", Urgency.WEEK, messages.FIX_DATES, finding.text, "", (finding.column,)
        )


def missing_values(now: Situation) -> Iterator[Action]:
    """Plan for a changed share of unknown values: find out at the source."""
    found = [one for one in now.report.variables if one.drifts_in(Aspect.MISSING)]
    if found:
        why = messages.reasons(
            [
                (v.name, messages.missing_changed(v.missing_reference, v.missing), None)
                for v in found
            ]
        )
        yield _about("missing_values", found, messages.CHECK_MISSING, why, now.by_day)


def unseen_categories(now: Situation) -> Iterator[Action]:
    """Plan for categories that training had not: name them, then correct or retrain."""
    for variable in now.report.variables:
        if variable.is_category and variable.drifts_in(Aspect.STRANGE):
            why = messages.unseen_why(
                variable.name, variable.unseen, [name for name, _ in variable.unseen_categories]
            )
            what = messages.MAP_CATEGORIES
            yield _about("unseen_categories", [variable], what, why, now.by_day)


def outside_range(now: Situation) -> Iterator[Action]:
    """Plan for values outside the training range: check units, then limits."""
    found = [
        one for one in now.report.variables if not one.is_category and one.drifts_in(Aspect.STRANGE)
    ]
    if found:
        why = messages.reasons(
            [(v.name, messages.outside_why(v.below, v.above, _usual_high(v)), None) for v in found]
        )
        yield _about("outside_range", found, messages.CHECK_UNITS, why, now.by_day)


def _usual_high(variable: VariableDrift) -> tuple[float, float] | None:
    """Give the share and the value of the training loans' highest quantile of a number."""
    high = variable.quantiles.reference[-1]
    return None if high is None else (QUANTILE_SHARES[-1], high)


def implausible_values(now: Situation) -> Iterator[Action]:
    """Plan for more values that cleaning doubts: sentinels, errors, no record at the bureau."""
    for doubt in (Doubt.IMPLAUSIBLE, Doubt.NO_BUREAU_RECORD):
        found = _findings(now, doubt)
        if found:
            columns = tuple(dict.fromkeys(one.column for one in found))
            why = "; ".join(one.text for one in found)
            what = messages.CHECK_VALUES[doubt.value]
            yield Action("implausible_values", Urgency.WEEK, what, why, now.by_day, columns)


def score_without_cause(now: Situation) -> Iterator[Action]:
    """Plan for a score that moved although nothing else did: verify the model itself."""
    score = now.report.score
    others = [one for one in now.report.drifting if one.place is not Place.SCORE]
    if _severity(score) > 0 and not others:
        what, command = messages.VERIFY_MODEL, messages.VERIFY_COMMAND
        yield _about("score_without_cause", [score], what, now.why([score]), command)


def score_drift(now: Situation) -> Iterator[Action]:
    """Plan for a score that moved far: approvals move with it, so look at the threshold."""
    score = now.report.score
    if _severity(score) >= Level.ORANGE.severity:
        what, command = messages.REVIEW_THRESHOLD, now.look(None, Span.WEEK)
        yield _about("score_drift", [score], what, now.why([score]), command)


def important_drift(now: Situation) -> Iterator[Action]:
    """Plan for drift in what the model needs: train on recent loans and compare."""
    found = [one for one in _shifted(now) if one.matters and _severity(one) > 1]
    if found:
        what, command = messages.RETRAIN, messages.TRAIN_COMMAND
        yield _about("important_drift", found, what, now.why(found), command)


def unimportant_drift(now: Situation) -> Iterator[Action]:
    """Plan for drift in what the model hardly needs: the business changed; find out why."""
    found = [one for one in _shifted(now) if not one.matters and _severity(one) > 1]
    if found:
        what, command = messages.ASK_BUSINESS, now.by_day
        yield _about("unimportant_drift", found, what, now.why(found), command)


def small_drift(now: Situation) -> Iterator[Action]:
    """Plan for drift that is sure but small: watch."""
    found = [one for one in _shifted(now) if one.matters and _severity(one) == 1]
    if found:
        what, command = messages.WATCH, now.look(None, Span.MONTH)
        yield _about("small_drift", found, what, now.why(found), command)


def nothing_to_do(now: Situation) -> Iterator[Action]:
    """Say so where nothing drifts and nothing is doubtful."""
    report = now.report
    if report.level is Level.GREEN and not report.findings:
        command = now.look(None, Span.MONTH)
        yield Action("nothing_to_do", Urgency.NONE, messages.NOTHING, report.cause, command)


RULES: tuple[Rule, ...] = (
    too_few_loans,
    missing_values,
    unseen_categories,
    outside_range,
    implausible_values,
    future_dates,
    score_without_cause,
    score_drift,
    important_drift,
    unimportant_drift,
    small_drift,
    nothing_to_do,
)


def _severity(variable: VariableDrift) -> int:
    """Give how high a variable's own level is."""
    return variable.level.severity if variable.level else -1


def _shifted(now: Situation) -> list[VariableDrift]:
    """Give the inputs whose distribution drifted."""
    return [
        one
        for one in now.report.drifting
        if one.place is not Place.SCORE and one.drifts_in(Aspect.DISTRIBUTION)
    ]


def _findings(now: Situation, doubt: Doubt) -> list[QualityFinding]:
    """Give the findings of one kind."""
    return [finding for finding in now.report.findings if finding.doubt is doubt]


def _about(
    rule: str, variables: Sequence[VariableDrift], what: str, why: str, command: str
) -> Action:
    """Give an action about variables, as urgent as the worst one of them that counts."""
    severest = max((one.counted_level for one in variables), key=lambda level: level.severity)
    urgency = _URGENCY.get(severest, Urgency.MONTH)
    return Action(rule, urgency, what, why, command, tuple(one.name for one in variables))
