"""The table of all watched variables: for the page, and as a file."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mlops_pipeline import messages
from mlops_pipeline.dashboard.theme import LEVEL_COLOURS
from mlops_pipeline.src.monitoring.levels import Level
from mlops_pipeline.src.monitoring.report import VariableDrift
from mlops_pipeline.src.monitoring.variables import SCORE

_LEVEL_OF = {messages.level_name(level.value): level for level in Level}
_PERCENTAGES = [messages.COLUMN_MISSING, messages.COLUMN_UNSEEN, messages.COLUMN_WEIGHT]


def feature_table(variables: Sequence[VariableDrift]) -> pd.DataFrame:
    """Give one row a variable, in the given order; shares in points of 100."""
    return pd.DataFrame(
        {
            messages.COLUMN_VARIABLE: [one.name for one in variables],
            messages.COLUMN_LEVEL: [_level(one.level) for one in variables],
            messages.COLUMN_PSI: _floats([one.psi for one in variables]),
            messages.COLUMN_EXCESS: _floats([one.psi_excess for one in variables]),
            messages.COLUMN_KS: _floats([one.ks for one in variables]),
            messages.COLUMN_JS: _floats([one.js_distance for one in variables]),
            messages.COLUMN_CHI: _floats([one.chi_square for one in variables]),
            messages.COLUMN_P: _floats([one.adjusted_p_value for one in variables]),
            messages.COLUMN_MISSING: [100 * one.missing_change for one in variables],
            messages.COLUMN_UNSEEN: [100 * one.unseen for one in variables],
            messages.COLUMN_WEIGHT: _floats(
                [None if one.name == SCORE else 100 * one.weight for one in variables]
            ),
            messages.COLUMN_CAUSE: [one.cause for one in variables],
        }
    )


def matching(variables: Sequence[VariableDrift], text: str) -> list[VariableDrift]:
    """Give the variables whose name or description holds a text, whatever its case."""
    wanted = text.strip().casefold()
    return [
        one
        for one in variables
        if wanted in one.name.casefold() or wanted in one.description.casefold()
    ]


def as_csv(table: pd.DataFrame) -> bytes:
    """Write a table for a Spanish spreadsheet: semicolons, decimal commas, UTF-8 with its mark."""
    text: str = table.to_csv(index=False, sep=";", decimal=",")
    return text.encode("utf-8-sig")


def styled(table: pd.DataFrame) -> pd.io.formats.style.Styler:
    """Give a table as it is shown: Spanish numbers, levels in their colours."""
    figures = [
        messages.COLUMN_PSI,
        messages.COLUMN_EXCESS,
        messages.COLUMN_KS,
        messages.COLUMN_JS,
    ]
    return (
        table.style.format(messages.table_figure, subset=figures)
        .format(messages.table_chi, subset=[messages.COLUMN_CHI])
        .format(messages.table_p_value, subset=[messages.COLUMN_P])
        .format(messages.table_points, subset=_PERCENTAGES)
        .map(_coloured, subset=[messages.COLUMN_LEVEL])
    )


def _coloured(name: str) -> str:
    """Give a level's cell its colour, with dark letters that read on each of them."""
    level = _LEVEL_OF.get(name)
    return "" if level is None else f"background-color: {LEVEL_COLOURS[level]}; color: #10161C"


def _level(level: Level | None) -> str:
    """Name a level."""
    return messages.NO_LEVEL if level is None else messages.level_name(level.value)


def _floats(values: Sequence[float | None]) -> pd.Series:
    """Give figures, the unknown ones as NaN."""
    return pd.Series(values, dtype="float64")
