"""What the service's tests share: a service of one's own, requests as ASGI has them, metrics."""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from mlops_pipeline.api.app import create_app
from mlops_pipeline.api.http import Message
from mlops_pipeline.api.keys import new_key
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.schema import BY_NAME
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import store
from mlops_pipeline.src.scoring.bundle import ModelBundle, from_files
from tests.support import Value

JSON = {"content-type": "application/json"}
CSV = {"content-type": "text/csv"}
PARQUET = {"content-type": "application/vnd.apache.parquet"}

KEY, DIGEST = new_key()
WITH_KEY = {"X-API-Key": KEY}


@contextmanager
def service(models_dir: Path, **settings: Any) -> Iterator[TestClient]:
    """Run a service in this process; no log unless `database_url` says where."""
    chosen: dict[str, Any] = {
        "prediction_log": "durable" if "database_url" in settings else "off",
        "model_poll_seconds": 0.05,
        **settings,
    }
    app = create_app(Settings(models_dir=models_dir, **chosen))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def database(folder: Path) -> str:
    """Give the address of a log in a folder."""
    return f"sqlite:///{folder}/log/predictions.sqlite3"


@contextmanager
def stalled(folder: Path) -> Iterator[None]:
    """Keep every writer of the SQLite log in a folder waiting, as a database that hangs does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


# --- requests as ASGI has them ---------------------------------------------------------------


def part(body: bytes, *, more: bool = True) -> Message:
    """Give a part of a request's body as it arrives."""
    return {"type": "http.request", "body": body, "more_body": more}


GONE: Message = {"type": "http.disconnect"}


@dataclass
class Exchange:
    """A request of which the test decides what arrives and when; collects the answer.

    `wait_for_first_piece`: the last message arrives once a first piece of the answer was sent.
    `deaf`: the connection fails when the answer starts.
    """

    method: str
    path: str
    arriving: Sequence[Message]
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    query: str = ""
    root_path: str = ""
    wait_for_first_piece: bool = False
    deaf: bool = False
    sent: list[Message] = field(default_factory=list)

    @property
    def status(self) -> int:
        """Give the answer's status."""
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        """Give what came of the answer's body."""
        return b"".join(one.get("body", b"") for one in self.sent[1:])

    async def _go(self, app: Any) -> None:
        arriving, first_piece = list(self.arriving), asyncio.Event()

        async def receive() -> Message:
            if not arriving:
                await asyncio.Event().wait()
            if len(arriving) == 1 and self.wait_for_first_piece:
                await first_piece.wait()
            return arriving.pop(0)

        async def send(message: Message) -> None:
            if self.deaf:
                raise OSError("gone")
            self.sent.append(message)
            if message.get("body"):
                first_piece.set()

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "server": ("testserver", 80),
            "client": ("testclient", 50_000),
            "path": self.path,
            "raw_path": self.path.encode(),
            "root_path": self.root_path,
            "query_string": self.query.encode(),
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in self.headers.items()],
        }
        await app(scope, receive, send)

    def run(self, client: TestClient) -> Exchange:
        """Let the service have it, on its own event loop."""
        assert client.portal is not None
        client.portal.call(self._go, client.app)
        return self


# --- metrics ---------------------------------------------------------------------------------


def metric(text: str, name: str, **labels: str) -> float:
    """Give the sum of a metric's samples with these labels, 0 where there is none."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == f"mlpago_{name}" and labels.items() <= sample.labels.items()
    )


def counted(client: TestClient, name: str, **labels: str) -> float:
    """Ask for a metric."""
    return metric(client.get("/metrics").text, name, **labels)


# --- models ----------------------------------------------------------------------------------


def published(models_dir: Path) -> ModelBundle:
    """Give the bundle that `latest` names."""
    return from_files(store.read_files(store.latest_folder(models_dir)))


def publish(
    bundle: ModelBundle, models_dir: Path, now: datetime, threshold: float, *, promote: bool = True
) -> str:
    """Publish a bundle once more, deciding otherwise; give its version."""
    decision = replace(bundle.decision, rule=replace(bundle.decision.rule, threshold=threshold))
    decided = tuple(int(one >= threshold) for one in bundle.selftest.probabilities)
    selftest = replace(bundle.selftest, decisions=decided)

    def versioned(version: str) -> ModelBundle:
        metadata = replace(bundle.metadata, version=version)
        return replace(bundle, metadata=metadata, decision=decision, selftest=selftest)

    saved = ModelDeployment.save(versioned, models_dir, now, promote=promote, who="prueba")
    return saved.metadata.version


def point_latest(models_dir: Path, target: str | None) -> None:
    """Let `latest` name anything, checks or no checks; None: nothing."""
    link, beside = models_dir / store.LATEST, models_dir / ".beside"
    if target is None:
        link.unlink()
        return
    beside.symlink_to(target)
    beside.replace(link)


# --- files -----------------------------------------------------------------------------------


def csv_of(documents: Sequence[Mapping[str, Value]]) -> bytes:
    """Write loans as CSV, in the schema's order."""
    rows = [",".join(BY_NAME)]
    rows += [",".join(_cell(one[name]) for name in BY_NAME) for one in documents]
    return ("\n".join(rows) + "\n").encode()


def _cell(value: Value) -> str:
    return "" if value is None else str(value)


def parquet_of(documents: Sequence[Mapping[str, Value]]) -> bytes:
    """Write loans as Parquet."""
    buffer = io.BytesIO()
    columns = {name: [one[name] for one in documents] for name in BY_NAME}
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def parquet_with_a_broken_end(document: Mapping[str, Value]) -> bytes:
    """Write 60,000 equal loans of which the first 50,000 can be read."""
    buffer = io.BytesIO()
    table = pa.table({name: [document[name]] * 60_000 for name in BY_NAME})
    pq.write_table(table, buffer, 50_000, compression="NONE", use_dictionary=False)
    content = bytearray(buffer.getvalue())
    start = pq.ParquetFile(buffer).metadata.row_group(1).column(0).data_page_offset
    content[start : start + 20] = b"\xff" * 20
    return bytes(content)


def library_scores(
    models_dir: Path, documents: Sequence[Mapping[str, Value]]
) -> list[tuple[float, int]]:
    """Give probability and decision of each loan as the library has them."""
    model = ModelDeployment.load(models_dir)
    scores = [model.predict_one(loan_from_json(one)) for one in documents]
    return [(score.probability, score.decision) for score in scores]
