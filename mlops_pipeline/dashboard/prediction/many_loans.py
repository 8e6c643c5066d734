"""Many loans: a file or a table, sent in pieces, with each row's result or reason to download."""

from __future__ import annotations

import hashlib
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mlops_pipeline import messages
from mlops_pipeline.client import ServiceError
from mlops_pipeline.dashboard.drawing import on_primary
from mlops_pipeline.dashboard.prediction import parts, sources
from mlops_pipeline.dashboard.prediction.asking import new_request_id
from mlops_pipeline.dashboard.prediction.batch import PIECE, BatchJob
from mlops_pipeline.dashboard.prediction.desk import Desk, desk
from mlops_pipeline.dashboard.prediction.large_file import score_large
from mlops_pipeline.dashboard.prediction.loans_table import draw_table
from mlops_pipeline.dashboard.prediction.many_results import (
    draw_job_download,
    draw_job_results,
    draw_large_download,
    draw_large_results,
)
from mlops_pipeline.dashboard.prediction.troubles import bad_address, trouble_of
from mlops_pipeline.dashboard.prediction.work import Bench, Work
from mlops_pipeline.dashboard.view import View


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
    if origin == messages.FROM_TABLE:
        _draw_table_source(mine)
        _draw_work(view, mine, mine.table, None)
    else:
        upload = _draw_upload(mine.file)
        _draw_work(view, mine, mine.file, upload)


def _draw_upload(bench: Bench) -> UploadedFile | None:
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
    if upload is not None and upload.file_id != bench.source:
        with st.spinner(messages.READING_FILE):
            _give(bench, upload.file_id, Path(upload.name).name, upload.getbuffer())
    return upload


def _draw_table_source(mine: Desk) -> None:
    """Draw the table; its loans are sent when the button is clicked."""
    st.caption(messages.TABLE_INTRO)
    mine.edited = draw_table(mine.edited)
    content = sources.table_csv(mine.edited.to_dict("records"))
    _give(mine.table, hashlib.sha256(content).hexdigest(), messages.TABLE_NAME, content)


def _give(bench: Bench, source: str, name: str, content: bytes | memoryview) -> None:
    """Lay a file or table on the bench, if it does not lie there."""
    bench.give(source, lambda: Work.read(source, name, content))


def _draw_work(view: View, mine: Desk, bench: Bench, upload: UploadedFile | None) -> None:
    """Draw what was given last, and the results that it has not replaced."""
    work = bench.given
    if work is None:
        return
    if work.unread is not None:
        st.error(work.unread, icon=":material/error:")
    elif work.job is not None:
        _draw_job(view, mine, bench, work, work.job)
    else:
        _draw_large(view, mine, bench, work, upload)
    if bench.kept is not None:
        _draw_kept(view, mine, bench.kept)


def _draw_kept(view: View, mine: Desk, kept: Work) -> None:
    """Draw earlier results."""
    st.caption(messages.earlier_results(kept.name))
    if kept.job is not None:
        draw_job_download(kept.job, "pred_descargar_anterior")
        draw_job_results(kept.job, _threshold(view, mine, kept.job.versions))
    elif kept.large is not None:
        draw_large_download(kept.large, "pred_descargar_anterior")
        draw_large_results(kept.large, _threshold(view, mine, kept.large.sums.versions))


def _draw_job(view: View, mine: Desk, bench: Bench, work: Work, job: BatchJob) -> None:
    """Draw a job: what is to be sent, the button, what came."""
    if not job.done:
        st.markdown(messages.loans_to_send(job.wanted, len(job.rows.rejected)))
    if not job.wanted:
        st.warning(messages.ALL_ROWS_REFUSED)
    if work.stopped is not None:
        parts.draw_trouble(work.stopped, messages.batch_stopped(job.done, job.wanted))
    if not job.is_complete:
        label = messages.GO_ON if job.done else messages.SCORE_LOANS
        if st.button(on_primary(label), type="primary", key="pred_puntuar"):
            _run(view, work, job)
            st.rerun()  # the button and the messages above are those of before
    if job.done or not job.wanted:
        with st.container(horizontal=True):
            draw_job_download(job)
            if work.is_finished:
                _draw_again(bench)
        draw_job_results(job, _threshold(view, mine, job.versions))


def _run(view: View, work: Work, job: BatchJob) -> None:
    """Send what is left, piece by piece, until all is answered or something goes wrong."""
    work.stopped = None
    progress = st.progress(0.0)
    try:
        with view.client(parts.MANY_LOANS_SECONDS) as service:
            while not job.is_complete:
                progress.progress(
                    job.done / job.wanted, messages.loans_answered(job.done, job.wanted)
                )
                job.step(service)
    except ServiceError as error:
        work.stopped = trouble_of(error)
    except ValueError as error:
        work.stopped = bad_address(error)


def _draw_again(bench: Bench) -> None:
    """Offer to start anew: another click sends the loans, and the results stay until then."""
    st.button(
        messages.SCORE_AGAIN, help=messages.SCORE_AGAIN_HELP, on_click=bench.again, key="pred_otra"
    )


def _draw_large(
    view: View, mine: Desk, bench: Bench, work: Work, upload: UploadedFile | None
) -> None:
    """Draw a file that goes to the service whole; where it is gone, ask for it again."""
    if work.stopped is not None:
        parts.draw_trouble(work.stopped, messages.file_stopped())
    if upload is None:
        st.info(messages.upload_again(work.name))
    if work.large is not None:
        with st.container(horizontal=True):
            draw_large_download(work.large)
            if upload is not None:
                _draw_again(bench)
        draw_large_results(work.large, _threshold(view, mine, work.large.sums.versions))
    elif upload is not None:
        st.info(messages.large_file(sources.MAX_ROWS))
        if st.button(on_primary(messages.SCORE_LOANS), type="primary", key="pred_puntuar"):
            _run_large(view, work, upload)
            st.rerun()


def _run_large(view: View, work: Work, upload: UploadedFile) -> None:
    """Send a file and keep its results."""
    work.stopped = None
    request_id = new_request_id()
    upload.seek(0)
    place = st.empty()
    place.info(messages.SENDING_FILE)

    def progress(rows: int) -> None:
        place.info(messages.rows_received(rows))

    try:
        with view.client(parts.MANY_LOANS_SECONDS) as service:
            work.large = score_large(service, work.name, upload, request_id, progress)
    except ServiceError as error:
        work.stopped = trouble_of(error, request_id)
    except ValueError as error:
        work.stopped = bad_address(error)


def _threshold(view: View, mine: Desk, versions: set[str]) -> float | None:
    """Give the threshold, where one model answered all."""
    if len(versions) != 1:
        return None
    return parts.threshold_for(view, mine, next(iter(versions)))
