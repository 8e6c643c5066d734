"""Figures of all models: how they rank loans and how they decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mlops_pipeline import messages
from mlops_pipeline.reporting import canvas
from mlops_pipeline.reporting.views import Compared, Matrix, RocCurve
from mlops_pipeline.src.training.bootstrap import Interval

_COLUMNS = 4
_DARK = 0.55  # from this share on a cell's text is white
_CHANCE = 0.5
# Of the curves that are not the champion's: color and line.
_LOOKS = [
    (color, style)
    for style in ("-", ":", "--")
    for color in (canvas.ORANGE, canvas.SKY, canvas.GREEN, canvas.VERMILLION, canvas.PURPLE)
]


def model_comparison(models: Sequence[Compared]) -> Figure:
    """Draw each model's ROC-AUC with its interval, in validation and out of time."""
    figure = canvas.canvas(
        1.9 + 0.5 * len(models),
        "Qué tan bien ordena cada modelo los préstamos por riesgo",
        "Barras: intervalo de 95 % por bootstrap. En negrita el campeón. «≈»: en validación no se "
        "distingue del primero.\nValidación: media por tramos, hacia adelante en el tiempo; elige. "
        "Fuera de tiempo: los préstamos más recientes; solo mide.",
    )
    axes = figure.add_subplot()
    canvas.panel(axes, "", "ROC-AUC (0,5: azar; 1: orden perfecto)", "")
    places = np.arange(len(models), dtype=np.float64)
    _whiskers(axes, places - 0.16, [m.validation for m in models], canvas.ORANGE, "s", "Validación")
    later = [model.out_of_time for model in models]
    _whiskers(axes, places + 0.16, later, canvas.BLUE, "o", "Fuera de tiempo")
    axes.axvline(_CHANCE, color=canvas.GREY, linestyle="--", linewidth=1)
    names = [f"{model.name}{' ≈' if model.tied else ''}" for model in models]
    axes.set_yticks(places, names, fontsize=canvas.TEXT)
    for label, model in zip(axes.get_yticklabels(), models, strict=True):
        label.set_fontweight("bold" if model.champion else "normal")
    axes.set_ylim(len(models) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    for place, model in enumerate(models):
        if model.champion:
            axes.axhspan(place - 0.45, place + 0.45, color=canvas.LIGHT, alpha=0.6, zorder=0)
    axes.xaxis.set_major_formatter(canvas.numbers())
    _values(axes, models)
    figure.legend(loc="outside upper right", ncols=2, fontsize=canvas.TEXT, frameon=False)
    return figure


def _whiskers(
    axes: Axes,
    places: np.ndarray[tuple[int], np.dtype[np.float64]],
    found: Sequence[Interval],
    color: str,
    marker: str,
    label: str,
) -> None:
    """Draw values with their intervals, one above the other."""
    values = [one.value for one in found]
    axes.errorbar(
        values, places, xerr=canvas.reach(found), fmt=marker, color=color, label=label,
        markersize=7, elinewidth=2, capsize=3,
    )  # fmt: skip


def _values(axes: Axes, models: Sequence[Compared]) -> None:
    """Write each model's two values at the right edge."""
    for place, model in enumerate(models):
        pairs = (
            (-0.16, model.validation.value, "#9A6A00"),
            (0.16, model.out_of_time.value, canvas.BLUE),
        )
        for shift, value, color in pairs:
            axes.text(
                1.01, place + shift, messages.decimal(value), color=color, va="center",
                fontsize=canvas.SMALL, transform=axes.get_yaxis_transform(),
            )  # fmt: skip


def roc_curves(curves: Sequence[RocCurve]) -> Figure:
    """Draw the out-of-time ROC curves, the champion's in front."""
    figure = canvas.canvas(
        7.2,
        "Curvas ROC fuera de tiempo",
        "Cada punto es un umbral: cuántos buenos préstamos se otorgan y cuánta mora se deja pasar.",
    )
    axes = figure.add_subplot()
    canvas.panel(
        axes,
        "",
        "Préstamos en mora que se otorgan (% de la mora)",
        "Préstamos a tiempo que se otorgan (% de los que pagan)",
    )
    axes.plot([0, 1], [0, 1], color=canvas.GREY, linestyle="--", linewidth=1, label="Azar (0,500)")
    others = iter(_LOOKS)
    for curve in curves:
        look = (canvas.BLUE, "-") if curve.champion else next(others, (canvas.GREY, "-"))
        _roc_curve(axes, curve, *look)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal", anchor="W")
    axes.xaxis.set_major_formatter(canvas.percents())
    axes.yaxis.set_major_formatter(canvas.percents())
    axes.legend(
        loc="center left", bbox_to_anchor=(1.03, 0.5), fontsize=canvas.TEXT, frameon=False,
        title="Modelo (ROC-AUC), de mejor a peor\nen validación", title_fontsize=canvas.TEXT,
        alignment="left",
    )  # fmt: skip
    return figure


def _roc_curve(axes: Axes, curve: RocCurve, color: str, style: str) -> None:
    """Draw one curve, the champion's thick, with its threshold, and in front of all others."""
    champion = curve.champion
    words = f"{curve.name} ({messages.decimal(curve.roc_auc)})"
    axes.plot(
        curve.late_granted, curve.on_time_granted, color=color, linestyle=style,
        linewidth=3 if champion else 1.3, alpha=1 if champion else 0.75,
        zorder=5 if champion else 2, label=f"{words}\ncampeón" if champion else words,
    )  # fmt: skip
    if champion:
        axes.plot(
            *curve.chosen, "o", color=canvas.BLACK, markersize=10, zorder=6,
            label="Umbral del campeón",
        )  # fmt: skip


def confusion_matrices(found: Sequence[Matrix]) -> Figure:
    """Draw what each model decides out of time at its threshold: counts and row shares."""
    rows = -(-len(found) // _COLUMNS)
    figure = canvas.canvas(
        1.4 + 2.75 * rows,
        "Decisiones fuera de tiempo, cada modelo en su umbral",
        "Filas: lo que pasó. Columnas: lo que el modelo decide. En cada casilla, préstamos y "
        "porcentaje de su fila.\nUmbral: probabilidad mínima de pagar a tiempo para otorgar.",
    )
    grid = np.atleast_1d(figure.subplots(rows, min(_COLUMNS, len(found)), squeeze=False)).ravel()
    for axes, matrix in zip(grid, found, strict=False):
        _matrix(axes, matrix)
    for axes in grid[len(found) :]:
        axes.set_axis_off()
    return figure


def _matrix(axes: Axes, matrix: Matrix) -> None:
    """Draw one model's matrix: rows are what happened, columns what was decided."""
    found = matrix.confusion
    counts = np.array([[found.tn, found.fp], [found.fn, found.tp]])
    shares = counts / counts.sum(axis=1, keepdims=True)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        share = float(shares[row, column])
        axes.text(
            column, row, f"{messages.number(int(count))}\n{messages.percent(share)}",
            ha="center", va="center", fontsize=canvas.TEXT,
            color="white" if share > _DARK else canvas.BLACK,
        )  # fmt: skip
    mark = "\ncampeón, " if matrix.champion else "\n"
    axes.set_title(
        f"{matrix.name}{mark}umbral {messages.decimal(matrix.threshold)}",
        fontsize=canvas.SMALL + 0.5, fontweight="bold" if matrix.champion else "normal",
    )  # fmt: skip
    axes.set_xticks([0, 1], ["rechaza", "otorga"], fontsize=canvas.SMALL)
    axes.set_yticks([0, 1], ["mora", "a tiempo"], fontsize=canvas.SMALL)
    axes.tick_params(length=0)
    axes.spines[:].set_color(canvas.BLUE if matrix.champion else canvas.LIGHT)
    axes.spines[:].set_linewidth(3 if matrix.champion else 1)
