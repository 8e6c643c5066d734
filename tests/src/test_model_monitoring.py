"""Windows against the reference: what is found, how it is ranked, what bad windows answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.splits import out_of_time_split
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.model_monitoring import detect_drift
from mlops_pipeline.src.monitoring.counting import tally_loans
from mlops_pipeline.src.monitoring.levels import MIN_LOANS, Level
from mlops_pipeline.src.monitoring.reference import Reference, learn_reference
from mlops_pipeline.src.monitoring.report import (
    Aspect,
    Doubt,
    DriftReport,
    dump_report,
    load_report,
)
from mlops_pipeline.src.monitoring.tally import empty_tally
from mlops_pipeline.src.monitoring.variables import SCORE, Place
from tests.src.monitoring.support import IMPORTANCE, reference, scores_of, training, window
from tests.support import LAST_SECOND, table

FRESH = 99  # the seed of loans that training never saw


def report_of(loans: LoanTable) -> DriftReport:
    """Compare loans with the training ones."""
    return detect_drift(reference(), window(loans))


def test_the_training_loans_themselves_do_not_drift() -> None:
    found = report_of(training())
    assert found.level is Level.GREEN
    assert found.drifting == ()
    assert found.findings == ()
    for variable in (*found.variables, *found.shown):
        assert variable.psi == 0
        assert variable.js_distance == pytest.approx(0, abs=1e-7)
        assert variable.ks in (0, None)


def test_other_loans_of_the_same_population_do_not_drift() -> None:
    found = report_of(table(700, FRESH))
    assert found.level is Level.GREEN
    assert "700" in found.cause


def test_the_order_of_the_loans_does_not_matter() -> None:
    loans = table(700, FRESH)
    loans.numbers["plazo_meses"][:] /= 2
    order = np.random.default_rng(0).permutation(700)
    assert report_of(loans) == report_of(loans.take(order))


def test_a_shift_is_found_explained_and_ranked_by_importance() -> None:
    loans = table(2_000, FRESH)
    for name in ("puntaje_datacredito", "saldo_principal"):
        loans.numbers[name][:] = loans.numbers[name] * 0.6 + 1
    found = report_of(loans)
    assert found.level is Level.RED
    assert "puntaje_datacredito" in found.cause
    drifting = [variable.name for variable in found.drifting]
    assert drifting.index("puntaje_datacredito") < drifting.index("saldo_principal")
    shifted, unread = found["puntaje_datacredito"], found["saldo_principal"]
    assert shifted.level is unread.level is Level.RED
    assert shifted.aspect is Aspect.DISTRIBUTION
    assert shifted.importance == IMPORTANCE["puntaje_datacredito"]
    assert shifted.weight == pytest.approx(0.6)
    assert unread.importance is None
    assert unread.counted_level is Level.ORANGE
    assert shifted.psi == pytest.approx(sum(one.psi for one in shifted.bins))
    assert found.score.level is Level.RED
    assert load_report(dump_report(found)) == found
    medians = shifted.quantiles.reference[2], shifted.quantiles.window[2]
    assert medians[0] is not None
    assert medians[1] is not None
    assert medians[1] < medians[0]


def test_what_the_model_hardly_needs_counts_one_level_less() -> None:
    loans = table(2_000, FRESH)
    loans.numbers["saldo_principal"][:] *= 0.5
    found = report_of(loans)
    assert found["saldo_principal"].level is Level.RED
    assert found.level is Level.ORANGE


def test_the_calendar_is_shown_without_a_level() -> None:
    loans = table(700, FRESH)
    moved = replace(loans, seconds=loans.seconds + 200 * 86_400)
    found = report_of(moved)
    assert found.level is Level.GREEN
    shown = [v for v in found.shown if v.place is Place.CALENDAR]
    assert len(shown) == 4
    assert all(v.level is None and "calendario" in v.cause for v in shown)
    assert (found["dias_desde_epoca"].psi or 0) > 1


def test_a_score_known_only_afterwards_may_be_missing() -> None:
    loans = table(700, FRESH)
    loans.numbers["puntaje"][:] = np.nan
    found = report_of(loans)
    assert found.level is Level.GREEN
    assert found["puntaje"].level is None
    assert found["puntaje"].missing == 1


def test_missing_values_are_found() -> None:
    loans = table(1_000, FRESH)
    loans.numbers["saldo_total"][:150] = np.nan
    found = report_of(loans)["saldo_total"]
    assert found.level is Level.ORANGE
    assert found.missing_change == pytest.approx(0.135, abs=0.03)
    missing = {one.column for one in report_of(loans).findings if one.doubt is Doubt.MISSING}
    assert missing == {"saldo_total", "nivel_endeudamiento"}  # the one is made from the other


def test_missing_values_decide_where_they_moved_most() -> None:
    loans = table(3_000, FRESH)
    loans.numbers["puntaje_datacredito"][:350] = np.nan
    found = report_of(loans)["puntaje_datacredito"]
    assert found.aspect is Aspect.MISSING
    assert found.level is Level.ORANGE
    assert found.levels[Aspect.DISTRIBUTION] is Level.YELLOW
    assert found.cause.startswith("valores desconocidos: de ")


def test_values_outside_the_training_range_are_found() -> None:
    loans = table(1_000, FRESH)
    loans.numbers["salario_cliente"][:30] *= 1_000
    report = report_of(loans)
    found = report["salario_cliente"]
    assert found.aspect is Aspect.STRANGE
    assert found.level is Level.YELLOW
    assert found.above == pytest.approx(0.03, abs=0.005)
    assert any(one.doubt is Doubt.OUTSIDE_RANGE for one in report.findings)
    assert any(one.doubt is Doubt.IMPLAUSIBLE for one in report.findings)


def test_unseen_categories_are_found_and_named() -> None:
    loans = table(1_000, FRESH)
    loans.texts["tipo_laboral"][:] = [f"clase {k:04}" for k in range(1_000)]
    report = report_of(loans)
    found = report["tipo_laboral"]
    assert found.level is Level.RED
    assert found.unseen == 1
    assert found.unseen_categories[0] == ("clase 0000", 1)
    assert len(found.unseen_categories) == 20
    assert any(one.doubt is Doubt.UNSEEN_CATEGORY for one in report.findings)
    assert np.isfinite(found.psi or np.nan)


def test_an_empty_window_is_an_answer() -> None:
    found = detect_drift(reference(), empty_tally(reference().grid))
    assert found.level is Level.INSUFFICIENT
    assert "no tiene préstamos" in found.cause
    assert found.window.first is None
    assert found.window.late_rate is None
    assert found["plazo_meses"].psi is None
    assert load_report(dump_report(found)) == found


@pytest.mark.parametrize("loans", [1, MIN_LOANS - 1])
def test_too_few_loans_are_an_answer_of_their_own(loans: int) -> None:
    few = table(loans, FRESH)
    few.numbers["plazo_meses"][:] = 120
    found = report_of(few)
    assert found.level is Level.INSUFFICIENT
    assert {variable.level for variable in found.variables} == {Level.INSUFFICIENT}
    assert found["plazo_meses"].psi is not None
    assert [one.doubt for one in found.findings] == [Doubt.TOO_FEW_LOANS]


def test_windows_where_nothing_is_known_or_nothing_varies() -> None:
    unknown, constant = table(500, FRESH), table(500, FRESH)
    for name, values in unknown.numbers.items():
        values[:] = np.nan
        constant.numbers[name][:] = constant.numbers[name][0]
    for name, texts in unknown.texts.items():
        texts[:] = None
        constant.texts[name][:] = constant.texts[name][0]
    for loans in (unknown, constant):
        found = report_of(loans)
        assert found.level is Level.RED
        json.loads(dump_report(found))  # no NaN in it
    nothing = report_of(unknown)["capital_prestado"]
    assert nothing.known == 0
    assert nothing.ks is None
    assert nothing.quantiles.window == (None,) * 5


def test_infinities_are_counted_as_outside_or_unknown() -> None:
    loans = table(500, FRESH)
    loans.numbers["salario_cliente"][:100] = np.inf
    loans.numbers["edad_cliente"][:100] = -np.inf
    found = report_of(loans)
    assert found["salario_cliente"].missing == pytest.approx(0.2)
    assert found["edad_cliente"].missing == pytest.approx(0.2)
    assert found["edad_cliente_sin_limpiar"].below == pytest.approx(0.2)
    assert found.level.severity > 0


def test_dates_to_come_are_named() -> None:
    loans = table(500, FRESH)
    found = detect_drift(reference(), window(loans, as_of=LAST_SECOND - 30 * 86_400))
    assert found.findings[0].doubt is Doubt.FUTURE_DATE
    assert found.window.future == found.findings[0].loans > 0


def test_a_window_without_scores_says_nothing_of_the_score() -> None:
    loans = table(500, FRESH)
    found = detect_drift(reference(), tally_loans(reference().grid, loans))
    assert found.score.level is Level.INSUFFICIENT
    assert found.window.scored == 0
    assert found.level is Level.GREEN


def test_a_window_of_another_model_is_refused() -> None:
    other = learn_reference(table(500, 5))
    with pytest.raises(WindowError, match="otro modelo"):
        detect_drift(reference(), other.tally)


def test_without_importance_everything_counts_fully() -> None:
    bare = learn_reference(training(), scores_of(training()))
    loans = table(2_000, FRESH)
    loans.numbers["saldo_principal"][:] *= 0.5
    assert detect_drift(bare, window(loans)).level is Level.RED


@pytest.fixture(scope="module")
def portfolio(real_data: Path) -> tuple[Reference, LoanTable, LoanTable]:
    """The real portfolio's reference, training and out-of-time loans."""
    split = out_of_time_split(read_portfolio(real_data).loans)
    return learn_reference(split.train), split.train, split.test


