"""A lane that stands still, a log that hangs, models that are gone: no job waits for ever."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api import lane_process, lanes, state
from mlops_pipeline.api.lane_log import GROUP
from mlops_pipeline.api.state import State
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from mlops_pipeline.src.registry import manifest, store
from mlops_pipeline.src.scoring.bundle import from_files, to_files
from tests.api.conftest import Serve
from tests.api.lane_control import BATCH, batch, lane_after, many_rows, stopped
from tests.api.support import (
    CSV,
    database,
    stalled,
)
from tests.servers import LANE, alive, children, wait_until


def test_a_lane_that_stands_still_is_given_up_and_replaced(
    own: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = lane_after(own)
    monkeypatch.setattr(lanes, "PROGRESS_SECONDS", 0.5)
    with ThreadPoolExecutor(3) as pool, stopped(pid):
        asked = [pool.submit(batch, own) for _ in range(3)]
        answers = [one.result(10) for one in asked]  # also those that only waited for it
        assert {one.status_code for one in answers} == {503}
        assert {one.json()["detail"] for one in answers} == {messages.LANE_STALLED}
        assert not alive(pid)
    monkeypatch.undo()
    assert batch(own).status_code == 200


def test_a_database_that_hangs_is_no_hanging_batch(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = serve(database_url=database(tmp_path))
    lane_after(own)
    monkeypatch.setattr(lanes, "PROGRESS_SECONDS", 0.5)
    with stalled(tmp_path / "log"):
        answer = batch(own)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    monkeypatch.undo()
    assert batch(own).status_code == 200


@pytest.mark.parametrize("kind", ["batch", "file"])
def test_without_a_writable_log_a_job_is_refused_at_once(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(state, "GroupCommit", partial(GroupCommit, stall_seconds=0.3))
    own = serve(database_url=database(tmp_path))
    before = children(os.getpid(), LANE)
    with stalled(tmp_path / "log"):
        assert own.post("/predict", json=example_loan()).status_code == 503
        if kind == "batch":
            refused = batch(own)
        else:
            refused = own.post("/predict/file", content=many_rows(2), headers=CSV)
    assert refused.status_code == 503
    assert refused.json()["detail"] == messages.log_stalled(0.3)
    assert children(os.getpid(), LANE) == before  # no process was even made for it


def test_progress_is_no_stall_however_long_the_job(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = serve(database_url=database(tmp_path))
    lane_after(own)
    parts: State = own.app.state.service  # type: ignore[attr-defined]
    told: list[int] = []
    monkeypatch.setattr(parts.batches._job, "_on_commit", lambda records, _: told.append(records))
    large = {"data": [example_loan()] * (2 * GROUP + 100)}
    assert own.post("/predict/batch", json=large).status_code == 200
    assert told == [GROUP, GROUP, 100]  # each one a sign of life


def test_only_the_thread_that_has_the_logs_turn_keeps_the_usual_priority(
    serve: Serve, tmp_path: Path
) -> None:
    lane = lane_after(serve(database_url=database(tmp_path)))
    threads = [int(one.name) for one in Path(f"/proc/{lane}/task").iterdir()]
    nice = {one: os.getpriority(os.PRIO_PROCESS, one) for one in threads}
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    writers = [one for one in threads if nice[one] == usual]
    assert len(writers) == 1
    assert writers != [lane], "the thread that scores"
    assert set(nice.values()) == {usual, usual + lane_process.NICENESS}


def test_it_scores_with_what_the_service_serves_even_where_the_files_are_gone(
    serve: Serve, models_dir: Path
) -> None:
    own = serve(models_dir)
    shutil.rmtree(models_dir)
    single = own.post("/predict?return_probabilities=true", json=example_loan()).json()
    many = own.post("/predict/batch", json={**BATCH, "return_probabilities": True})
    file = own.post("/predict/file", content=many_rows(2), headers=CSV)
    assert many.status_code == file.status_code == 200
    assert many.json()["model_version"] == file.headers["x-model-version"]
    expected = pytest.approx(single["probability_class_1"], abs=1e-6)
    assert many.json()["probability_class_1"] == expected


def test_a_version_republished_with_other_content_is_another_model(
    serve: Serve, models_dir: Path
) -> None:
    own = serve(models_dir)
    answers = [batch(own).json()]
    folder = store.latest_folder(models_dir)
    files = dict(store.read_files(folder))
    bundle = from_files(files)
    turned = replace(bundle.decision, rule=replace(bundle.decision.rule, threshold=0.999_999))
    never = tuple(int(one >= 0.999_999) for one in bundle.selftest.probabilities)
    selftest = replace(bundle.selftest, decisions=never)
    files = dict(to_files(replace(bundle, decision=turned, selftest=selftest)))
    for name, content in {**files, manifest.MANIFEST: manifest.write_manifest(files)}.items():
        (folder / name).write_bytes(content)
    decide = partial(own.post, "/predict", json=example_loan())
    wait_until(lambda: decide().json()["predictions"] == [0], "the other content")
    answers.append(batch(own).json())
    assert [one["predictions"] for one in answers] == [[1], [0]]
    assert answers[0]["model_version"] == answers[1]["model_version"]


def test_a_lane_without_the_model_of_its_job_ends_and_the_next_one_has_it(
    own: TestClient,
) -> None:
    pid = lane_after(own)
    parts: State = own.app.state.service  # type: ignore[attr-defined]
    other = replace(parts.serving.files, digest="0" * 64)
    assert parts.batches._job is not None
    parts.batches._job._holds = other.digest  # as if it had been handed over
    parts.serving._files = other
    assert batch(own).status_code == 503
    assert not alive(pid)
    assert batch(own).status_code == 200
