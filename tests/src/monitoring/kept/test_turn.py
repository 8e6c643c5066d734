"""Taking the turn to count: whose it is, and what is said where it cannot be taken."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlops_pipeline.src.monitoring.kept import turn as turns
from mlops_pipeline.src.monitoring.kept.turn import Turn, counting_turn
from tests.servers import free_port, wait_until


@contextmanager
def turn_of(url: str) -> Iterator[Turn]:
    """Give a turn, and give it back in the end."""
    found = counting_turn(url)
    try:
        yield found
    finally:
        found.release()


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Give the causes that were told, with their details."""
    return [
        (getattr(one, "cause", ""), getattr(one, "detail", ""))
        for one in caplog.records
        if one.name == turns.__name__
    ]


def test_a_turn_that_another_has_is_no_failure(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with turn_of(url) as one, turn_of(url) as other:
        assert one.take()
        assert one.take()
        assert not other.take()
        one.release()
        wait_until(other.take, "the server ended the session that had the turn")
        assert not one.take()
    assert said(caplog) == []


@pytest.fixture
def file_turn(tmp_path: Path) -> Iterator[Turn]:
    """The turn of a database in a folder that is not there."""
    with turn_of(f"sqlite:///{tmp_path}/nadie/registro.db") as found:
        yield found


def test_a_file_that_cannot_be_made_is_said_once_for_each_cause(
    file_turn: Turn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        assert not file_turn.take()
    folder = tmp_path / "nadie"
    folder.write_bytes(b"")  # a file where a folder should be
    for _ in range(2):
        assert not file_turn.take()
    assert [cause for cause, _ in said(caplog)] == ["ENOENT", "ENOTDIR"]
    assert all("registro.db-counting" in detail for _, detail in said(caplog))
    folder.unlink()
    folder.mkdir()
    assert file_turn.take()
    file_turn.release()
    (folder / "registro.db-counting").unlink()
    folder.rmdir()
    assert not file_turn.take()
    assert [cause for cause, _ in said(caplog)] == ["ENOENT", "ENOTDIR", "ENOENT"]


def test_a_file_that_may_not_be_opened_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, _flags: int, _mode: int) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    with turn_of(f"sqlite:///{tmp_path}/registro.db") as found, monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        for _ in range(2):
            assert not found.take()
    assert [cause for cause, _ in said(caplog)] == ["EACCES"]


def test_a_file_system_without_locks_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    before = len([*Path("/proc/self/fd").iterdir()])
    with turn_of(f"sqlite:///{tmp_path}/registro.db") as found:
        for _ in range(4):
            assert not found.take()
    assert [cause for cause, _ in said(caplog)] == ["ENOLCK"]
    assert len([*Path("/proc/self/fd").iterdir()]) == before  # nothing is left open


def test_a_server_that_is_not_there_is_said_once_and_without_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with turn_of(f"postgresql://ana:secreta@127.0.0.1:{free_port()}/registro") as found:
        for _ in range(3):
            assert not found.take()
    [(cause, detail)] = said(caplog)
    assert cause == "OperationalError"
    assert "127.0.0.1" in detail
    assert "secreta" not in caplog.text
