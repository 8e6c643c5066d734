"""What all figures share: size, colours, Spanish numbers, and the way to a PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter

from mlops_pipeline import messages
from mlops_pipeline.src.training.bootstrap import Interval

DPI = 120
WIDTH = 1400 / DPI  # inches: every figure is 1400 pixels wide

# Source: Okabe & Ito, "Color Universal Design", 2008.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, LIGHT = "#767676", "#E6E6E6"

TITLE, TEXT, SMALL = 15, 12, 10.5


def canvas(height: float, title: str, note: str) -> Figure:
    """Give an empty figure of the common width, its title above, how to read it below.

    `height` is in inches. A line of the note has room for some 150 characters.
    """
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.09)
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=TITLE, fontweight="bold", x=0.012, ha="left")
    figure.supxlabel(note, fontsize=SMALL, color=GREY, x=0.012, ha="left")
    return figure


def panel(axes: Axes, title: str, across: str, up: str) -> None:
    """Label axes and take away what is not data."""
    axes.set_title(title, fontsize=TEXT, loc="left")
    axes.set_xlabel(across, fontsize=TEXT)
    axes.set_ylabel(up, fontsize=TEXT)
    axes.tick_params(labelsize=SMALL)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=LIGHT, linewidth=0.8)
    axes.set_axisbelow(True)


def percents() -> FuncFormatter:
    """Give tick labels such as «95 %» and «97,5 %»."""
    return FuncFormatter(lambda value, _: f"{messages.number(round(100 * float(value), 6))} %")


def numbers() -> FuncFormatter:
    """Give tick labels with a decimal comma."""
    return FuncFormatter(lambda value, _: messages.number(round(float(value), 6)))


def reach(found: Sequence[Interval]) -> tuple[list[float], list[float]]:
    """Give how far intervals reach below and above their values, never less than 0.

    A percentile interval of a bootstrap need not hold its value.
    """
    below = [max(0.0, one.value - one.low) for one in found]
    above = [max(0.0, one.high - one.value) for one in found]
    return below, above


def png(figure: Figure) -> bytes:
    """Give a figure that was not drawn before as PNG; its bytes depend on nothing else."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()
