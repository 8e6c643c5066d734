"""Load on a server: wrk for single predictions, a plain client for large bodies."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.serving.bench import Bench, BenchmarkError
from benchmarks.serving.servers import EXAMPLE, HOST, OK, PREDICT, Server
from mlops_pipeline.src.data.samples import sample_documents

SCRIPT = Path(__file__).with_name("predict.lua")
BATCH = "/predict/batch"
BATCH_LOANS = 10_000
CHUNK = 1 << 18
RESULT = "RESULT "


@dataclass(frozen=True, slots=True)
class Load:
    """What one round gave: requests a second; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    slowest: float


def singles(bench: Bench, server: Server, connections: int, seconds: int) -> Load:
    """Post the example loan over `connections` connections for some seconds.

    Raises:
        BenchmarkError: a request failed; rates of failures mean nothing.

    """
    body = bench.folder / "example.json"
    body.write_bytes(EXAMPLE)
    url = f"http://{HOST}:{server.port}{PREDICT}"
    command = ["taskset", "-c", str(bench.cores.load), "wrk", "-t", "1", "-c", str(connections)]
    command += ["-d", f"{seconds}s", "--timeout", "60s", "--latency", "-s", str(SCRIPT), url]
    done = subprocess.run([*command, "--", str(body)], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(RESULT)]
    if done.returncode or not lines:
        raise BenchmarkError(f"wrk ended with {done.returncode}: {done.stderr}{done.stdout}")
    found = json.loads(lines[0].removeprefix(RESULT))
    if found["failed"] or not found["requests"]:
        raise BenchmarkError(f"{server.name} at {connections}: {found}\n{done.stdout}")
    return Load(
        rate=found["requests"] / (found["micros"] / 1e6),
        p50=found["p50"] / 1e3,
        p99=found["p99"] / 1e3,
        slowest=found["max"] / 1e3,
    )


def batch_body(loans: int = BATCH_LOANS) -> bytes:
    """Give a batch of generated loans as a client would send it."""
    data = sample_documents(loans, seed=1)
    request = {"data": data, "return_probabilities": True}
    return json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()


class BatchClient:
    """Posts one batch over and over on one connection, opened when needed."""

    def __init__(self, server: Server, body: bytes, path: str = BATCH) -> None:
        self._server, self._body, self._path = server, body, path
        self._connection = HTTPConnection(HOST, server.port, timeout=120)

    def post(self) -> float:
        """Post the batch; give the seconds to the end of its answer.

        Raises:
            BenchmarkError: the answer is not 200.

        """
        start = time.perf_counter()
        kind = {"Content-Type": "application/json"}
        self._connection.request("POST", self._path, self._body, kind)
        answer = self._connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - start
        if answer.status != OK:
            raise BenchmarkError(f"batch at {self._server.name}: {answer.status} {content[:300]!r}")
        return seconds

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def batches(server: Server, body: bytes, pause: float = 0.0) -> Iterator[list[float]]:
    """Post batches, one after the other, until the end of the block; give their seconds.

    Raises:
        BenchmarkError: a batch failed.

    """
    stop, seconds, failures = threading.Event(), list[float](), list[Exception]()

    def work() -> None:
        client = BatchClient(server, body)
        try:
            while not stop.is_set():
                seconds.append(client.post())
                stop.wait(pause)
        except (BenchmarkError, OSError) as error:
            failures.append(error)
        finally:
            client.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield seconds
    finally:
        stop.set()
        thread.join()
    if failures:
        raise BenchmarkError(f"batches failed: {failures[0]!r}")


def post_file(server: Server, path: str, file: Path, content_type: str) -> tuple[float, int, int]:
    """Stream a file to the server while its answer streams back.

    Give the seconds to the end of the answer, its status and its number of lines.
    """
    connection = HTTPConnection(HOST, server.port, timeout=600)
    start = time.perf_counter()
    connection.putrequest("POST", path)
    connection.putheader("Content-Type", content_type)
    connection.putheader("Accept", "text/csv")
    connection.putheader("Content-Length", str(file.stat().st_size))
    connection.endheaders()

    def send() -> None:
        with file.open("rb") as stream:
            try:
                while chunk := stream.read(CHUNK):
                    connection.send(chunk)
            except OSError:
                return  # refused on the way; the answer says why

    sender = threading.Thread(target=send)
    sender.start()
    try:
        answer = connection.getresponse()
        lines = 0
        while chunk := answer.read(CHUNK):
            lines += chunk.count(b"\n")
        return time.perf_counter() - start, answer.status, lines
    finally:
        sender.join()
        connection.close()
