"""The chosen loans as counts, from wherever they are: one path for all windows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.client import ServiceError
from mlops_pipeline.dashboard.filters import Filters, Source
from mlops_pipeline.dashboard.local_model import LocalModel, NoLocalModel
from mlops_pipeline.dashboard.traffic import Traffic, fetch_traffic, is_default
from mlops_pipeline.dashboard.uploads import Upload
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.src.errors import InputError, WindowError
from mlops_pipeline.src.monitoring.looks import (
    Look,
    look_at_default,
    look_at_file,
    look_at_log_from,
    look_nowhere,
)
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.report import DriftReport
from mlops_pipeline.src.monitoring.windows import period_days
from mlops_pipeline.watching import Watched, Window

KEPT_FILES = 4
KEPT_VIEWS = 48


@dataclass(frozen=True, slots=True)
class Chosen:
    """The chosen loans.

    Attributes:
        key: tells these loans from any others of the same model.
        label: what they are, in words; `notes` say what else there is to know.
        is_part: whether a period or a segment of them was chosen.
        by_default: whether they are what is watched without further words.

    """

    model: LocalModel
    window: Window
    key: str
    label: str
    source: Source
    notes: tuple[str, ...] = ()
    is_part: bool = False
    by_default: bool = False

    @property
    def name(self) -> str:
        """What tells these loans from any others at all."""
        return f"{self.model.folder}|{self.key}"

    def watched(self, span: Span = Span.MONTH) -> Watched:
        """Compare them with the training loans; each question is computed once."""
        return _watched(self, span.value)

    def segment(self, tipo_laboral: str | None, tipo_credito: str | None) -> DriftReport:
        """Compare a segment of them, whole; each one is computed once."""
        return _segment(self, tipo_laboral, tipo_credito)


@dataclass(frozen=True, slots=True)
class NoWindow:
    """There are no loans to look at: why, and what to do about it."""

    why: str
    what: str


def choose(view: View) -> Chosen | NoWindow:
    """Give the chosen window, period and segment."""
    if isinstance(view.model, NoLocalModel):
        return NoWindow(view.model.why, messages.TRAIN_FIRST)
    if view.filters.is_backwards:
        return NoWindow(messages.PERIOD_BACKWARDS, messages.CHANGE_PERIOD)
    found = _source(view, view.model)
    return found if isinstance(found, NoWindow) else _part(found, view.filters)


def _source(view: View, model: LocalModel) -> Chosen | NoWindow:
    """Give the whole of the chosen window."""
    match view.filters.source:
        case Source.FILE:
            return _file(view, model)
        case Source.TRAFFIC:
            return _traffic(view, model)
        case Source.AUTO:
            return _automatic(view, model)
        case Source.OUT_OF_TIME:
            return _out_of_time(model)


def _part(whole: Chosen, filters: Filters) -> Chosen:
    """Give the chosen part of a window."""
    window = whole.window
    said = [whole.label]
    if filters.since or filters.until:
        window = window.between(filters.since, filters.until)
        said.append(_period(window, filters))
    if filters.is_segment:
        window = window.segment(filters.tipo_laboral, filters.tipo_credito)
        said.append(messages.chosen_segment(filters.tipo_laboral, filters.tipo_credito))
    if window is whole.window:
        return whole
    key, label = f"{whole.key}|{filters}", " · ".join(said)
    return replace(whole, window=window, key=key, label=label, is_part=True)


def _period(window: Window, filters: Filters) -> str:
    """Say which days were taken: the chosen ones or, of what is counted by month, whole months."""
    periods = [part.period for part in window.parts]
    days = [period_days(one) for one in periods]
    if any(begins != ends for begins, ends in days):
        return messages.whole_periods(periods[0], periods[-1])
    return messages.chosen_period(filters.since, filters.until)


def _out_of_time(model: LocalModel, *notes: str) -> Chosen:
    """Give the bundle's own window."""
    label = messages.OUT_OF_TIME_LABEL
    return Chosen(model, model.watch.first(), "first", label, Source.OUT_OF_TIME, notes)


