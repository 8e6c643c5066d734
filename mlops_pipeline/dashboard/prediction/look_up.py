"""An earlier prediction, looked up in the service's log by its id."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.client import LoggedPrediction, ServiceError
from mlops_pipeline.dashboard.drawing import on_primary
from mlops_pipeline.dashboard.prediction import fields, parts
from mlops_pipeline.dashboard.prediction.asking import new_request_id
from mlops_pipeline.dashboard.prediction.desk import Desk, desk
from mlops_pipeline.dashboard.prediction.form import fill_anew
from mlops_pipeline.dashboard.prediction.troubles import bad_address, trouble_of
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.src.data.schema import BY_NAME

WAY_KEY = "prediccion_modo"


@st.fragment
def draw_look_up(view: View) -> None:
    """Draw the search and what it found."""
    mine = desk()
    with (
        st.form("prediccion_buscar", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        wanted = st.text_input(
            messages.LOOK_UP_LABEL,
            key="prediccion_id",
            help=messages.LOOK_UP_HELP,
            persist_state="session",
            width=420,
        )
        asked = st.form_submit_button(
            on_primary(messages.LOOK_UP), type="primary", key="pred_buscar"
        )
    if asked:
        if wanted.strip():
            _find(view, mine, wanted.strip())
        else:
            mine.looked_up = mine.look_up_trouble = None
            st.info(messages.NO_ID)
    if mine.look_up_trouble is not None:
        parts.draw_trouble(mine.look_up_trouble, "")
    if mine.looked_up is not None:
        _draw_found(mine.looked_up)


def _find(view: View, mine: Desk, prediction_id: str) -> None:
    """Ask the service for a logged prediction."""
    request_id = new_request_id()
    mine.looked_up = mine.look_up_trouble = None
    try:
        with view.client(parts.ONE_LOAN_SECONDS) as service:
            mine.looked_up = service.prediction(prediction_id, request_id=request_id)
    except ServiceError as error:
        mine.look_up_trouble = trouble_of(error, request_id)
    except ValueError as error:
        mine.look_up_trouble = bad_address(error)


def _draw_found(found: LoggedPrediction) -> None:
    """Show a logged prediction, its loan, and the way of its values into the form."""
    words = messages.interpretation(found.decision)
    parts.draw_decision(
        found.probability, found.threshold, found.decision, words, "prediccion_barra_registro"
    )
    parts.draw_doubts([(one.field, one.message) for one in found.warnings])
    parts.draw_facts(
        [
            (messages.PREDICTION_ID, found.prediction_id),
            (messages.MODEL_VERSION, found.model_version),
            (messages.REQUEST_ID_NAME, found.request_id),
            (messages.LOGGED_AT, parts.local_time(found.created_at)),
        ]
    )
    st.dataframe(inputs_table(found.inputs), hide_index=True)
    if BY_NAME.keys() & found.inputs.keys():
        moved = st.button(
            messages.FILL_FORM, on_click=_to_form, args=(dict(found.inputs),), key="pred_llevar"
        )
        if moved:
            st.rerun()  # this fragment alone was drawn anew; the form stands outside it


def inputs_table(inputs: Mapping[str, object]) -> pd.DataFrame:
    """Give a logged loan as a table of labels and values in Spanish."""
    return pd.DataFrame(
        {
            messages.LOGGED_FIELD: [fields.label(name) for name in inputs],
            messages.LOGGED_VALUE: [_in_words(name, value) for name, value in inputs.items()],
        }
    )


def _in_words(name: str, value: object) -> str:
    """Write a logged value; what the form cannot show stands as it came."""
    column = BY_NAME.get(name)
    if value is None:
        return messages.UNKNOWN_FIELD
    if column is None or not isinstance(value, int | float | str):
        return str(value)
    try:
        return fields.field_text(column, value) or ""
    except ValueError:
        return str(value)


def _to_form(inputs: dict[str, fields.Value]) -> None:
    """Put a logged loan into the form and open it."""
    fill_anew({name: inputs.get(name) for name in BY_NAME})
    st.session_state[WAY_KEY] = messages.ONE_LOAN
