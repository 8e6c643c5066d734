"""A table of loans to edit, its columns derived from the loan's definition."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from mlops_pipeline.dashboard.prediction import fields
from mlops_pipeline.src.data.schema import COLUMNS, Column, Kind, example_loan

_KEY = "prediccion_tabla"


def first_table() -> pd.DataFrame:
    """Give a table of one ordinary loan, each column of the type that its values have."""
    example = example_loan()
    return pd.DataFrame(
        {
            column.name: pd.Series([_shown(column, example[column.name])], dtype=_dtype(column))
            for column in COLUMNS
        }
    )


def _dtype(column: Column) -> str:
    """Give the pandas type of a column."""
    return "object" if column.is_text or column.kind is Kind.MOMENT else "float64"


def _shown(column: Column, value: fields.Value) -> fields.Value:
    """Give a value as the table shows it: dates as the form does."""
    return fields.field_text(column, value) if column.kind is Kind.MOMENT else value


def draw_table(last_seen: pd.DataFrame | None) -> pd.DataFrame:
    """Draw the table and give its rows as they are now.

    The editor keeps edits as changes of the table that it started from. Where it is drawn anew
    (another tab was open), it starts from what was last seen.
    """
    if _KEY not in st.session_state or _BASE not in st.session_state:
        base = first_table() if last_seen is None else last_seen.reset_index(drop=True)
        st.session_state[_BASE] = base
    edited: pd.DataFrame = st.data_editor(
        st.session_state[_BASE],
        key=_KEY,
        num_rows="dynamic",
        hide_index=True,
        column_config={column.name: _config(column) for column in COLUMNS},
    )
    return edited


_BASE = "prediccion_tabla_base"


def _config(column: Column) -> Any:
    """Describe a column to the editor; what is impossible is explained when it is read."""
    label, help_text = fields.label(column.name), fields.help_text(column)
    if column.is_text or column.kind is Kind.MOMENT:
        return st.column_config.TextColumn(label, help=help_text)
    return st.column_config.NumberColumn(label, help=help_text, format="localized")
