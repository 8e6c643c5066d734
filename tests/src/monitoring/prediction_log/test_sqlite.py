"""The log in a file: killed, without room, without permission, of another kind, under load."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from mlops_pipeline import messages
from mlops_pipeline.src.errors import LogUnavailableError, PredictionLogError
from mlops_pipeline.src.monitoring.prediction_log import original
from mlops_pipeline.src.monitoring.prediction_log.retention import delete_expired
from mlops_pipeline.src.monitoring.prediction_log.sqlite import SQLite
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from tests.postgres import cannot_run
from tests.src.monitoring.prediction_log.scripted import until
from tests.src.monitoring.prediction_log.support import (
    all_rows,
    logging_process,
    opened,
    record,
)

MEGABYTE = 1024 * 1024


@pytest.fixture
def file(sqlite_url: str) -> Path:
    """The path of the log's file."""
    return Path(sqlite_url.removeprefix("sqlite:///"))


@contextlib.contextmanager
def tmpfs(folder: Path, options: str) -> Iterator[None]:
    """Mount a small disk."""
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        cannot_run("there is no mount on this machine")
    if done.returncode != 0:
        cannot_run("a small tmpfs cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def until_true(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)


def refusal(url: str) -> str:
    """Give the sentence with which a log cannot be opened."""
    store = PredictionStore(url)
    with pytest.raises(LogUnavailableError) as caught:
        store.open()
    store.close()
    return str(caught.value)


def test_the_folder_is_made_and_nobody_else_may_read(sqlite_url: str, file: Path) -> None:
    with opened(sqlite_url) as store:
        store.write([record()])
        modes = {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()}
    assert file.parent.stat().st_mode & 0o077 == 0
    assert modes == {f"{file.name}{end}": 0o600 for end in ("", "-wal", "-shm")}


def test_every_commit_is_synced_and_makes_no_checkpoint(sqlite_url: str) -> None:
    with opened(sqlite_url) as store, store._backend.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "wal_autocheckpoint")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "wal_autocheckpoint": 0}


def test_not_a_number_is_not_stored(sqlite_url: str) -> None:
    with opened(sqlite_url) as store:
        with pytest.raises(PredictionLogError) as caught:
            store.write([record(probability=float("nan"))])
        assert str(caught.value) == messages.LOG_UNSTORABLE


def test_a_corrupt_file_is_refused(sqlite_url: str, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"esto no es una base de datos" * 1_000)
    assert refusal(sqlite_url) == messages.log_unavailable(messages.DATABASE_CORRUPT)


def test_a_damaged_log_is_refused(sqlite_url: str, file: Path) -> None:
    with opened(sqlite_url) as store:
        store.write([record() for _ in range(100)])
    content = bytearray(file.read_bytes())
    content[100:4096] = b"\xff" * 3996
    file.write_bytes(content)
    assert refusal(sqlite_url) == messages.log_unavailable(messages.DATABASE_CORRUPT)


def test_a_folder_in_place_of_the_file_is_refused(sqlite_url: str, file: Path) -> None:
    file.mkdir(parents=True)
    assert refusal(sqlite_url) == messages.log_unavailable(messages.DATABASE_IS_FOLDER)


def test_a_file_in_place_of_a_folder_is_refused(sqlite_url: str, file: Path) -> None:
    file.parent.write_text("")
    assert refusal(sqlite_url) == messages.log_unavailable(messages.DATABASE_BAD_FOLDER)
    assert refusal(f"{sqlite_url}/otra/cosa.db") == messages.log_unavailable(
        messages.DATABASE_BAD_FOLDER
    )


@pytest.mark.e2e
def test_a_read_only_disk_is_refused(tmp_path: Path) -> None:
    with tmpfs(tmp_path, "size=1m,ro"):
        sentence = refusal(f"sqlite:///{tmp_path}/log.db")
    assert sentence == messages.log_unavailable(messages.DATABASE_READ_ONLY)


@pytest.mark.e2e
def test_a_log_on_a_disk_that_turned_read_only_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    with tmpfs(tmp_path, "size=1m"):
        with opened(url) as store:
            store.write([record()])
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        assert refusal(url) == messages.log_unavailable(messages.DATABASE_READ_ONLY)


