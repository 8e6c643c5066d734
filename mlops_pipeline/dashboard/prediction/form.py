"""The form of one loan, drawn from the loan's definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.drawing import on_primary
from mlops_pipeline.dashboard.prediction import fields
from mlops_pipeline.dashboard.prediction.desk import desk
from mlops_pipeline.dashboard.prediction.fields import Value
from mlops_pipeline.src.data.schema import BY_NAME, COLUMNS, Column, Kind, example_loan

FIELD_WIDTH = 216  # pixels: four in a row at 1440, two on a tablet


def field_key(name: str) -> str:
    """Name a field's widget."""
    return f"prediccion_{name}"


def fill(values: Mapping[str, Value]) -> None:
    """Put a loan's values into the form; columns that are not there become empty."""
    for column in COLUMNS:
        text = fields.field_text(column, values.get(column.name))
        st.session_state[field_key(column.name)] = text if column.is_text else text or ""


def fill_anew(values: Mapping[str, Value]) -> None:
    """Put another loan into the form; what was said of the one before goes with it."""
    fill(values)
    desk().forget_loan()


def texts() -> dict[str, str | None]:
    """Give what the form's fields say now."""
    return {c.name: st.session_state.get(field_key(c.name)) for c in COLUMNS}


def draw_form(reasons: Mapping[str, str], submit: Callable[[], None]) -> None:
    """Draw the form.

    Args:
        reasons: what is wrong with fields, by column.
        submit: called before the run that follows the button.

    """
    st.markdown(messages.FORM_INTRO)
    with st.container(horizontal=True):
        st.button(
            messages.USE_EXAMPLE, on_click=fill_anew, args=(example_loan(),), key="pred_ejemplo"
        )
        st.button(messages.CLEAR_FORM, on_click=fill_anew, args=({},), key="pred_vaciar")
    with st.form("prediccion_formulario", enter_to_submit=False):
        for group, names in fields.GROUPS.items():
            st.markdown(f"**{messages.FIELD_GROUPS[group]}**")
            with st.container(horizontal=True, gap="small"):
                for name in names:
                    _draw_field(BY_NAME[name], reasons.get(name))
        st.form_submit_button(
            on_primary(messages.PREDICT), type="primary", on_click=submit, key="pred_predecir"
        )


def _draw_field(column: Column, reason: str | None) -> None:
    """Draw one field, with what is wrong with it beside its label and under it."""
    label = fields.label(column.name)
    shown = label if reason is None else messages.marked_label(label)
    key, help_text = field_key(column.name), fields.help_text(column)
    empty = messages.UNKNOWN_FIELD if column.nullable else ""
    with st.container(width=FIELD_WIDTH, gap="xxsmall"):
        if column.is_text:
            st.selectbox(
                shown,
                column.categories,
                index=None,
                key=key,
                help=help_text,
                placeholder=empty or messages.CHOOSE,
                accept_new_options=True,
                persist_state="session",
            )
        else:
            if column.kind is Kind.MOMENT:
                empty = messages.DATE_PLACEHOLDER
            st.text_input(
                shown, key=key, help=help_text, placeholder=empty, persist_state="session"
            )
        if reason is not None:
            st.markdown(messages.field_reason(reason))
