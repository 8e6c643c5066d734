"""What is counted is what happened."""

from __future__ import annotations

import os
import subprocess
import sys
from math import ceil
from pathlib import Path

from fastapi.testclient import TestClient

from mlops_pipeline.api.lane_log import GROUP
from mlops_pipeline.api.metrics import SHARED_FOLDER
from mlops_pipeline.src.data.schema import example_loan
from tests.api.conftest import Serve
from tests.api.support import CSV, DIGEST, WITH_KEY, counted, csv_of, database, metric
from tests.conftest import ROOT
from tests.servers import wait_until
from tests.support import random_documents

VERSION = "v20261123_101500"


def predicted(client: TestClient) -> float:
    return counted(client, "decisions_total")


def test_requests_are_counted_by_route_and_status(serve: Serve) -> None:
    client = serve()
    for _ in range(5):
        client.post("/predict", json=example_loan())
    for _ in range(3):
        client.post("/predict", json={})
    for path in ("/a", "/b?c=1", "/predictions-of-a-client", "/predict/1"):
        client.get(path)
    client.get("/predictions/someone")
    client.get("/docs/static/favicon.png")
    text = client.get("/metrics").text
    assert metric(text, "requests_total", route="/predict", status="200") == 5
    assert metric(text, "requests_total", route="/predict", status="422") == 3
    assert metric(text, "request_seconds_count", route="/predict") == 8
    assert metric(text, "request_seconds_bucket", route="/predict", le="+Inf") == 8
    assert metric(text, "requests_total", route="other", status="404") == 4
    template = "/predictions/{prediction_id}"
    assert metric(text, "requests_total", route=template, status="403") == 1
    assert "someone" not in text
    assert "of-a-client" not in text
    assert metric(text, "process_resident_memory_bytes") == 0  # not ours: without our prefix
    assert "process_resident_memory_bytes" in text


def test_what_was_turned_away_is_counted(serve: Serve) -> None:
    client = serve(api_keys=(DIGEST,))
    client.post("/predict", json=example_loan())
    for number in range(3):
        client.get(f"/{number}")
    assert counted(client, "requests_total", route="/predict", status="401") == 1
    assert counted(client, "requests_total", route="other", status="401") == 3


def test_predictions_of_all_kinds_are_counted(serve: Serve, tmp_path: Path) -> None:
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    documents = random_documents(450, 5)
    decisions = []
    for one in documents[:10]:
        decisions += client.post("/predict", json=one, headers=WITH_KEY).json()["predictions"]
    assert predicted(client) == 10
    batch = client.post("/predict/batch", json={"data": documents}, headers=WITH_KEY)
    decisions += batch.json()["predictions"]
    wait_until(lambda: predicted(client) == 460, "the batch is counted")
    headers = {**WITH_KEY, **CSV}
    file = client.post("/predict/file", content=csv_of(documents[:50]), headers=headers)
    assert file.status_code == 200
    wait_until(lambda: predicted(client) == 510, "the file is counted")
    decisions += batch.json()["predictions"][:50]
    assert counted(client, "decisions_total", decision="on_time") == sum(decisions)
    assert counted(client, "decisions_total", decision="risk") == 510 - sum(decisions)
    assert counted(client, "score_count") == 510
    assert counted(client, "log_records_total") == 510
    assert (
        counted(client, "log_commit_seconds_count") == 10 + ceil(450 / GROUP) + 1
    )  # the lanes' too
    assert counted(client, "log_pending") == 0
    assert counted(client, "log_writable") == 1
    assert counted(client, "model", version=VERSION) == 1


def test_doubtful_values_are_counted_by_field_and_finding(serve: Serve) -> None:
    client = serve()
    odd = {**example_loan(), "edad_cliente": 122}
    client.post("/predict", json=odd)
    client.post("/predict/batch", json={"data": [odd, example_loan(), odd]})
    labels = {"finding": "outside_plausible_unknown", "field": "edad_cliente"}
    assert counted(client, "doubtful_values_total", **labels) == 3
    assert counted(client, "doubtful_values_total") == 3


def test_without_a_model_that_is_told(client_without_model: TestClient) -> None:
    text = client_without_model.get("/metrics").text
    assert metric(text, "model") == 0
    client_without_model.post("/predict", json=example_loan())
    assert counted(client_without_model, "requests_total", route="/predict", status="503") == 1


SCRIPT = """
import importlib, multiprocessing
if __name__ == "__main__":
    spawned = multiprocessing.get_context("spawn")
    worker = spawned.Process(target=importlib.import_module, args=["mlops_pipeline.api.metrics"])
    worker.start(); worker.join(); raise SystemExit(worker.exitcode)
"""


def test_folders_of_workers_that_are_no_more_are_swept(tmp_path: Path) -> None:
    mine = f"ml-payment-metrics-{os.getpid()}-"
    ticks = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    for name in (mine + "1", mine + ticks, "ml-payment-metrics-abc", "other-1-2"):
        (tmp_path / name).mkdir()
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment.pop(SHARED_FOLDER, None)
    subprocess.run([sys.executable, str(script)], env=environment, check=True, cwd=ROOT)
    left = {path.name for path in tmp_path.iterdir()}
    assert mine + "1" not in left  # of another process that had this number
    assert {mine + ticks, "ml-payment-metrics-abc", "other-1-2"} <= left


SWAP = """
from mlops_pipeline.api.metrics import Metrics
metrics = Metrics()
for version in ("v1", "v2"):
    metrics.state(version, 0, writable=True)
print(metrics.exposition().decode())
"""


def test_where_workers_share_files_a_former_version_is_not_shown_either(tmp_path: Path) -> None:
    environment = {**os.environ, SHARED_FOLDER: str(tmp_path), "PYTHONPATH": str(ROOT)}
    said = subprocess.run(
        [sys.executable, "-c", SWAP], env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert metric(said, "model", version="v2") == 1
    assert "v1" not in said


def test_prometheus_reads_it(plain: TestClient) -> None:
    answer = plain.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert metric(answer.text, "requests_total") >= 0
