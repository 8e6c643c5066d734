"""Files that come: their place, their room on disk, those that stop coming or being taken."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api import front, lanes, temporary, uploads
from mlops_pipeline.api.errors import ClientGoneError
from mlops_pipeline.api.http import Message, StreamedAnswer
from mlops_pipeline.src.data.schema import example_loan
from tests.api.conftest import Serve
from tests.api.support import CSV, Exchange, csv_of, part

FILE = csv_of([example_loan()] * 3)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_without_room_for_it_a_file_is_refused_until_there_is(
    plain: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = folder / "full"
    full.mkdir()
    (full / f"{messages.UPLOADED}.csv").symlink_to("/dev/full")

    @contextmanager
    def on_a_full_disk() -> Iterator[str]:
        yield str(full)

    with monkeypatch.context() as patched:
        patched.setattr(uploads, "_folder", on_a_full_disk)
        answer = plain.post("/predict/file", content=FILE, headers=CSV)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["detail"] == messages.NO_ROOM_FOR_FILES
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "absent"))
    assert plain.post("/predict/file", content=FILE, headers=CSV).status_code == 503
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    assert plain.post("/predict/file", content=FILE, headers=CSV).status_code == 200


def test_a_file_without_a_place_is_refused_before_it_is_read(
    plain: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "MAX_WAITING", 0)
    exchange = Exchange("POST", "/predict/file", [], CSV).run(plain)
    assert exchange.status == 503
    assert list(folder.iterdir()) == []


def test_a_file_that_stops_coming_gives_its_place_back(
    plain: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_SECONDS", 0.2)
    monkeypatch.setattr(lanes, "MAX_WAITING", 1)
    exchange = Exchange("POST", "/predict/file", [part(FILE[:300])], CSV).run(plain)
    assert exchange.status == 408
    assert (b"connection", b"close") in exchange.sent[0]["headers"]
    assert list(folder.iterdir()) == []
    assert plain.post("/predict/file", content=FILE, headers=CSV).status_code == 200


def test_what_a_killed_service_left_is_swept_at_the_next_start(serve: Serve, folder: Path) -> None:
    mine = temporary.named(uploads.KIND, os.getpid())
    other = f"ml-payment-file-{os.getpid()}-1-abc"  # of a former process with this number
    for name in (f"{mine}-abc", other, "ml-payment-file-abc", "someone-else-1-1"):
        (folder / name).mkdir()
        (folder / name / "recibido.csv").write_bytes(FILE)
    (folder / "ml-payment-file-1-1-link").symlink_to(folder / "someone-else-1-1")
    serve()
    left = {path.name for path in folder.iterdir()}
    assert other not in left
    assert left == {
        f"{mine}-abc",
        "ml-payment-file-abc",
        "someone-else-1-1",
        "ml-payment-file-1-1-link",
    }
    assert (folder / "someone-else-1-1" / "recibido.csv").exists()


class Connection:
    """A client that takes the head of an answer and nothing more, as uvicorn would have it."""

    def __init__(self) -> None:
        self.transport = self
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()


def test_who_does_not_take_the_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "SEND_SECONDS", 0.1)
    connection, tidied = Connection(), []

    async def pieces() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"row"
        finally:
            tidied.append("the lane")

    async def answer() -> None:
        await front._send(StreamedAnswer(200, pieces(), ()), b"core-1", connection.send)

    with pytest.raises(ClientGoneError):
        asyncio.run(answer())
    assert connection.aborted
    assert tidied == ["the lane"]


def test_of_a_shared_folder_that_is_not_ours_alone_another_is_made(folder: Path) -> None:
    name = temporary.named("metrics", os.getpid())
    first = temporary.shared("metrics", os.getpid())
    assert first == folder / f"{name}-0"
    assert first.stat().st_mode & 0o777 == 0o700
    assert temporary.shared("metrics", os.getpid()) == first  # as its siblings find it
    first.chmod(0o755)
    second = temporary.shared("metrics", os.getpid())
    assert second == folder / f"{name}-1"
    second.rmdir()
    second.symlink_to(first)
    first.chmod(0o700)
    first.rename(folder / "away")
    first.symlink_to(folder / "away")
    assert temporary.shared("metrics", os.getpid()) == folder / f"{name}-2"
    if os.getuid() == 0:
        os.chown(folder / f"{name}-2", 65_534, 65_534)
        assert temporary.shared("metrics", os.getpid()) == folder / f"{name}-3"
