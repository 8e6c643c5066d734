"""What the charts are drawn from: shares, decisions, limits and intervals, beside exact ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mlops_pipeline import messages
from mlops_pipeline.dashboard import charts, charts_periods, charts_time, charts_variable, told
from mlops_pipeline.dashboard.charts_periods import wilson
from mlops_pipeline.dashboard.course import Course
from mlops_pipeline.dashboard.curves import Sides
from mlops_pipeline.dashboard.feature_table import as_csv, feature_table
from mlops_pipeline.dashboard.limits import js_limits, ks_limits
from mlops_pipeline.dashboard.tabs.general import dials, known_reference
from mlops_pipeline.dashboard.tabs.temporal import measures
from mlops_pipeline.dashboard.theme import LEVEL_COLOURS, SYMBOLS
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.grid import CELL_SHARE
from mlops_pipeline.src.monitoring.levels import ALARM, NOTICE, PSI_BANDS, Level
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.reference import Reference, load_reference
from mlops_pipeline.src.monitoring.statistics import js_distance, psi_by_chance
from mlops_pipeline.src.monitoring.variables import SCORE
from mlops_pipeline.watching import Watch, Watched
from tests.conftest import Trained


@pytest.fixture(scope="module")
def deployment(trained: Trained) -> ModelDeployment:
    return ModelDeployment.load(trained.models_dir)


@pytest.fixture(scope="module")
def reference(deployment: ModelDeployment) -> Reference:
    return load_reference(deployment.reference)


@pytest.fixture(scope="module")
def watched(deployment: ModelDeployment) -> Watched:
    watch = Watch(deployment)
    return watch.watched(watch.first(), Span.MONTH)


def test_decisions_and_their_cost_are_those_of_the_loans(
    trained: Trained, deployment: ModelDeployment, reference: Reference, watched: Watched
) -> None:
    probability = deployment.predict(trained.run.split.test).probability
    rule = deployment.rule
    granted = probability >= rule.threshold
    cost = np.where(granted, (1 - probability) * rule.cost_late, probability * rule.cost_reject)
    _, now = Sides.of(reference, watched.window).outlooks(rule)
    assert now is not None
    assert now.scored == len(probability)
    assert now.granted == pytest.approx(granted.mean(), abs=now.doubt + 1e-12)
    assert now.cost == pytest.approx(cost.mean(), rel=0.05)


def test_without_scores_there_is_no_outlook(
    deployment: ModelDeployment, reference: Reference, watched: Watched
) -> None:
    empty = replace(watched.window, parts=())
    before, now = Sides.of(reference, empty).outlooks(deployment.rule)
    assert before is not None
    assert now is None
    assert Sides.of(reference, empty).curves(SCORE) is None
    assert Sides.of(reference, empty).histograms(SCORE, 10) is None


def test_a_distribution_function_is_exact_at_the_cells_edges(
    trained: Trained, reference: Reference, watched: Watched
) -> None:
    found = Sides.of(reference, watched.window).curves("edad_cliente")
    assert found is not None
    ages = trained.run.split.test.numbers["edad_cliente"]
    ages = ages[(ages >= 18) & (ages <= 100)]  # what cleaning keeps
    for value, share in zip(found[1].values[::7], found[1].shares[::7], strict=True):
        assert share == pytest.approx((ages <= value).mean(), abs=2 * CELL_SHARE)
    assert Sides.of(reference, watched.window).curves("tipo_laboral") is None


@pytest.mark.parametrize("segment", [False, True])
def test_the_scores_ranges_hold_all_loans(
    reference: Reference, watched: Watched, segment: bool
) -> None:
    window = watched.window.segment("Empleado", None) if segment else watched.window
    found = Sides.of(reference, window).histograms(SCORE, 40)
    assert found is not None
    for one in found:
        assert sum(one.shares) == pytest.approx(1.0)
        assert list(one.edges) == sorted(set(one.edges))


def test_ks_limits_are_what_chance_exceeds() -> None:
    found = ks_limits(4_000, 1_000)
    assert found is not None
    for limit, share in ((found.yellow, NOTICE), (found.orange, ALARM)):
        assert stats.kstwobign.sf(limit * np.sqrt(800)) == pytest.approx(share, rel=1e-6)
    assert ks_limits(4_000, 0) is None
    few = ks_limits(4_000, 2)
    assert few is not None
    assert few.red == 1.0  # there is no larger statistic


def test_js_limits_grow_with_the_psis_and_with_chance() -> None:
    found = js_limits(0.04)
    assert 0 < found.yellow < found.orange < found.red < 1
    assert 8 * np.log(2) * found.red**2 == pytest.approx(PSI_BANDS.red + 0.04)


def test_chance_alone_does_not_colour_the_distance() -> None:
    """Two small samples of one population: the distance lies about chance, below yellow."""
    rng = np.random.default_rng(5)
    shares = np.full(10, 0.1)
    pairs = [(rng.multinomial(9_000, shares), rng.multinomial(60, shares)) for _ in range(200)]
    above = [
        js_distance(left, right) > js_limits(psi_by_chance(left, right)).yellow
        for left, right in pairs
    ]
    assert np.mean(above) < 0.5
    assert np.mean([js_distance(*pair) > js_limits(0).yellow for pair in pairs]) > 0.9


def test_gauges_know_values_and_have_no_bands_without_a_level(watched: Watched) -> None:
    report = watched.report
    unknown = next(one for one in report.variables if one.missing_reference > 0.05)
    known = known_reference(report, unknown)
    assert 0 < known < report.reference.loans
    assert dials(unknown, known)["JS"][1] == js_limits(unknown.psi_by_chance or 0.0)
    few = replace(unknown, level=Level.INSUFFICIENT)
    assert all(bands is None for _, bands in dials(few, known).values())
    drawn = charts.gauge(charts.Dial("PSI", 0.3, None, 1.0)).data[0].gauge
    assert [one.color for one in drawn.steps] == [LEVEL_COLOURS[Level.INSUFFICIENT]]


@pytest.mark.parametrize(("events", "loans"), [(0, 10), (3, 10), (10, 10), (40, 1_000)])
def test_the_interval_is_wilsons(events: int, loans: int) -> None:
    exact = stats.binomtest(events, loans).proportion_ci(0.95, method="wilson")
    assert wilson(events, loans) == pytest.approx((exact.low, exact.high), abs=1e-6)


def test_every_chart_names_its_axes_and_keeps_few_points(
    reference: Reference, watched: Watched
) -> None:
    report, course = watched.report, Course(watched.history.points, by_arrival=False)
    number, category = report["edad_cliente"], report["tipo_laboral"]
    sides = Sides.of(reference, watched.window)
    names = messages.TRAINING_LOANS, messages.WINDOW_LOANS
    curves, ranges = sides.curves(number.name), sides.histograms(SCORE, 40)
    assert curves is not None
    assert ranges is not None
    drawn = [
        charts.score_histogram(dict(zip(names, ranges, strict=True)), 0.9),
        charts.quadrant(report.variables, PSI_BANDS),
        charts_variable.bin_shares(number),
        charts_variable.bin_shares(category),
        charts_variable.psi_parts(number),
        charts_variable.cumulative(number, dict(zip(names, curves, strict=True))),
        charts_variable.segment_shares(category, {"Empleado": category}, "t"),
        *(
            charts_time.metric_history(course, SCORE, one)
            for one in measures(report.score).values()
        ),
        charts_time.heat_map(course, [SCORE]),
        charts_periods.volume(course),
        charts_periods.late_rate(course),
        charts_periods.score_median(course),
    ]
    for figure in drawn:
        assert figure.layout.title.text
        assert figure.layout.xaxis.title.text
        assert figure.layout.yaxis.title.text
        assert figure.layout.separators == ",."
        assert sum(len(one.x) for one in figure.data) < 2_000


def test_a_new_model_is_marked_over_time(watched: Watched) -> None:
    first, *rest = watched.history.points
    changed = replace(rest[0], model_changed=True, model_version="v20270101_000000")
    figure = charts_periods.volume(Course((first, changed), by_arrival=True))
    assert any("v20270101_000000" in one.text for one in figure.layout.annotations)
    unchanged = charts_periods.volume(Course((first, *rest), by_arrival=True))
    assert not unchanged.layout.annotations


def test_a_period_that_models_share_is_drawn_and_told_by_model(watched: Watched) -> None:
    first, second, *_ = watched.history.points
    shared = replace(first, model_changed=True, model_version="v20270101_000000")
    later = replace(second, model_changed=True, model_version="v20270201_000000")
    course = Course((first, shared, later), by_arrival=True)
    assert len(set(course.labels)) == 3
    assert "v20270101_000000" in course.labels[1]
    assert course.labels[2] == messages.period_name(later.period)
    figure = charts_periods.volume(course)
    assert [one.x for one in figure.layout.annotations] == [0.5, 1.5]
    assert all(list(one.x) == course.labels for one in figure.data)
    score = charts_time.metric_history(
        course, SCORE, measures(watched.report.score)[messages.MEDIAN]
    )
    assert {one for trace in score.data[1:] for one in trace.x} == set(course.labels)
    assert course.labels[1] in told.volume(Course((first, shared), by_arrival=True))
    assert course.labels[1] in told.heat_map(Course((first, shared), by_arrival=True), [SCORE])


def test_the_quadrants_words_name_no_psi_that_is_not_there(watched: Watched) -> None:
    one = next(v for v in watched.report.variables if v.name != SCORE)
    without = replace(one, level=Level.RED, psi_excess=None)
    assert one.name not in told.quadrant([without])


def test_a_measure_over_time_has_its_unit(watched: Watched) -> None:
    course = Course(watched.history.points, by_arrival=False)
    term = measures(watched.report["plazo_meses"])
    median = charts_time.metric_history(course, "plazo_meses", term[messages.MEDIAN])
    assert median.layout.yaxis.title.text == f"{messages.MEDIAN} (meses)"
    assert all("meses<br>" in said for trace in median.data[1:] for said in trace.customdata)
    name = next(one.name for one in watched.report.variables if one.missing > 0.05)
    missing = charts_time.metric_history(course, name, term[messages.MISSING])
    assert missing.layout.yaxis.title.text == f"{messages.MISSING} (%)"
    shares = [100 * one.variables[name].missing for one in course.points]
    assert list(missing.data[0].y) == pytest.approx(shares)
    assert all(" %<br>" in said for trace in missing.data[1:] for said in trace.customdata)
    excess = charts_time.metric_history(course, name, term[messages.COLUMN_EXCESS])
    assert excess.layout.yaxis.title.text == messages.COLUMN_EXCESS


def test_time_is_named_by_what_a_loans_day_is(watched: Watched) -> None:
    points = watched.history.points
    for draw in (charts_periods.volume, charts_periods.score_median, charts_periods.late_rate):
        arrivals, vintages = draw(Course(points, by_arrival=True)), draw(Course(points, False))
        assert "llegada" in arrivals.layout.xaxis.title.text
        assert "Cosecha" in vintages.layout.xaxis.title.text
        assert "cosecha" in vintages.layout.title.text
        assert "cosecha" not in arrivals.layout.title.text


def test_no_level_is_told_by_colour_alone() -> None:
    assert len(set(LEVEL_COLOURS.values())) == len(set(SYMBOLS.values())) == len(Level)


def test_the_tables_file_is_read_by_a_spanish_spreadsheet(watched: Watched) -> None:
    lines = as_csv(feature_table(watched.report.variables)).decode("utf-8-sig").splitlines()
    assert lines[0].split(";")[0] == messages.COLUMN_VARIABLE
    assert len(lines) == len(watched.report.variables) + 1
    assert "." not in lines[1].split(";")[2]
