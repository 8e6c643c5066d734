"""Models that cannot be read for a while: reported, tried again, never in the way."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from mlops_pipeline import messages
from mlops_pipeline.api import reload, service
from mlops_pipeline.api.service import Loading
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.errors import CorruptBundleError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import store
from tests.api.conftest import Serve
from tests.api.support import (
    counted,
    point_latest,
    publish,
    published,
)
from tests.api.versions import FIRST, LATER, answering, health
from tests.servers import wait_until


def test_a_bundle_that_is_still_being_copied_serves_once_it_is_there(
    serve: Serve, models_dir: Path, tmp_path: Path
) -> None:
    client = serve(models_dir)
    new = publish(published(models_dir), models_dir, LATER, 0.5, promote=False)
    away = (models_dir / new / "model.onnx").rename(tmp_path / "model.onnx")
    point_latest(models_dir, new)
    wait_until(lambda: health(client)["status"] == "degraded", "the refusal")
    away.rename(models_dir / new / "model.onnx")
    wait_until(lambda: answering(client) == new, "the new version")
    assert health(client)["status"] == "healthy"


def test_a_bundle_repaired_within_the_same_instant_is_looked_at_again(
    serve: Serve, models_dir: Path
) -> None:
    client = serve(models_dir)
    new = publish(published(models_dir), models_dir, LATER, 0.5, promote=False)
    path = models_dir / new / "encoder.json"
    content, times = path.read_bytes(), (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_bytes(content[::-1])
    os.utime(path, ns=times)
    point_latest(models_dir, new)
    wait_until(lambda: health(client)["status"] == "degraded", "the refusal")
    path.write_bytes(content)
    os.utime(path, ns=times)
    wait_until(lambda: answering(client) == new, "the new version")


def out_of_files(path: Path) -> bytes:
    """Fail as the registry does where the system has no file descriptors left."""
    raise CorruptBundleError(messages.missing_file(path, "EMFILE")) from OSError("EMFILE")


def broken_library(*_: object) -> ModelDeployment:
    raise RuntimeError("a defect of a library")


@pytest.mark.parametrize("when", ["at the start", "later"])
@pytest.mark.parametrize(
    ("where", "what", "fault", "said"),
    [
        (store, "_read", out_of_files, "EMFILE"),
        (ModelDeployment, "of", broken_library, messages.loading_failed("RuntimeError")),
    ],
)
def test_what_may_pass_is_reported_and_tried_again(
    serve: Serve,
    models_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
    where: object,
    what: str,
    fault: object,
    said: str,
) -> None:
    monkeypatch.setattr(reload, "RETRY_SECONDS", 0.3)
    new = publish(published(models_dir), models_dir, LATER, 0.5, promote=False)
    if when == "later":
        client = serve(models_dir)
    with monkeypatch.context() as patched:
        patched.setattr(where, what, fault)
        point_latest(models_dir, new)
        if when == "at the start":
            client = serve(models_dir)
            assert client.get("/readyz").status_code == 503
        wait_until(lambda: health(client)["status"] == "degraded", "the refusal")
        assert said in health(client)["detail"]
        refused = "model_reloads_total"
        wait_until(lambda: counted(client, refused, outcome="refused") >= 2, "another try")
    wait_until(lambda: health(client)["status"] == "healthy", "the model")  # nothing changed there
    assert answering(client) == new
    assert counted(client, "model_reloads_total", outcome="failed") == 0


def test_what_is_refused_for_what_it_is_is_not_read_again_and_again(
    serve: Serve, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "RETRY_SECONDS", 0.1)
    client = serve(models_dir)
    point_latest(models_dir, "v20300101_000000")
    wait_until(lambda: health(client)["status"] == "degraded", "the refusal")
    time.sleep(0.5)
    assert counted(client, "model_reloads_total", outcome="refused") == 1


@pytest.mark.parametrize("target", [None, "v20300101_000000", "/etc", "without a file"])
@pytest.mark.parametrize("when", ["at the start", "later"])
def test_nobody_is_told_where_the_models_are(
    serve: Serve, models_dir: Path, target: str | None, when: str
) -> None:
    if when == "later":
        client = serve(models_dir)
    if target == "without a file":
        target = publish(published(models_dir), models_dir, LATER, 0.5, promote=False)
        (models_dir / target / "model.onnx").unlink()
    point_latest(models_dir, target)
    if when == "at the start":
        client = serve(models_dir)
    wait_until(lambda: health(client)["status"] == "degraded", "the complaint")
    batch = client.post("/predict/batch", json={"data": [example_loan()]})
    for answer in (client.get("/health"), client.get("/readyz"), batch):
        assert str(models_dir) not in answer.text
        assert "python" not in answer.text


def test_the_event_loop_does_not_wait_for_the_models_disk(
    serve: Serve, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: set[int] = set()

    def noted(folder: Path) -> object:
        looked.add(threading.get_ident())
        return service.published(folder)

    monkeypatch.setattr(reload, "published", noted)
    client = serve(models_dir)
    assert client.portal is not None
    wait_until(lambda: bool(looked), "a look")
    assert client.portal.call(threading.get_ident) not in looked


def test_without_a_thread_to_look_with_the_watch_goes_on(
    serve: Serve, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve(models_dir)

    async def fail(*_: object) -> Loading:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(reload, "run_in_threadpool", fail)
        new = publish(published(models_dir), models_dir, LATER, 0.5)
        failed = "model_reloads_total"
        wait_until(lambda: counted(client, failed, outcome="failed") > 0, "the failure")
        assert answering(client) == FIRST
    wait_until(lambda: answering(client) == new, "the new version")
