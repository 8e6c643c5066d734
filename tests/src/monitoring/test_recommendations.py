"""Each rule: when it speaks, when it is silent, what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.model_monitoring import detect_drift
from mlops_pipeline.src.monitoring.actions import Action, Urgency
from mlops_pipeline.src.monitoring.counting import tally_loans
from mlops_pipeline.src.monitoring.levels import Level
from mlops_pipeline.src.monitoring.recommendations import RULES, recommend
from mlops_pipeline.src.monitoring.report import DriftReport
from mlops_pipeline.src.monitoring.tally import empty_tally
from mlops_pipeline.src.monitoring.variables import Place
from tests.src.monitoring.support import reference, scores_of, window
from tests.support import LAST_SECOND, table


def loans_like_training() -> LoanTable:
    """Give loans that do not drift."""
    return table(1_500, 99)


def plan(loans: LoanTable) -> dict[str, Action]:
    """Give the plan for loans by rule."""
    return by_rule(detect_drift(reference(), window(loans)))


def by_rule(report: DriftReport) -> dict[str, Action]:
    """Give the plan by rule; a rule speaks once in these tests."""
    actions = recommend(report)
    found = {action.rule: action for action in actions}
    assert len(found) == len(actions)
    return found


def test_nothing_to_do() -> None:
    found = plan(loans_like_training())
    assert list(found) == ["nothing_to_do"]
    assert found["nothing_to_do"].urgency is Urgency.NONE


@pytest.mark.parametrize("rows", [0, 7])
def test_too_few_loans(rows: int) -> None:
    tally = window(table(rows, 99)) if rows else empty_tally(reference().grid)
    found = by_rule(detect_drift(reference(), tally))
    assert list(found) == ["too_few_loans"]
    assert "50" in found["too_few_loans"].what


def test_future_dates() -> None:
    loans = loans_like_training()
    report = detect_drift(reference(), window(loans, as_of=LAST_SECOND - 90 * 86_400))
    found = by_rule(report)
    assert found["future_dates"].variables == ("fecha_prestamo",)
    assert "fecha futura" in found["future_dates"].why


def test_missing_values() -> None:
    loans = loans_like_training()
    loans.numbers["puntaje_datacredito"][:500] = np.nan
    found = plan(loans)["missing_values"]
    assert found.variables == ("puntaje_datacredito",)
    assert found.urgency is Urgency.TODAY
    assert "a 4" in found.why  # about 40%
    assert "--by day" in found.command


def test_unseen_categories() -> None:
    loans = loans_like_training()
    loans.texts["tipo_laboral"][:300] = "Pensionado"
    found = plan(loans)["unseen_categories"]
    assert "«Pensionado»" in found.why
    assert "20,0 %" in found.why


def test_outside_range() -> None:
    loans = loans_like_training()
    loans.numbers["salario_cliente"][:60] *= 1_000
    found = plan(loans)
    assert "salario_cliente" in found["outside_range"].variables
    assert "ingreso_disponible" in found["outside_range"].variables
    assert "4,0 %" in found["outside_range"].why
    assert "salario_cliente" in found["implausible_values"].why


def test_implausible_values_and_no_bureau_record() -> None:
    loans = loans_like_training()
    loans.numbers["puntaje_datacredito"][:300] = 0
    loans.numbers["huella_consulta"][:300] = 0
    actions = recommend(detect_drift(reference(), window(loans)))
    found = [action for action in actions if action.rule == "implausible_values"]
    assert [action.variables for action in found] == [
        ("puntaje_datacredito",),
        ("huella_consulta",),
    ]


def test_score_drift_and_score_without_cause() -> None:
    loans = loans_like_training()
    moved = np.clip(scores_of(loans) * 0.97, 0, 1)
    found = by_rule(detect_drift(reference(), tally_loans(reference().grid, loans, moved)))
    assert set(found) >= {"score_drift", "score_without_cause"}
    assert found["score_without_cause"].command.endswith("models verify")
    assert found["score_drift"].urgency is Urgency.TODAY


@pytest.mark.parametrize("place", [Place.FEATURE, Place.DERIVED])
def test_a_score_has_a_cause_where_any_variable_drifts(place: Place) -> None:
    loans = loans_like_training()
    moved = np.clip(scores_of(loans) * 0.97, 0, 1)
    report = detect_drift(reference(), tally_loans(reference().grid, loans, moved))
    cause = next(one for one in report.variables if one.place is place)
    drifting = replace(cause, level=Level.YELLOW)
    variables = tuple(drifting if one is cause else one for one in report.variables)
    assert "score_without_cause" not in by_rule(replace(report, variables=variables))


def test_important_and_unimportant_drift() -> None:
    loans = loans_like_training()
    for name in ("puntaje_datacredito", "saldo_principal"):
        loans.numbers[name][:] = loans.numbers[name] * 0.6 + 1
    found = plan(loans)
    assert found["important_drift"].variables == ("puntaje_datacredito",)
    assert found["important_drift"].urgency is Urgency.TODAY
    assert "PSI" in found["important_drift"].why
    assert found["unimportant_drift"].variables == ("saldo_principal",)
    assert found["unimportant_drift"].urgency is Urgency.WEEK
    assert "score_without_cause" not in found


def test_small_drift() -> None:
    loans = loans_like_training()
    loans.numbers["puntaje_datacredito"][:] *= 0.95
    found = plan(loans)
    assert found["small_drift"].urgency is Urgency.MONTH
    assert "puntaje_datacredito" in found["small_drift"].variables


def test_since_when_is_told() -> None:
    loans = loans_like_training()
    loans.numbers["puntaje_datacredito"][:] *= 0.6
    report = detect_drift(reference(), window(loans))
    actions = recommend(report, {"puntaje_datacredito": "2025-03"})
    told = next(action for action in actions if action.rule == "important_drift")
    assert "(desde mar 2025)" in told.why


def test_the_most_urgent_comes_first_and_the_calendar_never() -> None:
    loans = loans_like_training()
    for name in ("puntaje_datacredito", "saldo_principal"):
        loans.numbers[name][:] = loans.numbers[name] * 0.6 + 1
    loans.seconds[:] += 400 * 86_400
    actions = recommend(detect_drift(reference(), window(loans)))
    order = [list(Urgency).index(action.urgency) for action in actions]
    assert order == sorted(order)
    named = {name for action in actions for name in action.variables}
    assert not named & {"mes_prestamo", "dia_semana", "trimestre", "dias_desde_epoca"}


def test_every_rule_has_a_test() -> None:
    tests = [name for name in globals() if name.startswith("test_")]
    for rule in RULES:
        assert any(rule.__name__.removesuffix("_drift") in name for name in tests)
