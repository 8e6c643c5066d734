"""The store keeps what it is given, over SQLite and over PostgreSQL alike."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine.reflection import Inspector

from mlops_pipeline import messages
from mlops_pipeline.src.errors import (
    LogUnavailableError,
    PredictionLogError,
    UnknownLogSchemaError,
)
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_id
from mlops_pipeline.src.monitoring.prediction_log.records import Page, PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.retention import delete_expired
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from tests.src.monitoring.prediction_log.support import (
    NOW_MS,
    all_rows,
    as_record,
    logging_process,
    now_ms,
    opened,
    record,
)

DAY_MS = 86_400_000

# PostgreSQL has no text with a null character; a JSON document has none either.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
RECORDS = st.builds(
    PredictionRecord,
    prediction_id=st.integers(0, 2**48 - 1).map(new_prediction_id),
    request_id=TEXTS,
    model_version=TEXTS,
    inputs=TEXTS,
    probability=NUMBERS,
    threshold=NUMBERS,
    decision=st.integers(0, 1),
    warnings=TEXTS,
)


def sql(url: str, *statements: str) -> None:
    """Run statements in the database behind the store's back."""
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(RECORDS, max_size=70))
def test_what_is_written_is_read_exactly(
    store: PredictionStore, records: list[PredictionRecord]
) -> None:
    store.write(records)
    for one in records:
        found = store.get(one.prediction_id)
        assert found is not None
        assert as_record(found) == one


def test_an_unknown_id_is_not_found(store: PredictionStore) -> None:
    store.write([record()])
    assert store.get("no es un identificador") is None


def test_a_prediction_knows_its_moment_and_so_does_the_table(
    store: PredictionStore, url: str
) -> None:
    one = record(NOW_MS)
    store.write([one])
    found = store.get(one.prediction_id)
    assert found is not None
    moment = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
    assert found.created_at == moment
    engine = create_engine(make_url(url).set(drivername=_driver(url)))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT created_ms FROM predictions")) == NOW_MS
    engine.dispose()


def _driver(url: str) -> str:
    """Give the driver's name for a URL."""
    return "postgresql+psycopg" if url.startswith("postgresql") else "sqlite"