def test_the_real_drift_of_term_and_price_is_found_and_ranked_month_by_month(
    portfolio: tuple[Reference, LoanTable, LoanTable],
) -> None:
    known, _, test = portfolio
    months = test.seconds.astype("datetime64[s]").astype("datetime64[M]")
    seen = 0
    for month in np.unique(months):
        loans = test.take(months == month)
        found = detect_drift(known, tally_loans(known.grid, loans))
        if len(loans) < 200:
            continue
        seen += 1
        first = [variable.name for variable in found.variables[:4]]
        assert {"plazo_meses", "pagos_sobre_capital"} <= set(first)
        assert found["plazo_meses"].counted_level.severity >= Level.ORANGE.severity
        assert found["pagos_sobre_capital"].counted_level is Level.RED
        assert found["cuota_sobre_capital"].counted_level.severity >= Level.YELLOW.severity
        assert found.level is Level.RED
    assert seen >= 2


@pytest.mark.slow
def test_at_most_a_twentieth_of_months_drawn_from_training_reaches_orange(
    portfolio: tuple[Reference, LoanTable, LoanTable],
) -> None:
    known, train, _ = portfolio
    size = len(train) * 30 // 163  # the training period runs from 2024-11-26 to 2025-05-07
    alarms = 0
    for seed in range(200):
        rows = np.random.default_rng(seed).choice(len(train), size, replace=False)
        level = detect_drift(known, tally_loans(known.grid, train.take(rows))).level
        alarms += level.severity >= Level.ORANGE.severity
    assert alarms <= 10


def test_the_score_is_a_variable_like_the_others() -> None:
    found = report_of(table(500, FRESH))
    assert found.score is found[SCORE]
    with pytest.raises(KeyError):
        found["no_existe"]
