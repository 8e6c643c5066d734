"""Many loans: a file or a table, sent in pieces, with each row's result or reason to download."""

from __future__ import annotations

import hashlib

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mlops_pipeline import messages
from mlops_pipeline.client import ServiceError
from mlops_pipeline.dashboard.prediction import parts, sources
from mlops_pipeline.dashboard.prediction.asking import new_request_id
from mlops_pipeline.dashboard.prediction.batch import PIECE, BatchJob
from mlops_pipeline.dashboard.prediction.desk import Desk, desk
from mlops_pipeline.dashboard.prediction.large_file import score_large
from mlops_pipeline.dashboard.prediction.loans_table import draw_table
from mlops_pipeline.dashboard.prediction.many_results import (
    draw_download,
    draw_job_download,
    draw_job_results,
    draw_large_results,
)
from mlops_pipeline.dashboard.prediction.troubles import bad_address, trouble_of
from mlops_pipeline.dashboard.view import View
from mlops_pipeline.src.errors import InputError


@st.fragment
def draw_many_loans(view: View) -> None:
    """Draw where the loans come from, how far they are, and what came of them."""
    mine = desk()
    origin = st.segmented_control(
        messages.LOANS_FROM,
        [messages.FROM_FILE, messages.FROM_TABLE],
        default=messages.FROM_FILE,
        required=True,
        key="prediccion_origen",
        persist_state="session",
    )
    upload = _draw_upload(mine) if origin == messages.FROM_FILE else None
    if origin == messages.FROM_TABLE:
        _draw_table_source(mine)
    if mine.source_trouble is not None:
        st.error(mine.source_trouble, icon=":material/error:")
    if mine.is_large:
        _draw_large(view, mine, upload)
    elif mine.job is not None:
        _draw_job(view, mine, mine.job)


def _draw_upload(mine: Desk) -> UploadedFile | None:
    """Draw the upload; a new file is read once."""
    st.caption(messages.batch_limits(PIECE, sources.MAX_ROWS))
    upload = st.file_uploader(messages.UPLOAD_LOANS, ["csv", "parquet"], key="prediccion_archivo")
    st.download_button(
        messages.TEMPLATE,
        sources.template_csv(),
        messages.TEMPLATE_NAME,
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    if upload is not None and upload.file_id != mine.source:
        with st.spinner(messages.READING_FILE):
            _take(mine, upload.file_id, upload.name, upload.getbuffer())
    return upload


def _draw_table_source(mine: Desk) -> None:
    """Draw the table; its loans become a job when the button is clicked."""
    st.caption(messages.TABLE_INTRO)
    mine.table = draw_table(mine.table)
    content = sources.table_csv(mine.table.to_dict("records"))
    source = hashlib.sha256(content).hexdigest()
    if source != mine.source:
        _take(mine, source, messages.TABLE_NAME, content)


def _take(mine: Desk, source: str, name: str, content: bytes | memoryview) -> None:
    """Read a new source's rows."""
    try:
        rows = sources.read_rows(name, content, sources.MAX_ROWS)
    except InputError as error:
        mine.take_source(source)
        mine.source_trouble = str(error)
        return
    mine.take_source(source)
    mine.is_large = rows is None
    if rows is not None and len(rows):
        mine.job = BatchJob.of(name, rows)
    elif rows is not None:
        mine.source_trouble = messages.NO_ROWS


def _draw_job(view: View, mine: Desk, job: BatchJob) -> None:
    """Draw a job: what is to be sent, the button, what came."""
    if not job.done:
        st.markdown(messages.loans_to_send(job.wanted, len(job.rows.rejected)))
    if not job.wanted:
        st.warning(messages.ALL_ROWS_REFUSED)
    if mine.batch_trouble is not None:
        parts.draw_trouble(mine.batch_trouble, messages.batch_stopped(job.done, job.wanted))
    if not job.is_complete:
        label = messages.GO_ON if job.done else messages.SCORE_LOANS
        if st.button(label, type="primary", key="pred_puntuar"):
            _run(view, mine, job)
            st.rerun()  # the button and the messages above are those of before
    if job.done or not job.wanted:
        with st.container(horizontal=True):
            draw_job_download(job)
            if job.is_complete and job.wanted:
                _draw_again()
        draw_job_results(job, _threshold(view, mine, job.versions))


def _run(view: View, mine: Desk, job: BatchJob) -> None:
    """Send what is left, piece by piece, until all is answered or something goes wrong."""
    mine.batch_trouble = None
    progress = st.progress(0.0)
    try:
        with view.client(parts.MANY_LOANS_SECONDS) as service:
            while not job.is_complete:
                progress.progress(
                    job.done / job.wanted, messages.loans_answered(job.done, job.wanted)
                )
                job.step(service)
    except ServiceError as error:
        mine.batch_trouble = trouble_of(error)
    except ValueError as error:
        mine.batch_trouble = bad_address(error)


def _draw_again() -> None:
    """Offer to start anew: a click forgets the answers, and another one sends the loans."""
    st.button(
        messages.SCORE_AGAIN, help=messages.SCORE_AGAIN_HELP, on_click=_again, key="pred_otra"
    )


def _again() -> None:
    """Forget a finished job's answers, so that its loans can be sent once more."""
    mine = desk()
    if mine.job is not None and mine.job.is_complete:
        mine.job = BatchJob.of(mine.job.name, mine.job.rows)
    mine.large = None


def _draw_large(view: View, mine: Desk, upload: UploadedFile | None) -> None:
    """Draw a file that goes to the service whole."""
    if mine.batch_trouble is not None:
        parts.draw_trouble(mine.batch_trouble, messages.file_stopped())
    if mine.large is not None:
        with st.container(horizontal=True):
            draw_download(mine.large.content, mine.large.name, messages.PREPARING_LARGE_DOWNLOAD)
            _draw_again()
        draw_large_results(mine.large, _threshold(view, mine, mine.large.sums.versions))
    elif upload is not None:
        st.info(messages.large_file(sources.MAX_ROWS))
        if st.button(messages.SCORE_LOANS, type="primary", key="pred_puntuar"):
            _run_large(view, mine, upload)
            st.rerun()


def _run_large(view: View, mine: Desk, upload: UploadedFile) -> None:
    """Send a file and keep its results."""
    mine.batch_trouble = None
    request_id = new_request_id()
    upload.seek(0)
    place = st.empty()
    place.info(messages.SENDING_FILE)

    def progress(rows: int) -> None:
        place.info(messages.rows_received(rows))

    try:
        with view.client(parts.MANY_LOANS_SECONDS) as service:
            mine.large = score_large(service, upload.name, upload, request_id, progress)
    except ServiceError as error:
        mine.batch_trouble = trouble_of(error, request_id)
    except ValueError as error:
        mine.batch_trouble = bad_address(error)


def _threshold(view: View, mine: Desk, versions: set[str]) -> float | None:
    """Give the threshold, where one model answered all."""
    if len(versions) != 1:
        return None
    return parts.threshold_for(view, mine, next(iter(versions)))
