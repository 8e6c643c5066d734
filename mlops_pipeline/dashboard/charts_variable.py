"""Charts of one variable, training loans against the window's: data in, Plotly figure out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from mlops_pipeline import messages
from mlops_pipeline.dashboard.curves import Curve
from mlops_pipeline.dashboard.theme import HEIGHT, REFERENCE, SERIES, WINDOW, chart
from mlops_pipeline.src.monitoring.report import VariableDrift


def bin_shares(variable: VariableDrift) -> go.Figure:
    """Draw both sides' share of each bin, the unknown values among them."""
    figure = chart(messages.BINS_CHART, _axis(variable), messages.SHARE_AXIS)
    labels = [one.label for one in variable.bins]
    for name, shares, colour in (
        (messages.TRAINING_LOANS, [one.reference for one in variable.bins], REFERENCE),
        (messages.WINDOW_LOANS, [one.window for one in variable.bins], WINDOW),
    ):
        figure.add_trace(
            go.Bar(
                x=labels,
                y=[100 * share for share in shares],
                name=name,
                marker={"color": colour},
                customdata=[messages.percent(share) for share in shares],
                hovertemplate=f"%{{x}}<br>{name}: %{{customdata}}<extra></extra>",
            )
        )
    _categories(figure, labels)
    figure.update_yaxes(ticksuffix=" %", rangemode="tozero")
    return figure


def psi_parts(variable: VariableDrift) -> go.Figure:
    """Draw what each bin adds to the PSI."""
    figure = chart(messages.PSI_PARTS_CHART, messages.PSI_PARTS_AXIS, _axis(variable))
    labels = [one.label for one in variable.bins]
    figure.add_trace(
        go.Bar(
            x=[one.psi for one in variable.bins],
            y=labels,
            orientation="h",
            marker={"color": WINDOW},
            customdata=[messages.decimal(one.psi, 4) for one in variable.bins],
            hovertemplate="%{y}: %{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_layout(margin={"t": 36})
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=labels[::-1])
    figure.update_xaxes(rangemode="tozero")
    return figure


def cumulative(variable: VariableDrift, curves: Mapping[str, Curve]) -> go.Figure:
    """Draw the distribution functions of known values, exact at the cells' edges."""
    figure = chart(messages.ECDF_CHART, _axis(variable), messages.ECDF_AXIS)
    for (name, curve), colour in zip(curves.items(), (REFERENCE, WINDOW), strict=True):
        figure.add_trace(
            go.Scatter(
                x=curve.values,
                y=[100 * share for share in curve.shares],
                name=name,
                mode="lines",
                line={"color": colour, "width": 2.5, "shape": "hv"},
                hovertemplate=f"%{{x:,.4~g}}<br>{name}: %{{y:.1f}} %<extra></extra>",
            )
        )
    figure.update_yaxes(ticksuffix=" %", range=[0, 101])
    return figure


def segment_shares(
    variable: VariableDrift, segments: Mapping[str, VariableDrift], title: str
) -> go.Figure:
    """Draw the bins of the window's segments side by side, the training loans' behind them."""
    figure = chart(title, _axis(variable), messages.SHARE_AXIS)
    figure.update_layout(margin={"t": 92}, height=HEIGHT + 50)  # the legend may take more lines
    labels = [one.label for one in variable.bins]
    figure.add_trace(
        go.Scatter(
            x=labels,
            y=[100 * one.reference for one in variable.bins],
            name=messages.TRAINING_ALL,
            mode="markers",
            marker={"symbol": "line-ew-open", "size": 18, "color": REFERENCE, "line": {"width": 3}},
            hovertemplate="%{x}: %{y:.1f} %<extra></extra>",
        )
    )
    for position, (name, found) in enumerate(segments.items()):
        figure.add_trace(
            go.Bar(
                x=labels,
                y=[100 * one.window for one in found.bins],
                name=name,
                marker={"color": SERIES[position % len(SERIES)]},
                hovertemplate=f"%{{x}}<br>{name}: %{{y:.1f}} %<extra></extra>",
            )
        )
    _categories(figure, labels)
    figure.update_yaxes(ticksuffix=" %", rangemode="tozero")
    return figure


def _categories(figure: go.Figure, labels: Sequence[str]) -> None:
    """Keep labels in their order, as text."""
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=list(labels))


def _axis(variable: VariableDrift) -> str:
    """Give a variable's axis title."""
    return messages.variable_axis(variable.name, variable.unit)
