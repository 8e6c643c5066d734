"""Figures of the champion: are its probabilities true, what does a threshold cost."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mlops_pipeline import messages
from mlops_pipeline.reporting import canvas
from mlops_pipeline.reporting.views import CostCurve, Group, Scored, reliability
from mlops_pipeline.src.training.bootstrap import Scores

_PLACES = ("Validación (hacia adelante)", "Fuera de tiempo")
_LATE, _ON_TIME = canvas.VERMILLION, canvas.BLUE
_BINS = 40
_FEWER_BINS = 25  # for late loans, of which there are few
_FEW = 0.005  # share of the lowest probabilities that the first bar gathers
_FAR = 4  # times the other costs: too far above to be drawn beside them
_VISIBLE = 0.02  # change of the cost of granting all from which on it is worth a look


def calibration(name: str, validation: Scored, out_of_time: Scored) -> Figure:
    """Draw predicted against observed shares of on-time loans, with counts below."""
    figure = canvas.canvas(
        7.4,
        f"¿Se cumple la probabilidad que dice {name}?",
        "Puntos: grupos de igual número de préstamos por probabilidad; barras: intervalo "
        "binomial de 95 % (Wilson).\nSobre la diagonal la probabilidad se cumple. La primera "
        "barra del histograma incluye las probabilidades menores.\nValidación: media de los "
        "ajustes con cada semilla.",
    )
    grid = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(3, 1))
    both = [reliability(loans) for loans in (validation, out_of_time)]
    everything = [group for groups in both for group in groups]
    limits = _limits(everything)
    for column, (loans, groups) in enumerate(zip((validation, out_of_time), both, strict=True)):
        _reliability(
            grid[0, column], groups, f"{_PLACES[column]}\n{_counts(loans, groups)}", limits
        )
        _histogram(grid[1, column], loans, limits)
    grid[0, 1].set_ylabel("")
    grid[1, 1].set_ylabel("")
    return figure


def _limits(groups: list[Group]) -> tuple[float, float]:
    """Give a range that holds all groups with their intervals, from below to 1."""
    lowest = min(min(group.predicted, group.observed.low) for group in groups)
    return lowest - 0.05 * (1 - lowest), 1 + 0.02 * (1 - lowest)


def _counts(loans: Scored, groups: tuple[Group, ...]) -> str:
    """Say how many loans these are, and how many each point stands for."""
    late = int((loans.target == 0).sum())
    sizes = sorted({group.loans for group in groups})
    each = " o ".join(messages.number(size) for size in sizes)
    return (
        f"{messages.number(len(loans.target))} préstamos, {messages.number(late)} en mora; "
        f"{len(groups)} grupos de {each}"
    )


def _reliability(
    axes: Axes, groups: tuple[Group, ...], title: str, limits: tuple[float, float]
) -> None:
    """Draw one reliability diagram."""
    canvas.panel(axes, title, "", "Pagaron a tiempo (% observado)")
    axes.plot(limits, limits, color=canvas.GREY, linestyle="--", linewidth=1.2)
    observed = [group.observed for group in groups]
    axes.errorbar(
        [group.predicted for group in groups],
        [one.value for one in observed],
        yerr=canvas.reach(observed),
        fmt="o", color=canvas.BLUE, markersize=8, elinewidth=2, capsize=3,
    )  # fmt: skip
    axes.set(xlim=limits, ylim=limits)
    axes.yaxis.set_major_formatter(canvas.percents())


def _histogram(axes: Axes, loans: Scored, limits: tuple[float, float]) -> None:
    """Draw how many loans have which probability."""
    canvas.panel(axes, "", "Probabilidad predicha de pagar a tiempo (%)", "Préstamos")
    bins = np.linspace(max(limits[0], 0), 1, _BINS + 1)
    inside = np.clip(loans.probability, bins[0], 1).ravel()
    each = np.full(inside.size, 1 / len(loans.probability)).tolist()
    axes.hist(inside, bins=bins.tolist(), weights=each, color=canvas.SKY, edgecolor="white")
    axes.xaxis.set_major_formatter(canvas.percents())
    axes.yaxis.set_major_formatter(canvas.numbers())


def cost_threshold(name: str, validation: CostCurve, out_of_time: CostCurve) -> Figure:
    """Draw the mean cost per loan by threshold, where it was chosen and later."""
    figure = canvas.canvas(
        6.4,
        f"Cuánto cuesta un préstamo según el umbral de {name}",
        "Se otorga desde el umbral hacia arriba. Costo medio por préstamo, en la unidad de los "
        "costos dados.\nEl umbral se elige en validación; fuera de tiempo solo se mide.",
    )
    curves = (validation, out_of_time)
    across, up = _cost_limits(curves)
    grid = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, curve, title in zip(grid, curves, _PLACES, strict=True):
        _cost_panel(axes, curve, title)
        axes.set(xlim=across, ylim=up)
    grid[1].set_ylabel("")
    return figure


def _cost_panel(axes: Axes, curve: CostCurve, title: str) -> None:
    """Draw one period's costs."""
    canvas.panel(
        axes, title, "Umbral: probabilidad mínima de pagar a tiempo (%)", "Costo medio por préstamo"
    )
    axes.plot(
        curve.thresholds, curve.costs, color=canvas.BLUE, linewidth=2, label="Según el umbral"
    )
    axes.axhline(
        curve.grant_all, color=canvas.VERMILLION, linestyle="--", linewidth=1.5,
        label=f"Otorgar a todos: {messages.money(curve.grant_all)}",
    )  # fmt: skip
    axes.axhline(
        curve.refuse_all, color=canvas.PURPLE, linestyle="-.", linewidth=1.5,
        label=f"Rechazar a todos: {messages.money(curve.refuse_all)}",
    )  # fmt: skip
    _mark(axes, curve.theoretical, canvas.ORANGE, "D", "Umbral teórico")
    _mark(axes, curve.chosen, canvas.BLACK, "o", "Umbral elegido")
    axes.xaxis.set_major_formatter(canvas.percents())
    axes.yaxis.set_major_formatter(canvas.numbers())
    axes.legend(loc="upper left", fontsize=canvas.SMALL, framealpha=0.9)