def test_a_file_that_another_process_keeps_is_a_reason(
    sqlite_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_pipeline.src.monitoring.prediction_log.sqlite._BUSY_SECONDS", 0.1)
    with opened(sqlite_url) as store:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogUnavailableError) as caught:
            store.write([record()])
        assert str(caught.value) == messages.log_unavailable(messages.DATABASE_BUSY)
        other.execute("ROLLBACK")
        other.close()
        store.write([record()])


def test_a_reader_sees_the_log_but_cannot_write(sqlite_url: str) -> None:
    with opened(sqlite_url) as store:
        store.write([record()])
        assert len(all_rows(store)) == 1
        with (
            store._backend.reader.connect() as connection,
            pytest.raises(Exception, match="readonly"),
        ):
            connection.exec_driver_sql("DELETE FROM predictions")


def test_the_write_ahead_log_stays_bounded_under_load(sqlite_url: str, file: Path) -> None:
    wal = file.with_name(f"{file.name}-wal")
    with opened(sqlite_url) as store:
        for _ in range(800):
            store.write([record() for _ in range(64)])
            store.maintain()
        assert file.stat().st_size > 40 * MEGABYTE
        assert wal.stat().st_size < 16 * MEGABYTE


@pytest.mark.parametrize("error", [sqlite3.OperationalError, original.UnusableFileError])
def test_a_checkpoint_that_fails_is_told_and_tried_again(
    sqlite_url: str,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    def refuse() -> sqlite3.Connection:
        raise error

    def load() -> None:
        for _ in range(200):
            store.write([record() for _ in range(64)])
            store.maintain()

    with opened(sqlite_url) as store:
        checkpoints = cast(SQLite, store._backend)._checkpoints
        with monkeypatch.context() as broken:
            broken.setattr(checkpoints, "_connect", refuse)
            load()
        assert "prediction_log_checkpoint_failed" in caplog.messages
        assert file.stat().st_size < MEGABYTE
        load()
        assert file.stat().st_size > MEGABYTE
        assert len(all_rows(store)) == 400 * 64


def test_a_folder_that_cannot_be_locked_is_a_reason(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with opened(sqlite_url) as store:
        store.write([record() for _ in range(10_000)])
        checkpoints = cast(SQLite, store._backend)._checkpoints
        until_true(lambda: checkpoints._copied)
        monkeypatch.setattr("fcntl.flock", refuse)
        for call in (store.maintain, store.probe, store.open):
            with pytest.raises(LogUnavailableError, match="No locks available"):
                call()


def test_it_stays_bounded_while_expired_predictions_go(sqlite_url: str, file: Path) -> None:
    wal = file.with_name(f"{file.name}-wal")
    with opened(sqlite_url) as store:
        for _ in range(100):
            store.write([record(0) for _ in range(300)])
            store.maintain()
        assert delete_expired(store, 1, 10**12) == (30_000, True)
        assert wal.stat().st_size < 16 * MEGABYTE


@pytest.mark.slow
def test_it_stays_bounded_with_several_processes_and_readers(sqlite_url: str, file: Path) -> None:
    wal = file.with_name(f"{file.name}-wal")
    processes = [logging_process(sqlite_url, 20_000, 32) for _ in range(3)]
    largest = 0
    with opened(sqlite_url) as store:
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=0)
        while any(process.poll() is None for process in processes):
            store.page(None, None, None, 1_000)
            largest = max(largest, wal.stat().st_size)
            for process in processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=0.05)
        for process in processes:  # one that ended while another was waited for
            process.communicate()
        assert len(all_rows(store)) == 60_000
    assert MEGABYTE < largest < 32 * MEGABYTE


@pytest.mark.parametrize(
    "kills", [3, pytest.param(20, marks=pytest.mark.slow)], ids=["a few", "many"]
)
def test_what_a_killed_process_acknowledged_is_in_the_log_once(url: str, kills: int) -> None:
    acknowledged: list[str] = []
    for turn in range(kills):
        process = logging_process(url, 1_000_000, 16)
        assert process.stdout is not None
        acknowledged.append(process.stdout.readline().strip())
        time.sleep(0.1 + 0.02 * turn)
        process.kill()
        acknowledged += process.communicate()[0].split()
    with opened(url) as store:
        stored = [row.prediction_id for row in all_rows(store)]
    assert len(acknowledged) > 100 * kills
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)


