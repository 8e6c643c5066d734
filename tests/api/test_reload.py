"""A new model is noticed, verified and swapped in; a bad one is refused and the old one serves."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from mlops_pipeline import messages
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import store
from mlops_pipeline.src.registry.ledger import Change
from tests.api.conftest import Serve
from tests.api.support import (
    DIGEST,
    WITH_KEY,
    counted,
    database,
    point_latest,
    publish,
    published,
)
from tests.api.versions import FIRST, LATER, answering, health
from tests.conftest import NOW
from tests.servers import wait_until


def test_a_new_version_serves_within_two_seconds(serve: Serve, models_dir: Path) -> None:
    client = serve(models_dir, model_poll_seconds=1.0)  # as it is by default
    assert answering(client) == FIRST
    new = publish(published(models_dir), models_dir, LATER, 0.5)
    wait_until(lambda: answering(client) == new, "the new version", seconds=2)
    batch = client.post("/predict/batch", json={"data": [example_loan()]}).json()
    assert batch["model_version"] == new
    assert client.get("/model/info").json()["version"] == new
    assert health(client)["model_version"] == new
    assert counted(client, "model_reloads_total", outcome="served") == 1
    assert counted(client, "model", version=new) == 1
    assert FIRST not in client.get("/metrics").text  # of a former version nothing is shown


def test_a_rollback_serves_too(serve: Serve, models_dir: Path) -> None:
    client = serve(models_dir)
    new = publish(published(models_dir), models_dir, LATER, 0.5)
    wait_until(lambda: answering(client) == new, "the new version")
    batch = {"data": [example_loan()]}
    assert client.post("/predict/batch", json=batch).json()["model_version"] == new
    ModelDeployment.promote(models_dir, FIRST, Change(LATER, "prueba"))
    ModelDeployment.rollback(models_dir, Change(LATER, "prueba"))
    ModelDeployment.rollback(models_dir, Change(LATER, "prueba"))
    wait_until(lambda: answering(client) == FIRST, "the old version")
    assert client.post("/predict/batch", json=batch).json()["model_version"] == FIRST


@pytest.mark.parametrize(
    "name", ["model.onnx", "metadata.json", "selftest.json", "manifest.json", "calibration.json"]
)
def test_a_bad_bundle_is_refused_and_reported(serve: Serve, models_dir: Path, name: str) -> None:
    client = serve(models_dir)
    bad = publish(published(models_dir), models_dir, LATER, 0.5, promote=False)
    path = models_dir / bad / name
    path.write_bytes(path.read_bytes()[:-20])
    point_latest(models_dir, bad)
    wait_until(lambda: health(client)["status"] == "degraded", "the refusal")
    assert bad in health(client)["detail"]
    assert health(client)["model_loaded"] is True
    assert health(client)["model_version"] == FIRST
    assert answering(client) == FIRST
    assert client.get("/readyz").status_code == 200
    assert counted(client, "model_reloads_total", outcome="refused") == 1
    point_latest(models_dir, FIRST)
    wait_until(lambda: health(client)["status"] == "healthy", "the complaint ends")
    assert counted(client, "model_reloads_total", outcome="served") == 1


@pytest.mark.parametrize("target", [None, "v20300101_000000", "/etc", "..", "latest", "models"])
def test_a_link_to_nothing_good_leaves_the_old_one(
    serve: Serve, models_dir: Path, target: str | None
) -> None:
    client = serve(models_dir)
    point_latest(models_dir, target)
    wait_until(lambda: health(client)["status"] == "degraded", "the complaint")
    assert "anterior" in health(client)["detail"]
    assert answering(client) == FIRST
    point_latest(models_dir, FIRST)
    wait_until(lambda: health(client)["status"] == "healthy", "the complaint ends")
    assert answering(client) == FIRST


def test_a_folder_in_the_link_s_place_leaves_the_old_one(serve: Serve, models_dir: Path) -> None:
    client = serve(models_dir)
    point_latest(models_dir, None)
    (models_dir / FIRST).rename(models_dir / store.LATEST)
    wait_until(lambda: health(client)["status"] == "degraded", "the complaint")
    assert answering(client) == FIRST


def test_the_first_model_may_come_after_the_start(
    serve: Serve, models_dir: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "not" / "there" / "yet"
    client = serve(empty)
    assert client.post("/predict", json=example_loan()).status_code == 503
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").headers["retry-after"] == "5"
    new = publish(published(models_dir), empty, LATER, 0.5)
    wait_until(lambda: client.get("/readyz").status_code == 200, "the model")
    assert answering(client) == new
    assert health(client)["status"] == "healthy"


def test_version_and_decision_always_belong_together(
    serve: Serve, models_dir: Path, tmp_path: Path
) -> None:
    client = serve(models_dir, database_url=database(tmp_path), api_keys=(DIGEST,))
    bundle = published(models_dir)
    thresholds = {FIRST: bundle.decision.rule.threshold}
    for hour, threshold in enumerate((0.01, 0.99, 0.02), start=1):
        moment = NOW + timedelta(hours=hour)
        thresholds[publish(bundle, models_dir, moment, threshold, promote=False)] = threshold
    done = threading.Event()

    def swap() -> None:
        for version in [*thresholds] * 2:
            point_latest(models_dir, version)
            done.wait(0.15)
        done.set()

    swapping = threading.Thread(target=swap)
    swapping.start()
    answers = []
    while not done.is_set():
        answer = client.post(
            "/predict?return_probabilities=1", json=example_loan(), headers=WITH_KEY
        )
        assert answer.status_code == 200
        answers.append(answer.json())
    swapping.join()
    assert {one["model_version"] for one in answers} == set(thresholds)
    for one in answers:
        [probability], [decision] = one["probability_class_1"], one["predictions"]
        assert decision == int(probability >= thresholds[one["model_version"]])
    rows = client.get("/predictions", params={"limit": 1_000}, headers=WITH_KEY).json()
    logged = {row["prediction_id"]: row for row in rows["predictions"]}
    for one in answers[:1_000]:
        row = logged[one["prediction_id"][0]]
        assert row["model_version"] == one["model_version"]
        assert row["threshold"] == thresholds[one["model_version"]]


def test_a_refusal_names_what_was_refused_and_what_serves() -> None:
    said = messages.reload_refused("v2", "Está dañado.")
    assert "v2" in said
    assert "Está dañado." in said
    assert "anterior" in said