def _cost_limits(
    curves: tuple[CostCurve, CostCurve],
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Give the thresholds at which the cost changes visibly, and the costs worth a look.

    The cost of refusing all is among them unless it lies far above the others.
    """
    starts = [curve.chosen[0] for curve in curves] + [curves[0].theoretical[0]]
    for curve in curves:
        changed = np.abs(curve.costs - curve.grant_all) > _VISIBLE * curve.grant_all
        starts.append(float(curve.thresholds[np.argmax(changed)]))
    marks = [cost for c in curves for cost in (c.grant_all, c.chosen[1], c.theoretical[1])]
    refusals = [curve.refuse_all for curve in curves if curve.refuse_all <= _FAR * max(marks)]
    lowest = min(float(curve.costs.min()) for curve in curves)
    return (max(0.0, min(starts) - 0.02), 1.0), (
        lowest - 0.2 * (max(marks) - lowest),
        max([1.8 * max(marks), *(1.15 * cost for cost in refusals)]),
    )


def _mark(axes: Axes, at: tuple[float, float], color: str, marker: str, words: str) -> None:
    """Mark one threshold and what it costs."""
    threshold, cost = at
    axes.axvline(threshold, color=color, linestyle=":", linewidth=1.3)
    label = f"{words} ({messages.percent(threshold)}): {messages.money(cost)}"
    axes.plot([threshold], [cost], marker, color=color, markersize=9, label=label, zorder=4)


def score_distribution(name: str, loans: Scored, threshold: float) -> Figure:
    """Draw the probabilities of late and on-time loans, each class as shares of its own."""
    figure = canvas.canvas(
        5.8,
        f"Qué probabilidad dio {name} a quienes pagaron y a quienes no",
        "Fuera de tiempo. Cada clase suma 100 %; la primera barra incluye las probabilidades "
        "menores.\nCuanto menos se traslapan, mejor separa el modelo.",
    )
    axes = figure.add_subplot()
    canvas.panel(
        axes, "", "Probabilidad predicha de pagar a tiempo (%)", "Préstamos de la clase (%)"
    )
    [probability] = loans.probability
    low = min(float(np.quantile(probability, _FEW)), threshold)
    bins = np.linspace(max(0.0, np.floor(low * 50) / 50), 1.0, _FEWER_BINS + 1)
    late = loans.target == 0
    _shares(axes, probability[~late], bins, _ON_TIME, "Pagaron a tiempo")
    _shares(axes, probability[late], bins, _LATE, "Cayeron en mora")
    axes.axvline(
        threshold, color=canvas.BLACK, linewidth=2, linestyle="--",
        label=f"Umbral: {messages.percent(threshold)} (a la izquierda se rechaza)",
    )  # fmt: skip
    axes.set_xlim(float(bins[0]), 1.0)
    axes.xaxis.set_major_formatter(canvas.percents())
    axes.yaxis.set_major_formatter(canvas.percents())
    axes.legend(loc="upper left", fontsize=canvas.TEXT, frameon=False)
    return figure


def _shares(axes: Axes, probability: Scores, bins: Scores, color: str, words: str) -> None:
    """Draw one class: the on-time loans as an area, the late ones as a line above it."""
    count = len(probability)
    axes.hist(
        np.clip(probability, bins[0], 1.0), bins=bins.tolist(),
        weights=np.full(count, 1 / count).tolist(), histtype="stepfilled", linewidth=2.5,
        facecolor=(color, 0.35 if color == _ON_TIME else 0.0), edgecolor=color,
        label=f"{words}: {messages.number(count)}",
    )  # fmt: skip