@pytest.mark.e2e
def test_a_full_disk_is_refused_and_room_makes_it_writable_again(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    full = messages.log_unavailable(messages.DISK_FULL)

    async def main(store: PredictionStore) -> None:
        log = GroupCommit(store, probe_seconds=0.05)
        log.start(asyncio.get_running_loop())
        await until(lambda: log.writable)

        async def fill() -> None:
            for _ in range(10_000):
                new = record()
                await log.submit([new])
                acknowledged.append(new.prediction_id)

        with pytest.raises(LogUnavailableError) as caught:
            await fill()
        assert str(caught.value) == full
        await until(lambda: log.reason == full)
        before = len(acknowledged)
        ballast.unlink()
        await until(lambda: log.writable)
        with pytest.raises(LogUnavailableError):
            await fill()
        assert len(acknowledged) > before
        await log.close()

    with tmpfs(tmp_path, "size=2m"):
        ballast = tmp_path / "ballast"
        ballast.write_bytes(b"." * (800 * 1024))
        with opened(f"sqlite:///{tmp_path}/log.db") as store:
            asyncio.run(main(store))
            stored = [row.prediction_id for row in all_rows(store)]
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)
    assert len(acknowledged) > 50


GONE = messages.log_unavailable(messages.DATABASE_REPLACED)


def _delete(file: Path) -> None:
    for path in file.parent.iterdir():
        path.unlink()


def _move(file: Path) -> None:
    file.rename(file.with_suffix(".old"))


def _replace(file: Path) -> None:
    beside = file.with_suffix(".new")
    with opened(f"sqlite:///{beside}") as restored:
        restored.write([record()])
    beside.replace(file)


def _delete_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


@pytest.mark.parametrize("strike", [_delete, _move, _replace, _delete_folder])
def test_a_file_that_is_not_there_any_more_acknowledges_nothing(
    sqlite_url: str,
    file: Path,
    strike: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(original, "_LOOK_SECONDS", 0.0)
    with opened(sqlite_url) as store:
        store.write([record()])
        assert len(all_rows(store)) == 1
        strike(file)
        there = file.exists()
        calls: list[Callable[[], object]] = [
            lambda: store.write([record()]),
            store.probe,
            store.maintain,
            store.open,
            lambda: store.page(None, None, None, 10),
            lambda: store.delete_before(1, 1),
        ]
        for call in calls * 2:
            with pytest.raises(LogUnavailableError) as caught:
                call()
            assert str(caught.value) == GONE
        assert file.exists() == there  # nothing was made anew
    assert caplog.messages.count("prediction_log_file_replaced") == 1


def test_it_is_looked_for_at_most_once_a_second(
    sqlite_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: moments[0])
    with opened(sqlite_url) as store:
        store.write([record()])
        file.rename(file.with_suffix(".old"))
        store.write([record()])
        moments[0] += 1.0
        with pytest.raises(LogUnavailableError):
            store.write([record()])


def test_a_file_that_comes_back_is_written_again_with_all_that_it_held(
    sqlite_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(original, "_LOOK_SECONDS", 0.0)
    acknowledged: list[str] = []

    async def main(store: PredictionStore) -> None:
        log = GroupCommit(store, probe_seconds=0.02)
        log.start(asyncio.get_running_loop())
        await until(lambda: log.writable)

        async def add() -> None:
            new = record()
            await log.submit([new])
            acknowledged.append(new.prediction_id)

        await add()
        file.rename(file.with_suffix(".old"))
        with pytest.raises(LogUnavailableError):
            await add()
        await until(lambda: log.reason == GONE)
        file.with_suffix(".old").rename(file)
        await until(lambda: log.writable)
        await add()
        await log.close()

    with opened(sqlite_url) as store:
        asyncio.run(main(store))
        stored = [row.prediction_id for row in all_rows(store)]
    assert set(acknowledged) <= set(stored)
    assert len(acknowledged) == 2


def test_a_new_file_beside_an_old_write_ahead_log_is_not_made(sqlite_url: str, file: Path) -> None:
    wal = file.with_name(f"{file.name}-wal")
    with opened(sqlite_url) as store:
        store.write([record()])
        kept = wal.read_bytes()
    assert kept
    file.rename(file.with_suffix(".old"))
    wal.write_bytes(kept)
    assert refusal(sqlite_url) == messages.log_unavailable(messages.DATABASE_WAL_ALONE)
    assert wal.read_bytes() == kept
    wal.unlink()
    with opened(sqlite_url) as store:
        assert all_rows(store) == []
