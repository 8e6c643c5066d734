"""What came of many loans: figures, distribution, first rows, the file to download."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.drawing import on_primary
from mlops_pipeline.dashboard.prediction.batch import Answer, BatchJob, ResultRow
from mlops_pipeline.dashboard.prediction.figures import ScoreCounts, score_histogram
from mlops_pipeline.dashboard.prediction.large_file import SHOWN_ROWS, Row, ScoredLarge
from mlops_pipeline.dashboard.prediction.results_csv import in_words, results_csv

DOWNLOAD_KEY = "pred_descargar"


def draw_job_results(job: BatchJob, threshold: float | None) -> None:
    """Show what came of a job's loans so far."""
    rows = job.results(0, SHOWN_ROWS)
    _draw(
        len(job.rows),
        job.scores(),
        job.median,
        threshold,
        job.versions,
        [_of_job(row) for row in rows],
        [_of_job(row) for row in job.without_prediction(SHOWN_ROWS)],
    )


def draw_large_results(large: ScoredLarge, threshold: float | None) -> None:
    """Show what came of a large file."""
    sums = large.sums
    head = [_of_file(row) for row in sums.head]
    refused = [_of_file(row) for row in sums.refused]
    _draw(sums.rows, sums.scores, sums.median, threshold, sums.versions, head, refused)


def _draw(
    rows: int,
    scores: ScoreCounts,
    median: float | None,
    threshold: float | None,
    versions: Iterable[str],
    head: Sequence[dict[str, str]],
    refused: Sequence[dict[str, str]],
) -> None:
    """Show figures, distribution and first rows."""
    at_risk = int(scores.risk.sum())
    with st.container(horizontal=True):
        for name, value, share in (
            (messages.SUMMARY_ROWS, messages.number(rows), None),
            (messages.SUMMARY_PREDICTED, messages.number(scores.loans), None),
            (messages.SUMMARY_RISK, messages.number(at_risk), _share(at_risk, scores.loans)),
            (messages.SUMMARY_REFUSED, messages.number(rows - scores.loans), None),
            (messages.SUMMARY_MEDIAN, "—" if median is None else messages.percent(median), None),
        ):
            st.metric(name, value, share, delta_color="off", delta_arrow="off", width=168)
    named = sorted(versions)
    if named:
        st.caption(f"{messages.MODEL_VERSION}: {', '.join(named)}")
    if scores.loans:
        st.markdown(f"**{messages.SCORE_CHART}**")
        st.plotly_chart(
            score_histogram(scores, threshold),
            key="prediccion_histograma",
            config={"displayModeBar": False},
            alt=messages.histogram_in_words(scores.loans, threshold),
        )
    if refused:
        st.markdown(f"**{messages.FIRST_REASONS}**")
        st.dataframe(_table(refused, ("linea", "error")), hide_index=True)
    st.markdown(f"**{messages.FIRST_RESULTS}**")
    st.dataframe(_table(head, tuple(messages.RESULT_COLUMNS)), hide_index=True)


def _share(at_risk: int, predicted: int) -> str | None:
    """Give a share of the predicted loans, in a line of its own: beside the number it is cut."""
    return messages.percent(at_risk / predicted) if predicted else None


def draw_job_download(job: BatchJob, key: str = DOWNLOAD_KEY) -> None:
    """Offer every row of a job with its result or reason."""
    content = partial(results_csv, job, messages.NOT_SENT)
    _draw_download(content, job.name, messages.PREPARING_DOWNLOAD, key)


def draw_large_download(large: ScoredLarge, key: str = DOWNLOAD_KEY) -> None:
    """Offer what the service answered about a large file."""
    _draw_download(large.content, large.name, messages.PREPARING_LARGE_DOWNLOAD, key)


def _draw_download(content: Callable[[], bytes], name: str, what: str, key: str) -> None:
    """Offer results; they are written when they are asked for."""
    st.download_button(
        on_primary(messages.DOWNLOAD_RESULTS),
        content,
        messages.results_name(name),
        "text/csv",
        on_click="ignore",
        type="primary",
        icon=":material/download:",
        help=what,
        key=key,
    )


def _table(rows: Sequence[dict[str, str]], names: Sequence[str]) -> pd.DataFrame:
    """Give some columns under their Spanish names."""
    return pd.DataFrame({messages.RESULT_COLUMNS[n]: [row[n] for row in rows] for n in names})


def _of_job(row: ResultRow) -> dict[str, str]:
    """Give a job's row as it is shown."""
    answer = row.answer or Answer(reason=messages.NOT_SENT)
    return {
        "linea": messages.number(row.line),
        "probability_class_1": _percent(answer.probability),
        "interpretation": answer.interpretation,
        "warnings": in_words(answer),
        "error": answer.reason,
    }


def _of_file(row: Row) -> dict[str, str]:
    """Give a row of a file of results as it is shown."""
    probability = row["probability_class_1"]
    return {
        "linea": messages.number(int(row["linea"])),
        "probability_class_1": _percent(float(probability) if probability else None),
        "interpretation": row["interpretation"],
        "warnings": row["warnings"],
        "error": row["error"],
    }


def _percent(probability: float | None) -> str:
    """Write a probability, if there is one."""
    return "" if probability is None else messages.percent(probability, 2)