@pytest.mark.parametrize("size", [1, 63, 64, 65, 200])
def test_writing_again_changes_nothing(store: PredictionStore, size: int) -> None:
    records = [record() for _ in range(size)]
    store.write(records[: size // 2])
    store.write([one._replace(inputs="otro") for one in records[: size // 2]])
    store.write(records)
    store.write(records)
    assert [as_record(row) for row in all_rows(store)] == records


@pytest.mark.parametrize(
    "bad",
    [{"inputs": "\ud800"}, {"request_id": None}, {"decision": 2**70}],
    ids=["no UTF-8", "nothing", "too large"],
)
def test_a_transaction_with_a_value_that_cannot_be_stored_stores_nothing(
    store: PredictionStore, bad: dict[str, Any]
) -> None:
    good = [record() for _ in range(100)]
    with pytest.raises(PredictionLogError) as caught:
        store.write([*good, record(**bad)])
    assert str(caught.value) == messages.LOG_UNSTORABLE
    assert all_rows(store) == []
    store.write(good)
    assert len(all_rows(store)) == 100


def test_an_id_of_another_kind_cannot_be_stored(store: PredictionStore) -> None:
    with pytest.raises(PredictionLogError, match="no se puede registrar"):
        store.write([record(prediction_id="x")])


def test_pages_follow_each_other_without_gap_or_overlap(store: PredictionStore) -> None:
    records = [record(NOW_MS + at) for at in range(25)]
    store.write(records[:11])
    store.write(records[11:])
    found: list[str] = []
    sizes: list[int] = []
    cursor: int | None = None
    while True:
        page = store.page(None, None, cursor, 10)
        found += [row.prediction_id for row in page.rows]
        sizes.append(len(page.rows))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [one.prediction_id for one in records]
    assert sizes == [10, 10, 5]
    assert store.page(None, None, None, 25).next_cursor is None


def test_who_follows_the_log_goes_on_from_the_last_row(store: PredictionStore) -> None:
    first, second = record(), record()
    store.write([first])
    seen = store.page(None, None, None, 10).rows
    store.write([second])
    assert [as_record(r) for r in store.page(None, None, seen[-1].seq, 10).rows] == [second]


def test_an_empty_log_has_an_empty_page(store: PredictionStore) -> None:
    assert store.page(None, None, None, 10) == Page([], None)
    assert store.page(NOW_MS, "v1", None, 10) == Page([], None)


def test_pages_are_filtered_by_moment_and_version(store: PredictionStore) -> None:
    versions = ("v1", "v2")
    records = [record(NOW_MS + 1_000 * at, model_version=versions[at % 2]) for at in range(20)]
    store.write(records)

    def found(since: int | None, version: str | None, after: int | None, limit: int) -> list[int]:
        rows = store.page(since, version, after, limit).rows
        return [records.index(as_record(row)) for row in rows]

    assert found(NOW_MS + 15_000, None, None, 100) == [15, 16, 17, 18, 19]
    assert found(NOW_MS + 14_001, "v1", None, 100) == [16, 18]
    assert found(None, "v2", None, 3) == [1, 3, 5]
    cursor = store.page(NOW_MS, "v2", None, 3).next_cursor
    assert found(NOW_MS, "v2", cursor, 3) == [7, 9, 11]
    assert found(NOW_MS + 60_000, None, None, 100) == []
    assert found(None, "v3", None, 100) == []


def test_since_finds_a_prediction_that_was_stored_before_an_earlier_one(
    store: PredictionStore,
) -> None:
    early, late = record(NOW_MS), record(NOW_MS + 30_000)
    store.write([record(NOW_MS - 1)])
    store.write([late])
    store.write([early])
    assert [as_record(r) for r in store.page(NOW_MS, None, None, 10).rows] == [late, early]


def test_expired_predictions_go_and_their_numbers_are_not_used_again(
    store: PredictionStore,
) -> None:
    old = [record(NOW_MS - 8 * DAY_MS + at) for at in range(1_200)]
    new = [record(NOW_MS - 6 * DAY_MS)]
    store.write(old)
    last = all_rows(store)[-1].seq
    store.write(new)
    assert delete_expired(store, 7, NOW_MS, max_steps=1) == (500, False)
    assert as_record(all_rows(store)[0]) == old[500]
    assert delete_expired(store, 7, NOW_MS) == (700, True)
    assert [as_record(row) for row in all_rows(store)] == new
    assert delete_expired(store, 7, NOW_MS + 30 * DAY_MS) == (1, True)
    store.write(old[:1])
    assert all_rows(store)[0].seq > last + 1


def test_opening_again_keeps_the_log(store: PredictionStore, url: str) -> None:
    one = record()
    store.write([one])
    with opened(url) as other:
        other.probe()
        other.probe()
        assert [as_record(row) for row in all_rows(other)] == [one]


def test_several_open_a_new_database_at_once(url: str) -> None:
    errors: list[PredictionLogError] = []

    def open_and_write() -> None:
        try:
            with opened(url) as store:
                store.write([record() for _ in range(3)])
        except PredictionLogError as error:
            errors.append(error)

    threads = [threading.Thread(target=open_and_write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with opened(url) as store:
        assert len(all_rows(store)) == 24


@pytest.mark.parametrize("seen_first", [0, 1])
def test_another_process_may_create_the_tables_between_two_looks(
    url: str, monkeypatch: pytest.MonkeyPatch, seen_first: int
) -> None:
    """The other one comes once this one has missed so many of the tables."""
    plain, missed = Inspector.has_table, 0

    def has_table(self: Inspector, name: str) -> bool:
        nonlocal missed
        found = plain(self, name)
        missed += not found
        if missed == seen_first + 1:
            missed = 1_000
            with opened(url) as other:
                other.write([record()])
        return found

    monkeypatch.setattr(Inspector, "has_table", has_table)
    with opened(url) as store:
        assert missed >= 1_000
        assert len(all_rows(store)) == 1


FUTURE = "UPDATE prediction_log_meta SET schema_version = 2"


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        ((FUTURE,), messages.log_other_version(2, 1)),
        ((FUTURE, "ALTER TABLE predictions ADD extra INT"), messages.log_other_version(2, 1)),
        (("DELETE FROM prediction_log_meta",), messages.log_other_version([], 1)),
        (("DROP TABLE prediction_log_meta",), messages.log_foreign_table("predictions")),
        (("DROP TABLE predictions",), messages.log_foreign_table("prediction_log_meta")),
        (
            ("ALTER TABLE predictions RENAME inputs TO entradas",),
            messages.log_foreign_table("predictions"),
        ),
        (
            ("DROP TABLE prediction_log_meta", "CREATE TABLE prediction_log_meta (a INT)"),
            messages.log_foreign_table("prediction_log_meta"),
        ),
    ],
)
def test_tables_that_it_does_not_know_are_refused(
    store: PredictionStore, url: str, statements: Sequence[str], sentence: str
) -> None:
    store.close()
    sql(url, *statements)
    other = PredictionStore(url)
    calls: list[Callable[[], object]] = [
        other.open,
        other.probe,
        lambda: other.write([record()]),
        lambda: other.get("x"),
        lambda: other.page(None, None, None, 10),
        lambda: other.page(NOW_MS, None, None, 10),
        lambda: other.delete_before(NOW_MS, 10),
        lambda: delete_expired(other, 1, now_ms()),
    ]
    for call in calls:
        with pytest.raises(UnknownLogSchemaError) as caught:
            call()
        assert str(caught.value) == sentence
    other.close()


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE prediction_log_meta SET schema_version = 2",),
        ("ALTER TABLE predictions ADD extra INT",),
    ],
    ids=["another version", "a foreign table"],
)
def test_retention_deletes_nothing_of_a_refused_database(
    store: PredictionStore, url: str, statements: Sequence[str]
) -> None:
    store.write([record(NOW_MS - 90 * DAY_MS)])
    store.close()
    sql(url, *statements)
    refused, unopened = PredictionStore(url), PredictionStore(url)
    with pytest.raises(UnknownLogSchemaError):
        refused.open()
    for one in (refused, unopened):
        with pytest.raises(PredictionLogError):
            delete_expired(one, 30, NOW_MS)
        one.close()
    sql(url, "UPDATE prediction_log_meta SET schema_version = 1")
    engine = create_engine(make_url(url).set(drivername=_driver(url)))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM predictions")) == 1
    engine.dispose()


def test_a_log_that_was_never_opened_says_so(url: str) -> None:
    with opened(url) as other:
        one = record()
        other.write([one])
    store = PredictionStore(url)
    calls: list[Callable[[], object]] = [
        lambda: store.write([record()]),
        store.probe,
        lambda: store.get(one.prediction_id),
        lambda: store.page(None, None, None, 10),
        lambda: store.delete_before(now_ms() + 1_000, 10),
    ]
    for call in calls:
        with pytest.raises(LogUnavailableError) as caught:
            call()
        assert str(caught.value) == messages.LOG_OPENING
    store.open()
    assert store.get(one.prediction_id) is not None
    store.close()


def test_too_many_readers_at_once_are_refused_in_time(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_pipeline.src.monitoring.prediction_log.sqlite.POOL_SECONDS", 0.01)
    with opened(sqlite_url) as store, ExitStack() as readers:
        for _ in range(15):
            readers.enter_context(store._backend.reader.connect())
        with pytest.raises(LogUnavailableError) as caught:
            store.get("x")
        assert str(caught.value) == messages.log_unavailable(messages.DATABASE_TIMEOUT)


def test_several_processes_write_without_loss_or_duplicate_in_the_order_of_the_cursor(
    url: str,
) -> None:
    processes = [logging_process(url, 600, 8) for _ in range(3)]
    followed: list[str] = []
    with opened(url) as store:
        cursor, running = 0, True
        while running:
            running = any(process.poll() is None for process in processes)
            while rows := store.page(None, None, cursor, 200).rows:
                followed += [row.prediction_id for row in rows]
                cursor = rows[-1].seq
        acknowledged: list[str] = []
        for process in processes:
            output, _ = process.communicate()
            assert process.returncode == 0
            acknowledged += output.split()
        stored = all_rows(store)
    assert len(acknowledged) == len(set(acknowledged)) == 1_800
    assert sorted(acknowledged) == sorted(row.prediction_id for row in stored)
    # Who followed the log while it grew saw all of it, in its order: nothing came in between.
    assert followed == [row.prediction_id for row in stored]
    assert all(one.seq < other.seq for one, other in pairwise(stored))
