"""The service as it is started: by either door, quiet, ended in order, without a lost answer."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from tests.api.support import CSV, DIGEST, JSON, WITH_KEY, csv_of
from tests.conftest import Trained
from tests.servers import (
    LANE,
    PYTHON_DOOR,
    UVICORN_DOOR,
    Server,
    alive,
    children,
    serving,
    wait_until,
)

pytestmark = pytest.mark.e2e

DOORS = [pytest.param(PYTHON_DOOR, id="python"), pytest.param(UVICORN_DOOR, id="uvicorn")]
BATCH = {"data": [example_loan()] * 50}


def is_logged(server: Server, prediction_id: str) -> bool:
    store = PredictionStore(server.database_url)
    try:
        store.open()
        return store.get(prediction_id) is not None
    finally:
        store.close()


@pytest.mark.parametrize("door", DOORS)
def test_requests_under_way_are_answered_before_the_end(
    trained: Trained, tmp_path: Path, door: Sequence[str]
) -> None:
    with serving(trained.models_dir, tmp_path, door) as server, ThreadPoolExecutor(4) as pool:
        assert server.post("/predict/batch", json=BATCH).status_code == 200
        [lane] = children(server.process.pid, LANE)
        os.kill(lane, signal.SIGSTOP)
        asked = [pool.submit(server.post, "/predict/batch", json=BATCH) for _ in range(3)]
        single, rest = half_a_prediction(server)
        wait_until(lambda: connections(server) >= 4, "all are under way")
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not server.answers(), "it takes no more")
        assert server.process.poll() is None
        os.kill(lane, signal.SIGCONT)
        single.sendall(rest)
        answers = [one.result() for one in asked]
        assert [answer.status_code for answer in answers] == [200] * 3
        head, _, body = read_all(single).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        ids = json.loads(body)["prediction_id"]
        ids += [one for answer in answers for one in answer.json()["prediction_id"]]
        assert len(set(ids)) == 151
        assert server.process.wait(15) == -signal.SIGTERM
    assert is_logged(server, ids[0])
    assert is_logged(server, ids[-1])
    assert not alive(lane)
    assert list(server.temporary.iterdir()) == []
    assert [one["event"] for one in server.facts()].count("service_stopped") == 1


def half_a_prediction(server: Server) -> tuple[socket.socket, bytes]:
    """Send the first half of a request; give the connection and the second half."""
    body = json.dumps(example_loan()).encode()
    head = (
        f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    connection.sendall(head.encode() + body[:100])
    return connection, body[100:]


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side closes."""
    with connection:
        pieces = []
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
        return b"".join(pieces)


def connections(server: Server) -> int:
    """Give how many connections the service has accepted and holds (by its descriptors)."""
    folder = Path(f"/proc/{server.process.pid}/fd")
    inodes = {str(one.readlink()) for one in folder.iterdir() if one.is_symlink()}
    port = f":{server.port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        row[1].endswith(port) and row[3] == "01" and f"socket:[{row[9]}]" in inodes for row in rows
    )


@pytest.mark.parametrize("door", DOORS)
def test_what_is_said_is_json_and_nothing_of_a_client(
    trained: Trained, tmp_path: Path, door: Sequence[str]
) -> None:
    marks = {"tipo_laboral": "Zurcidora", "tendencia_ingresos": "Ondulante"}
    loan = {**example_loan(), **marks, "salario_cliente": 7654321.5, "saldo_total": 13579.25}
    wrong = {**loan, "apodo": "Chispita", "plazo_meses": 9876.5}
    with serving(trained.models_dir, tmp_path, door, API_KEYS=DIGEST) as server:
        post = partial(server.post, headers=WITH_KEY)
        assert post("/predict", json=loan).status_code == 200
        assert post("/predict", json=wrong).status_code == 422
        assert post("/predict/batch", json={"data": [loan] * 3}).status_code == 200
        assert post("/predict/batch", json={"data": [wrong]}).status_code == 422
        content = csv_of([loan, {**loan, "plazo_meses": 9876.5}])
        for body in (content, b"Zurcidora\n" + content, content[:-200] + b"\xff"):
            server.post("/predict/file", content=body, headers={**WITH_KEY, **CSV})
        assert server.get("/predictions", headers=WITH_KEY).status_code == 200
        server.get("/predictions?since=Chispita", headers=WITH_KEY)
        server.get("/Chispita", headers=WITH_KEY)
        server.post("/predict", content=b'{"Chispita": ', headers={**JSON, **WITH_KEY})
        with socket.create_connection(("127.0.0.1", server.port)) as odd:
            odd.sendall(b"Chispita\r\n\r\n")
            odd.recv(1_000)
        key = next(iter(WITH_KEY.values()))
        server.terminate()
        facts = server.facts()
    events = [one["event"] for one in facts]
    assert "service_started" in events
    assert "service_stopped" in events
    assert all({"timestamp", "level", "logger"} <= one.keys() for one in facts)
    for value in ("Zurcidora", "Ondulante", "7654321", "13579", "Chispita", "9876", key, "GET "):
        assert value not in server.said


def test_odd_clients_are_no_error_and_lanes_end_with_a_service_that_was_killed(
    trained: Trained, tmp_path: Path
) -> None:
    with serving(trained.models_dir, tmp_path) as server:
        for _ in range(3):
            connection, _ = half_a_prediction(server)
            connection.close()
        counted = 'mlpago_requests_total{route="/predict",status="499"} 3.0'
        wait_until(lambda: counted in server.get("/metrics").text, "all three are noticed")
        assert answer_to_an_endless_body(server).startswith(b"HTTP/1.1 413")
        assert not [one for one in server.facts() if one["level"] in {"WARNING", "ERROR"}]
        assert server.post("/predict/batch", json=BATCH).status_code == 200
        lanes = children(server.process.pid, LANE)
        assert len(lanes) == 1
        server.process.kill()
        server.process.wait()
        wait_until(lambda: not any(alive(pid) for pid in lanes), "the lane's end")


def answer_to_an_endless_body(server: Server) -> bytes:
    """Send 68 KiB of a body without an announced end; give the answer."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    connection.sendall(
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    for _ in range(17):
        connection.sendall(b"1000\r\n" + b" " * 4_096 + b"\r\n")
    return read_all(connection)
