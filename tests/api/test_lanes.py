"""Batches and files in processes of their own, which may die, be left, be busy; nothing stays."""

from __future__ import annotations

import os
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api.lanes import MAX_WAITING
from mlops_pipeline.src.data.schema import example_loan
from tests.api.lane_control import batch, busy, lane_after, many_rows, stopped
from tests.api.support import (
    CSV,
    GONE,
    Exchange,
    counted,
    part,
    service,
)
from tests.conftest import Trained
from tests.servers import LANE, alive, children, wait_until


def test_one_process_takes_batch_after_batch(own: TestClient) -> None:
    pid = lane_after(own)
    assert [batch(own).status_code for _ in range(3)] == [200] * 3
    assert alive(pid)


def test_killed_between_two_jobs_it_is_replaced(own: TestClient) -> None:
    pid = lane_after(own)
    for _ in range(3):
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: not alive(pid), "the process' end")  # type: ignore[misc]
        others = children(os.getpid(), LANE)
        answers = [batch(own)]
        if answers[0].status_code != 200:
            assert answers[0].status_code == 503
            answers.append(batch(own))
        assert answers[-1].status_code == 200
        [pid] = children(os.getpid(), LANE) - others


def test_killed_during_a_job_it_answers_503_once(own: TestClient) -> None:
    pid = lane_after(own)
    with ThreadPoolExecutor(1) as pool, stopped(pid):
        asked = pool.submit(batch, own)
        wait_until(lambda: busy(own) == 1, "the job is handed over")
        os.kill(pid, signal.SIGKILL)
        answer = asked.result()
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["detail"] == messages.LANE_ENDED
    assert batch(own).status_code == 200


def test_a_system_without_room_for_a_process_is_said_once(
    own: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patch:
        patch.setattr("asyncio.create_subprocess_exec", full)
        answer = batch(own)
        assert answer.status_code == 503
        assert answer.json()["detail"] == messages.LANE_ENDED
    assert batch(own).status_code == 200


def test_killed_with_a_large_body_half_handed_over_it_answers_503(own: TestClient) -> None:
    pid = lane_after(own)
    large = {"data": [example_loan()] * 5_000}  # more than a pipe holds
    with ThreadPoolExecutor(1) as pool, stopped(pid):
        asked = pool.submit(own.post, "/predict/batch", json=large)
        wait_until(lambda: busy(own) == 1, "the job is handed over")
        os.kill(pid, signal.SIGKILL)
        assert asked.result().status_code == 503
    assert batch(own).status_code == 200


def test_sigterm_to_all_processes_leaves_the_job_its_answer(own: TestClient) -> None:
    pid = lane_after(own)
    with ThreadPoolExecutor(1) as pool:
        with stopped(pid):
            asked = pool.submit(batch, own)
            wait_until(lambda: busy(own) == 1, "the job is handed over")
            for number in (signal.SIGTERM, signal.SIGINT):
                os.kill(pid, number)
        assert asked.result().status_code == 200


def test_too_many_that_wait_are_refused(own: TestClient) -> None:
    pid = lane_after(own)
    with ThreadPoolExecutor(MAX_WAITING) as pool:
        with stopped(pid):
            asked = [pool.submit(batch, own) for _ in range(MAX_WAITING)]
            wait_until(lambda: busy(own) == MAX_WAITING, "all wait")
            refused = batch(own)
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "5"
            assert refused.json()["detail"] == messages.OVERLOADED
            single = own.post("/predict", json=example_loan())
            assert single.status_code == 200  # singles do not wait for batches
        assert {one.result().status_code for one in asked} == {200}


def test_files_do_not_wait_for_batches(own: TestClient) -> None:
    with ThreadPoolExecutor(1) as pool, stopped(lane_after(own)):
        asked = pool.submit(batch, own)
        wait_until(lambda: busy(own) == 1, "a batch waits")
        file = own.post("/predict/file", content=many_rows(2), headers=CSV)
        assert file.status_code == 200
        assert not asked.done()


def test_who_leaves_in_the_middle_of_an_answer_leaves_nothing(
    own: TestClient, tmp_path: Path
) -> None:
    content = many_rows(200_000)
    exchange = Exchange(
        "POST", "/predict/file", [part(content, more=False), GONE], CSV, wait_for_first_piece=True
    ).run(own)
    assert exchange.status == 200
    assert 1 < exchange.body.count(b"\n") < 150_000
    assert exchange.sent[-1].get("more_body") is True
    assert list((tmp_path / "tmp").iterdir()) == []
    assert counted(own, "requests_total", route="/predict/file", status="499") == 1
    again = own.post("/predict/file", content=many_rows(3), headers=CSV)
    assert again.text.count("\r\n") == 4


def test_a_connection_that_fails_when_the_answer_starts_leaves_nothing(
    own: TestClient, tmp_path: Path
) -> None:
    exchange = Exchange("POST", "/predict/file", [part(many_rows(2), more=False)], CSV, deaf=True)
    with pytest.raises(OSError, match="gone"):
        exchange.run(own)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert own.post("/predict/file", content=many_rows(3), headers=CSV).status_code == 200


def test_nothing_is_left_behind(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = children(os.getpid(), LANE)
    with service(trained.models_dir) as own:
        assert batch(own).status_code == 200
        assert own.post("/predict/file", content=many_rows(2), headers=CSV).status_code == 200
        assert len(children(os.getpid(), LANE) - before) == 2
    assert children(os.getpid(), LANE) == before
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_saw_no_batch_ends_as_well(trained: Trained) -> None:
    with service(trained.models_dir):
        before = children(os.getpid(), LANE)
    assert children(os.getpid(), LANE) == before
