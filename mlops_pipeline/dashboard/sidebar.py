"""The sidebar: where the service is, what is looked at, and which limits hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard import filters as f
from mlops_pipeline.dashboard.drawing import unlinked
from mlops_pipeline.dashboard.filters import Filters, Source
from mlops_pipeline.dashboard.local_model import LocalModel, NoLocalModel, local_model
from mlops_pipeline.dashboard.service import FRESH_SECONDS, Light, ServiceStatus, service_status
from mlops_pipeline.dashboard.uploads import Upload
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.monitoring.aggregates import LEAST_LOANS
from mlops_pipeline.src.monitoring.levels import (
    ALARM,
    MIN_LOANS,
    MISSING_BANDS,
    NOTICE,
    PSI_BANDS,
    STRANGE_BANDS,
    TRAFFIC_DAYS,
)

_LIGHTS = {
    Light.UP: ("green", ":material/check_circle:"),
    Light.DEGRADED: ("orange", ":material/warning:"),
    Light.DOWN: ("red", ":material/cancel:"),
    Light.WRONG_ADDRESS: ("red", ":material/link_off:"),
}
_UPLOAD = "named_upload"
_IGNORED = "ignored_values"
_SOURCE_LABELS = {source: messages.SOURCES[source.value] for source in Source}


def draw_sidebar(settings: Settings) -> View:
    """Draw the sidebar and give what was chosen in it."""
    model = local_model(settings.models_dir)
    _notice_wrong_address(model)
    with st.sidebar:
        st.subheader(messages.SIDEBAR_SERVICE)
        address = st.text_input(
            messages.API_ADDRESS,
            value=settings.api_url,
            key="api_address",
            help=messages.API_ADDRESS_HELP,
        ).strip()
        status = service_status(address)
        _light(address, status)
        st.subheader(messages.SIDEBAR_WINDOW)
        source = st.selectbox(
            messages.SOURCE,
            list(Source),
            format_func=_SOURCE_LABELS.__getitem__,
            key=f.SOURCE,
            bind="query-params",
            filter_mode=None,
            help=messages.source_help(TRAFFIC_DAYS),
        )
        upload = _upload(asked=source is Source.FILE)
        since, until = _period()
        segment = _segment(model)
        st.subheader(messages.SIDEBAR_MODEL)
        _model(model, status)
    filters = Filters(source or Source.AUTO, since, until, *segment)
    return View(settings, address, status, model, filters, upload, datetime.now(UTC))


@st.fragment(run_every=FRESH_SECONDS)
def _light(address: str, drawn: ServiceStatus) -> None:
    """Show how the service is now; draw the page anew when that changes."""
    now = service_status(address)
    if now != drawn:
        st.rerun()
    colour, icon = _LIGHTS[now.light]
    st.markdown(f":{colour}[{icon}] **{messages.LIGHTS[now.light.value]}**")
    st.caption(unlinked(now.text))


def _upload(*, asked: bool) -> Upload | None:
    """Ask for a file; its content is named once, and held by the page's own list of files alone."""
    given = None
    if asked:
        given = st.file_uploader(
            messages.UPLOAD, type=["csv", "parquet"], key="upload", help=messages.UPLOAD_HELP
        )
    if given is None:
        st.session_state.pop(_UPLOAD, None)
        return None
    named, digest = st.session_state.get(_UPLOAD, (None, ""))
    if named == given.file_id:
        return Upload(Path(given.name).name, digest, given)
    found = Upload.of(given.name, given)
    st.session_state[_UPLOAD] = given.file_id, found.digest
    return found


def _period() -> tuple[date | None, date | None]:
    """Ask for the first and the last day."""
    since, until = (
        st.date_input(
            label,
            value=None,
            min_value=f.FIRST_DAY,
            max_value=f.LAST_DAY,
            format="DD/MM/YYYY",
            key=key,
            bind="query-params",
        )
        for label, key in ((messages.SINCE, f.SINCE), (messages.UNTIL, f.UNTIL))
    )
    return since, until


def _segment(model: LocalModel | NoLocalModel) -> tuple[str | None, str | None]:
    """Ask for the kind of customer and of loan; not without a model, which knows the kinds."""
    if isinstance(model, NoLocalModel):
        return None, None
    chosen = [
        st.selectbox(
            label,
            [messages.ALL_SEGMENTS, *model.watch.categories(name)],
            key=name,
            bind="query-params",
            filter_mode=None,
            help=messages.segment_help(LEAST_LOANS),
        )
        for label, name in (
            (messages.TIPO_LABORAL, f.TIPO_LABORAL),
            (messages.TIPO_CREDITO, f.TIPO_CREDITO),
        )
    ]
    first, second = (None if one == messages.ALL_SEGMENTS else one for one in chosen)
    return first, second


def _model(model: LocalModel | NoLocalModel, status: ServiceStatus) -> None:
    """Show which model and which limits hold."""
    if isinstance(model, NoLocalModel):
        st.caption(messages.NO_MODEL_SHORT)
        return
    rule = model.deployment.rule
    st.markdown(f"**{model.version}**  \n{model.deployment.metadata.model_name}")
    if status.model_version and status.model_version != model.version:
        st.caption(messages.other_model_served(status.model_version))
    with st.expander(messages.LIMITS_IN_USE):
        st.markdown(
            messages.limits(
                rule.threshold,
                [PSI_BANDS.yellow, PSI_BANDS.orange, PSI_BANDS.red],
                [MISSING_BANDS.yellow, MISSING_BANDS.orange, MISSING_BANDS.red],
                [STRANGE_BANDS.yellow, STRANGE_BANDS.orange, STRANGE_BANDS.red],
                (NOTICE, ALARM),
                MIN_LOANS,
            )
        )


def _notice_wrong_address(model: LocalModel | NoLocalModel) -> None:
    """Say which values of the page's address are ignored; Streamlit takes them out."""
    allowed = {
        f.SOURCE: list(_SOURCE_LABELS.values()),
        f.TAB: list(messages.TABS),
        f.SPAN: list(messages.SPANS.values()),
    }
    if isinstance(model, LocalModel):
        allowed[f.VARIABLE] = [axis.name for axis, _ in model.reference.grid.slices()]
        allowed |= {
            name: [messages.ALL_SEGMENTS, *model.watch.categories(name)]
            for name in (f.TIPO_LABORAL, f.TIPO_CREDITO)
        }
    found = f.unusable(st.query_params.to_dict(), allowed)
    if found:
        st.session_state[_IGNORED] = [messages.wrong_address_value(*one) for one in found]
    ignored: list[str] = st.session_state.get(_IGNORED, [])
    if ignored:
        st.warning("  \n".join(ignored), icon=":material/link_off:")
        st.button(messages.UNDERSTOOD, key="ignored_understood", on_click=_forget_ignored)


def _forget_ignored() -> None:
    """Take the notice away."""
    del st.session_state[_IGNORED]
