"""Batches and files in processes of their own, which may die, be left, be busy; nothing stays."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api import lanes, state
from mlops_pipeline.api.lanes import MAX_WAITING, Lane
from mlops_pipeline.api.state import State
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from mlops_pipeline.src.registry import manifest, store
from mlops_pipeline.src.scoring.bundle import from_files, to_files
from tests.api.conftest import Serve
from tests.api.support import (
    CSV,
    GONE,
    Exchange,
    counted,
    csv_of,
    database,
    part,
    service,
    stalled,
)
from tests.conftest import Trained
from tests.servers import LANE, alive, children, wait_until

BATCH = {"data": [example_loan()]}


@pytest.fixture
def client(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A service whose temporary files are in `tmp_path / "tmp"`."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return serve()


def batch(client: TestClient) -> httpx2.Response:
    return client.post("/predict/batch", json=BATCH)


def lane_after(client: TestClient) -> int:
    """Let a batch through; give the process that took it."""
    before = children(os.getpid(), LANE)
    assert batch(client).status_code == 200
    [pid] = children(os.getpid(), LANE) - before
    return pid


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process stand still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        if alive(pid):
            os.kill(pid, signal.SIGCONT)


def many_rows(rows: int) -> bytes:
    """Give a file of so many equal loans."""
    head, row, _ = csv_of([example_loan()]).split(b"\n")
    return b"\n".join([head, *[row] * rows, b""])


def test_one_process_takes_batch_after_batch(client: TestClient) -> None:
    pid = lane_after(client)
    assert [batch(client).status_code for _ in range(3)] == [200] * 3
    assert alive(pid)


def test_killed_between_two_jobs_it_is_replaced(client: TestClient) -> None:
    pid = lane_after(client)
    for _ in range(3):
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: not alive(pid), "the process' end")  # type: ignore[misc]
        others = children(os.getpid(), LANE)
        answers = [batch(client)]
        if answers[0].status_code != 200:
            assert answers[0].status_code == 503
            answers.append(batch(client))
        assert answers[-1].status_code == 200
        [pid] = children(os.getpid(), LANE) - others


def test_killed_during_a_job_it_answers_503_once(client: TestClient) -> None:
    pid = lane_after(client)
    with ThreadPoolExecutor(1) as pool, stopped(pid):
        asked = pool.submit(batch, client)
        wait_until(lambda: busy(client) == 1, "the job is handed over")
        os.kill(pid, signal.SIGKILL)
        answer = asked.result()
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["detail"] == messages.LANE_ENDED
    assert batch(client).status_code == 200


def busy(client: TestClient) -> int:
    """Give how many jobs the lane of batches has or lets wait."""
    lane: Lane = client.app.state.service.batches  # type: ignore[attr-defined]
    return lane._waiting


def test_killed_with_a_large_body_half_handed_over_it_answers_503(client: TestClient) -> None:
    pid = lane_after(client)
    large = {"data": [example_loan()] * 5_000}  # more than a pipe holds
    with ThreadPoolExecutor(1) as pool, stopped(pid):
        asked = pool.submit(client.post, "/predict/batch", json=large)
        wait_until(lambda: busy(client) == 1, "the job is handed over")
        os.kill(pid, signal.SIGKILL)
        assert asked.result().status_code == 503
    assert batch(client).status_code == 200


def test_sigterm_to_all_processes_leaves_the_job_its_answer(client: TestClient) -> None:
    pid = lane_after(client)
    with ThreadPoolExecutor(1) as pool:
        with stopped(pid):
            asked = pool.submit(batch, client)
            wait_until(lambda: busy(client) == 1, "the job is handed over")
            for number in (signal.SIGTERM, signal.SIGINT):
                os.kill(pid, number)
        assert asked.result().status_code == 200


def test_too_many_that_wait_are_refused(client: TestClient) -> None:
    pid = lane_after(client)
    with ThreadPoolExecutor(MAX_WAITING) as pool:
        with stopped(pid):
            asked = [pool.submit(batch, client) for _ in range(MAX_WAITING)]
            wait_until(lambda: busy(client) == MAX_WAITING, "all wait")
            refused = batch(client)
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "5"
            assert refused.json()["detail"] == messages.OVERLOADED
            single = client.post("/predict", json=example_loan())
            assert single.status_code == 200  # singles do not wait for batches
        assert {one.result().status_code for one in asked} == {200}


def test_files_do_not_wait_for_batches(client: TestClient) -> None:
    with ThreadPoolExecutor(1) as pool, stopped(lane_after(client)):
        asked = pool.submit(batch, client)
        wait_until(lambda: busy(client) == 1, "a batch waits")
        file = client.post("/predict/file", content=many_rows(2), headers=CSV)
        assert file.status_code == 200
        assert not asked.done()


def test_who_leaves_in_the_middle_of_an_answer_leaves_nothing(
    client: TestClient, tmp_path: Path
) -> None:
    content = many_rows(200_000)
    exchange = Exchange(
        "POST", "/predict/file", [part(content, more=False), GONE], CSV, wait_for_first_piece=True
    ).run(client)
    assert exchange.status == 200
    assert 1 < exchange.body.count(b"\n") < 150_000
    assert exchange.sent[-1].get("more_body") is True
    assert list((tmp_path / "tmp").iterdir()) == []
    assert counted(client, "requests_total", route="/predict/file", status="499") == 1
    again = client.post("/predict/file", content=many_rows(3), headers=CSV)
    assert again.text.count("\r\n") == 4


def test_a_connection_that_fails_when_the_answer_starts_leaves_nothing(
    client: TestClient, tmp_path: Path
) -> None:
    exchange = Exchange("POST", "/predict/file", [part(many_rows(2), more=False)], CSV, deaf=True)
    with pytest.raises(OSError, match="gone"):
        exchange.run(client)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert client.post("/predict/file", content=many_rows(3), headers=CSV).status_code == 200


def test_nothing_is_left_behind(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = children(os.getpid(), LANE)
    with service(trained.models_dir) as client:
        assert batch(client).status_code == 200
        assert client.post("/predict/file", content=many_rows(2), headers=CSV).status_code == 200
        assert len(children(os.getpid(), LANE) - before) == 2
    assert children(os.getpid(), LANE) == before
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_saw_no_batch_ends_as_well(trained: Trained) -> None:
    with service(trained.models_dir):
        before = children(os.getpid(), LANE)
    assert children(os.getpid(), LANE) == before


def test_a_lane_that_stands_still_is_given_up_and_replaced(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = lane_after(client)
    monkeypatch.setattr(lanes, "PROGRESS_SECONDS", 0.5)
    with ThreadPoolExecutor(3) as pool, stopped(pid):
        asked = [pool.submit(batch, client) for _ in range(3)]
        answers = [one.result(10) for one in asked]  # also those that only waited for it
        assert {one.status_code for one in answers} == {503}
        assert {one.json()["detail"] for one in answers} == {messages.LANE_STALLED}
        assert not alive(pid)
    monkeypatch.undo()
    assert batch(client).status_code == 200


def test_a_database_that_hangs_is_no_hanging_batch(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve(database_url=database(tmp_path))
    lane_after(client)
    monkeypatch.setattr(lanes, "PROGRESS_SECONDS", 0.5)
    with stalled(tmp_path / "log"):
        answer = batch(client)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    monkeypatch.undo()
    assert batch(client).status_code == 200


@pytest.mark.parametrize("kind", ["batch", "file"])
def test_without_a_writable_log_a_job_is_refused_at_once(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(state, "GroupCommit", partial(GroupCommit, stall_seconds=0.3))
    client = serve(database_url=database(tmp_path))
    before = children(os.getpid(), LANE)
    with stalled(tmp_path / "log"):
        assert client.post("/predict", json=example_loan()).status_code == 503
        if kind == "batch":
            refused = batch(client)
        else:
            refused = client.post("/predict/file", content=many_rows(2), headers=CSV)
    assert refused.status_code == 503
    assert refused.json()["detail"] == messages.log_stalled(0.3)
    assert children(os.getpid(), LANE) == before  # no process was even made for it


def test_progress_is_no_stall_however_long_the_job(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve(database_url=database(tmp_path))
    lane_after(client)
    parts: State = client.app.state.service  # type: ignore[attr-defined]
    told: list[int] = []
    monkeypatch.setattr(parts.batches._job, "_on_commit", lambda records, _: told.append(records))
    large = {"data": [example_loan()] * 2_500}
    assert client.post("/predict/batch", json=large).status_code == 200
    assert told == [1_024, 1_024, 452]  # each one a sign of life


def test_it_scores_with_what_the_service_serves_even_where_the_files_are_gone(
    serve: Serve, models_dir: Path
) -> None:
    client = serve(models_dir)
    shutil.rmtree(models_dir)
    single = client.post("/predict?return_probabilities=true", json=example_loan()).json()
    many = client.post("/predict/batch", json={**BATCH, "return_probabilities": True})
    file = client.post("/predict/file", content=many_rows(2), headers=CSV)
    assert many.status_code == file.status_code == 200
    assert many.json()["model_version"] == file.headers["x-model-version"]
    expected = pytest.approx(single["probability_class_1"], abs=1e-6)
    assert many.json()["probability_class_1"] == expected


def test_a_version_republished_with_other_content_is_another_model(
    serve: Serve, models_dir: Path
) -> None:
    client = serve(models_dir)
    answers = [batch(client).json()]
    folder = store.latest_folder(models_dir)
    files = dict(store.read_files(folder))
    bundle = from_files(files)
    turned = replace(bundle.decision, rule=replace(bundle.decision.rule, threshold=0.999_999))
    never = tuple(int(one >= 0.999_999) for one in bundle.selftest.probabilities)
    selftest = replace(bundle.selftest, decisions=never)
    files = dict(to_files(replace(bundle, decision=turned, selftest=selftest)))
    for name, content in {**files, manifest.MANIFEST: manifest.write_manifest(files)}.items():
        (folder / name).write_bytes(content)
    decide = partial(client.post, "/predict", json=example_loan())
    wait_until(lambda: decide().json()["predictions"] == [0], "the other content")
    answers.append(batch(client).json())
    assert [one["predictions"] for one in answers] == [[1], [0]]
    assert answers[0]["model_version"] == answers[1]["model_version"]


def test_a_lane_without_the_model_of_its_job_ends_and_the_next_one_has_it(
    client: TestClient,
) -> None:
    pid = lane_after(client)
    parts: State = client.app.state.service  # type: ignore[attr-defined]
    other = replace(parts.serving.files, digest="0" * 64)
    assert parts.batches._job is not None
    parts.batches._job._holds = other.digest  # as if it had been handed over
    parts.serving._files = other
    assert batch(client).status_code == 503
    assert not alive(pid)
    assert batch(client).status_code == 200