def _automatic(view: View, model: LocalModel) -> Chosen:
    """Give real traffic where the service watches it by default, else out-of-time."""
    if not view.service.answers:
        return _out_of_time(model, messages.AUTO_WITHOUT_SERVICE)
    try:
        if is_default(view):
            return _of_traffic(fetch_traffic(view, model), model)
    except ServiceError as error:
        return _out_of_time(model, messages.auto_without_log(messages.traffic_failed(str(error))))
    except WindowError as error:
        return _out_of_time(model, messages.auto_without_log(str(error)))
    found = _out_of_time(model, messages.AUTO_TOO_LITTLE)
    return replace(found, key=f"{found.key}|default", by_default=True)


def _traffic(view: View, model: LocalModel) -> Chosen | NoWindow:
    """Give the service's logged loans."""
    if not view.service.answers:
        return NoWindow(view.service.text, messages.TRAFFIC_NEEDS_SERVICE)
    try:
        return _of_traffic(fetch_traffic(view, model), model)
    except ServiceError as error:
        return NoWindow(messages.traffic_failed(str(error)), messages.TRAFFIC_NEEDS_LOG)
    except WindowError as error:
        return NoWindow(str(error), messages.SAME_MODEL)


def _of_traffic(traffic: Traffic, model: LocalModel) -> Chosen:
    """Say what there is to know about logged loans."""
    window = traffic.window
    return Chosen(model, window, traffic.key, window.origin, Source.TRAFFIC, traffic.notes)


def _file(view: View, model: LocalModel) -> Chosen | NoWindow:
    """Give an uploaded file's loans."""
    upload = view.upload
    if upload is None:
        return NoWindow(messages.NO_FILE_YET, messages.UPLOAD_FILE)
    try:
        window = _counted(model, upload)
    except InputError as error:
        return NoWindow(messages.bad_upload(upload.name, str(error)), messages.FIX_FILE)
    notes = (messages.rejected_rows(window.rejected),) if window.rejected else ()
    return Chosen(model, window, upload.digest, window.origin, Source.FILE, notes)


@st.cache_resource(
    max_entries=KEPT_FILES,
    show_spinner=messages.COUNTING_FILE,
    hash_funcs={LocalModel: lambda one: one.folder, Upload: lambda one: (one.name, one.digest)},
)
def _counted(model: LocalModel, upload: Upload) -> Window:
    """Count a file's loans; it lies on the disk only meanwhile."""
    with upload.on_disk() as path:
        window = model.watch.file(path)
    return replace(window, origin=messages.file_window(upload.name))


@st.cache_resource(
    max_entries=KEPT_VIEWS,
    show_spinner=messages.COMPARING,
    hash_funcs={Chosen: lambda one: one.name},
)
def _watched(chosen: Chosen, span: str) -> Watched:
    """Compare a window with the training loans."""
    return chosen.model.watch.watched(chosen.window, Span(span), _look(chosen))


def _look(chosen: Chosen) -> Look:
    """Tell which commands show these loans; there is none for a part of them."""
    first = next((period_days(part.period)[0] for part in chosen.window.parts), None)
    if chosen.is_part:
        return look_nowhere
    match chosen.source:
        case Source.FILE:
            return look_at_file()
        case Source.TRAFFIC if first is not None:
            return look_at_log_from(first.isoformat())
        case _:
            return look_at_default if chosen.by_default else look_nowhere


@st.cache_resource(
    max_entries=KEPT_VIEWS,
    show_spinner=messages.COMPARING,
    hash_funcs={Chosen: lambda one: one.name},
)
def _segment(chosen: Chosen, tipo_laboral: str | None, tipo_credito: str | None) -> DriftReport:
    """Compare a segment of a window with the training loans, without its course."""
    return chosen.model.watch.report(chosen.window.segment(tipo_laboral, tipo_credito))
