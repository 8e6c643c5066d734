"""One loan: the form, its prediction, and the request for other programs."""

from __future__ import annotations

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.client import Prediction
from mlops_pipeline.dashboard.prediction import fields, parts, snippets
from mlops_pipeline.dashboard.prediction.asking import Outcome, ask
from mlops_pipeline.dashboard.prediction.desk import Desk, desk
from mlops_pipeline.dashboard.prediction.form import draw_form, texts
from mlops_pipeline.dashboard.prediction.troubles import bad_address
from mlops_pipeline.dashboard.view import View


@st.fragment
def draw_one_loan(view: View) -> None:
    """Draw the form and what became of its loan."""
    mine = desk()
    draw_form(mine.reasons, _submit)
    if mine.wanted is not None:
        with st.spinner(messages.ASKING):
            _send(view, mine)
        if mine.reasons:
            st.rerun()  # the fields above are to be marked
    if mine.reasons and mine.outcome is None:
        labels = [messages.FIELD_LABELS[name] for name in mine.reasons]
        st.error(messages.fields_to_mend(labels), icon=":material/error:")
    if mine.outcome is not None:
        _draw_outcome(view, mine, mine.outcome)


def _submit() -> None:
    """Read the form; what it says is sent in the run that follows, if nothing is wrong."""
    mine = desk()
    document, mine.reasons = fields.read_form(texts())
    mine.wanted = None if mine.reasons else document
    if mine.reasons:
        mine.outcome = None


def _send(view: View, mine: Desk) -> None:
    """Ask for the prediction and keep what came; nothing of Streamlit's is called on the way."""
    document, mine.wanted = mine.wanted or {}, None
    try:
        mine.outcome = ask(
            lambda: view.client(parts.ONE_LOAN_SECONDS), view.api_address, document, mine.outcome
        )
    except ValueError as error:
        mine.outcome = Outcome(view.api_address, document, None, bad_address(error), 0.0)
    mine.reasons = dict(mine.outcome.trouble.fields) if mine.outcome.trouble else {}


def _draw_outcome(view: View, mine: Desk, outcome: Outcome) -> None:
    """Show the prediction or what went wrong, and the request."""
    st.subheader(messages.RESULT)
    if outcome.trouble is not None:
        parts.draw_trouble(outcome.trouble, messages.KEPT)
    if outcome.prediction is not None:
        _draw_prediction(view, mine, outcome, outcome.prediction)
    with st.expander(messages.THE_REQUEST):
        if view.sends_key:
            st.caption(messages.SNIPPET_NOTE)
        for name, language, write in (
            (messages.SNIPPET_CURL, "bash", snippets.curl),
            (messages.SNIPPET_PYTHON, "python", snippets.python),
        ):
            st.markdown(f"**{name}**")
            st.code(
                write(outcome.address, outcome.document, with_key=view.sends_key), language=language
            )


def _draw_prediction(view: View, mine: Desk, outcome: Outcome, found: Prediction) -> None:
    """Show a prediction."""
    threshold = parts.threshold_for(view, mine, found.model_version)
    parts.draw_decision(
        found.probability, threshold, found.decision, found.interpretation, "prediccion_barra"
    )
    parts.draw_doubts([(one.field, one.message) for one in found.warnings])
    unknown = [messages.FIELD_LABELS[n] for n, value in outcome.document.items() if value is None]
    if unknown:
        st.caption(messages.sent_unknown(unknown))
    parts.draw_facts(
        [
            (messages.PREDICTION_ID, found.prediction_id),
            (messages.MODEL_VERSION, found.model_version),
            (messages.REQUEST_ID_NAME, found.request_id),
            (messages.ANSWERED_AT, parts.local_time(found.timestamp)),
        ]
    )
