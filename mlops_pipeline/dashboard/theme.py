"""The one look of all charts. Colours are mid-tones that read on a light and on a dark page.

Words go with every colour: no level is told by its colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from mlops_pipeline.src.monitoring.levels import Level

REFERENCE = "#7A8794"  # training loans, always
WINDOW = "#1F88C9"  # the window's loans, always
SECOND = "#CC79A7"
LINE = "#8A949E"

# Okabe & Ito, "Color Universal Design", 2008, told apart by colour-blind people; grey: no level.
LEVEL_COLOURS = {
    Level.INSUFFICIENT: "#9AA4AE",
    Level.GREEN: "#009E73",
    Level.YELLOW: "#F0E442",
    Level.ORANGE: "#E69F00",
    Level.RED: "#D55E00",
}
# Lines are thin: darker tones of the same, 3 to 1 at least on a light and on a dark page.
BAND_LINES = {Level.YELLOW: "#A08A00", Level.ORANGE: "#BD7F00", Level.RED: "#D55E00"}
SERIES = ("#1F88C9", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A8794", "#B8A000")
SYMBOLS = {
    Level.INSUFFICIENT: "circle-open",
    Level.GREEN: "circle",
    Level.YELLOW: "diamond",
    Level.ORANGE: "square",
    Level.RED: "triangle-up",
}
HEIGHT = 360
GRID = "rgba(128,128,128,0.22)"

TEMPLATE = go.layout.Template(
    layout={
        "separators": ",.",
        "colorway": list(SERIES),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
    }
)


def apart(ends: Sequence[float], gap: float) -> list[bool]:
    """Tell which of some rising limits can be named without touching: the last one always.

    >>> apart([0.02, 0.1, 0.25], 0.1)
    [False, True, True]
    """
    named, above = [], math.inf
    for end in reversed(ends):
        named.append(above - end >= gap or above == math.inf)
        above = end if named[-1] else above
    return named[::-1]


def chart(title: str, x: str, y: str, height: int = HEIGHT) -> go.Figure:
    """Give an empty figure with its title and both axes' titles."""
    figure = go.Figure()
    figure.update_layout(
        template=TEMPLATE,
        separators=",.",
        height=height,
        title={
            "text": title,
            "x": 0,
            "xanchor": "left",
            "y": 0.985,
            "yanchor": "top",
            "font": {"size": 15},
        },
        margin={"l": 8, "r": 12, "t": 66, "b": 8},
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.01,
            "yanchor": "bottom",
            "title": {"text": ""},
        },
        bargap=0.18,
    )
    figure.update_xaxes(title={"text": x}, automargin=True, gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title={"text": y}, automargin=True, gridcolor=GRID, zeroline=False)
    return figure
