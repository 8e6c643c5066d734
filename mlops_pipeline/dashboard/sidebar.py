"""The sidebar: where the service is, what is looked at, and which limits hold."""

from __future__ import annotations

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.filters import Filters
from mlops_pipeline.dashboard.local_model import NoLocalModel, local_model
from mlops_pipeline.dashboard.service import FRESH_SECONDS, Light, ServiceStatus, service_status
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.settings import Settings

_LIGHTS = {
    Light.UP: ("green", ":material/check_circle:"),
    Light.DEGRADED: ("orange", ":material/warning:"),
    Light.DOWN: ("red", ":material/cancel:"),
    Light.WRONG_ADDRESS: ("red", ":material/link_off:"),
}


def draw_sidebar(settings: Settings) -> View:
    """Draw the sidebar and give what was chosen in it."""
    with st.sidebar:
        st.subheader(messages.SIDEBAR_SERVICE)
        address = st.text_input(
            messages.API_ADDRESS,
            value=settings.api_url,
            key="api_address",
            help=messages.API_ADDRESS_HELP,
            persist_state="session",
        ).strip()
        status = service_status(address)
        _light(address, status)
        model = local_model(settings.models_dir)
        st.subheader(messages.SIDEBAR_MODEL)
        if isinstance(model, NoLocalModel):
            st.caption(messages.NO_MODEL_SHORT)
        else:
            st.caption(model.version)
    return View(settings, address, status, model, Filters())


@st.fragment(run_every=FRESH_SECONDS)
def _light(address: str, drawn: ServiceStatus) -> None:
    """Show how the service is now; draw the page anew when that changes."""
    now = service_status(address)
    if now != drawn:
        st.rerun()
    colour, icon = _LIGHTS[now.light]
    st.markdown(f":{colour}[{icon}] {messages.LIGHTS[now.light.value]}")
    st.caption(now.text)
