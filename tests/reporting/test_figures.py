"""The figures draw what the run measured."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from mlops_pipeline import messages
from mlops_pipeline.reporting import figures_champion, figures_ranking, views
from mlops_pipeline.reporting.canvas import png
from mlops_pipeline.reporting.gallery import figures
from mlops_pipeline.training_run import Run


def labels(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def champion_of(run: Run) -> str:
    return run.result.champion.result.candidate.name


def texts_of(figure: Figure) -> str:
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    words += [axes.get_title(loc=place) for axes in figure.axes for place in ("left", "center")]
    return "\n".join([*words, figure.get_suptitle()])


def test_model_comparison_draws_both_values_of_every_model(finished: Run) -> None:
    [axes] = figures_ranking.model_comparison(views.compared(finished)).axes
    first, second = axes.containers
    validation, later = first.lines[0], second.lines[0]  # type: ignore[attr-defined]
    results = finished.result.candidates
    assert list(validation.get_xdata()) == [one.validated.roc_auc.value for one in results]
    assert list(later.get_xdata()) == [one.out_of_time.roc_auc.value for one in results]
    bold = [t.get_text() for t in axes.get_yticklabels() if t.get_fontweight() == "bold"]
    assert [name.removesuffix(" ≈") for name in bold] == [champion_of(finished)]
    assert "ROC-AUC" in axes.get_xlabel()


def test_model_comparison_marks_the_ties(finished: Run) -> None:
    [axes] = figures_ranking.model_comparison(views.compared(finished)).axes
    marked = [text.get_text().endswith("≈") for text in axes.get_yticklabels()]
    assert marked == [one.validated.tied for one in finished.result.candidates]


def test_roc_curves_have_the_area_that_was_measured(finished: Run) -> None:
    curves = views.roc_curves(finished)
    for curve, one in zip(curves, finished.result.candidates, strict=True):
        area = np.trapezoid(curve.on_time_granted, curve.late_granted)
        assert area == pytest.approx(one.out_of_time.roc_auc.value)
    [axes] = figures_ranking.roc_curves(curves).axes
    assert len(axes.lines) == len(curves) + 2  # chance, and the champion's threshold
    [thickest] = [line for line in axes.lines if line.get_linewidth() == 3]
    assert champion_of(finished) in str(thickest.get_label())
    assert any("0,500" in words for words in labels(axes))


def test_confusion_matrices_show_the_counts(eleven: Run) -> None:
    figure = figures_ranking.confusion_matrices(views.matrices(eleven))
    drawn = [axes for axes in figure.axes if axes.images]
    assert len(drawn) == 11
    for axes, one in zip(drawn, eleven.result.candidates, strict=True):
        counts = one.out_of_time.confusion
        image = axes.images[0]
        assert isinstance(image, AxesImage)
        shares = np.asarray(image.get_array())
        assert shares.sum(axis=1) == pytest.approx([1, 1])
        shown = [text.get_text().split("\n")[0] for text in axes.texts]
        expected = (counts.tn, counts.fp, counts.fn, counts.tp)
        assert shown == [messages.number(count) for count in expected]
        assert one.candidate.name in axes.get_title()


def test_calibration_draws_every_group_with_its_interval(finished: Run) -> None:
    validation, later = views.scored(finished)
    figure = figures_champion.calibration("Uno", validation, later)
    for axes, loans in zip(figure.axes[:2], (validation, later), strict=True):
        points = axes.containers[0].lines[0]  # type: ignore[attr-defined]
        groups = views.reliability(loans)
        assert list(points.get_xdata()) == [group.predicted for group in groups]
        assert list(points.get_ydata()) == [group.observed.value for group in groups]
    for axes, loans in zip(figure.axes[2:], (validation, later), strict=True):
        bars = sum(bar.get_height() for bar in axes.patches)  # type: ignore[attr-defined]
        assert bars == pytest.approx(len(loans.target))


def test_cost_threshold_marks_the_cost_of_the_confusion_matrix(finished: Run) -> None:
    champion = finished.result.champion.result
    rule, counts = champion.decision.rule, champion.out_of_time.confusion
    curves = [views.cost_curve(loans, rule) for loans in views.scored(finished)]
    cost = (10 * counts.fp + counts.fn) / len(finished.split.test)
    assert curves[1].chosen == pytest.approx((rule.threshold, cost))
    assert curves[0].chosen[1] == pytest.approx(curves[0].costs.min(), abs=0.01)
    figure = figures_champion.cost_threshold("Uno", *curves)
    for axes, curve in zip(figure.axes, curves, strict=True):
        assert np.array_equal(np.asarray(axes.lines[0].get_ydata()), curve.costs)
        assert f"Otorgar a todos: {messages.money(curve.grant_all)}" in labels(axes)
        [refused] = [line for line in axes.lines if "Rechazar" in str(line.get_label())]
        assert list(np.asarray(refused.get_ydata())) == [curve.refuse_all] * 2
        assert axes.get_ylim()[1] > curve.refuse_all
        low, high = axes.get_xlim()
        assert low <= curve.chosen[0] <= high


def test_several_fits_are_drawn_as_their_mean(finished: Run) -> None:
    _, later = views.scored(finished)
    rule = finished.result.champion.result.decision.rule
    twice = views.Scored(np.repeat(later.probability, 2, axis=0), later.target)
    for once, again in zip(views.reliability(later), views.reliability(twice), strict=True):
        assert (again.loans, again.predicted) == pytest.approx((once.loans, once.predicted))
        assert again.observed == once.observed
    assert views.savings(twice, rule, 1) == views.savings(later, rule, 1)
    chosen = views.cost_curve(twice, rule).chosen
    assert chosen == pytest.approx(views.cost_curve(later, rule).chosen)


def test_score_distribution_shows_all_loans_of_both_classes(finished: Run) -> None:
    _, later = views.scored(finished)
    [axes] = figures_champion.score_distribution("Uno", later, 0.9).axes
    late = int((later.target == 0).sum())
    assert f"Cayeron en mora: {late}" in labels(axes)
    assert f"Pagaron a tiempo: {messages.number(len(later.target) - late)}" in labels(axes)
    assert axes.lines[0].get_xdata() == [0.9, 0.9]


def test_figures_are_spanish_and_as_wide_as_promised(eleven: Run) -> None:
    for name, figure in figures(eleven).items():
        content = png(figure)
        width, _ = struct.unpack(">II", content[16:24])
        assert width == 1400, name
        assert texts_of(figure)
        shown = [axes for axes in figure.axes if axes.axison]
        words = [text.get_text() for axes in shown for text in axes.get_xticklabels()]
        assert not any("." in text for text in words), name


def test_figures_of_a_perfect_model_can_be_drawn(leaky: Run) -> None:
    for figure in figures(leaky).values():
        assert io.BytesIO(png(figure)).read(4) == b"\x89PNG"


def test_wilson_interval() -> None:
    found = views.wilson(8, 10)
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert views.wilson(10, 10).high == pytest.approx(1.0)
    assert views.wilson(0, 10).low == pytest.approx(0.0)


def test_savings_are_what_deciding_without_the_model_costs_more(finished: Run) -> None:
    rule = finished.result.champion.result.decision.rule
    for loans in views.scored(finished):
        curve = views.cost_curve(loans, rule)
        found = views.savings(loans, rule, 42)
        assert found.than_granting.value == pytest.approx(curve.grant_all - curve.chosen[1])
        assert found.than_refusing.value == pytest.approx(curve.refuse_all - curve.chosen[1])
        for one in (found.than_granting, found.than_refusing):
            assert one.low <= one.value <= one.high
    late = finished.split.test.target == 0
    curve = views.cost_curve(views.scored(finished)[1], rule)
    assert curve.grant_all == pytest.approx(10 * np.mean(late))
    assert curve.refuse_all == pytest.approx(1 - np.mean(late))
