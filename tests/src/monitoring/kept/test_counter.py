"""What is kept is what a recount of the log gives: restarts, several counters, other models."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from mlops_pipeline.src.errors import LogUnavailableError, UnknownLogSchemaError, WindowError
from mlops_pipeline.src.monitoring.grid import Grid
from mlops_pipeline.src.monitoring.kept.counter import LogCounter
from mlops_pipeline.src.monitoring.kept.records import Progress
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.prediction_log.retention import delete_expired
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.reference import learn_reference
from tests.src.monitoring.kept.support import DAY_MS, V2, counts, fill, kept, records, recount
from tests.src.monitoring.support import reference, scores_of
from tests.support import random_documents, table

GRID = reference().grid


def other_grid() -> Grid:
    """Give the grid of another model."""
    loans = table(500, 77)
    return learn_reference(loans, scores_of(loans)).grid


def count_all(store: CountsStore, grid: Grid = GRID, rows: int = 70) -> int:
    """Count until nothing is left; give the rows."""
    counter, found = LogCounter(store, grid), 0
    while True:
        done = counter.step(rows)
        found += done.rows
        if not done.more:
            return found


def is_complete(progress: Progress) -> bool:
    """Tell whether all earlier loans are counted; later ones may be pending."""
    return progress.counted_until is not None and progress.counted_from is None


def test_kept_counts_are_a_recount_of_the_log(url: str, log: PredictionStore) -> None:
    fill(log, 90, 1, days_ago=40)
    fill(log, 60, 2, days_ago=2)
    with counts(url) as store:
        assert kept(store, GRID)[0].progress.pending == 150
        assert kept(store, GRID)[0].progress.counted_until is None
        assert count_all(store) == 150
        fill(log, 50, 3, days_ago=2, version=V2)
        found, _ = kept(store, GRID)
        assert found.progress.pending == 50
        assert count_all(store) == 50
        found, documents = kept(store, GRID)
        assert documents == recount(log, GRID)
        assert found.progress.pending == 0
        assert is_complete(found.progress)
        assert len(found.parts) == 3
        assert count_all(store) == 0
        some = store.read(GRID.fingerprint, (found.parts[1].period, None), segments=False)
        assert sum(one.tally.loans for one in some.parts) == 110
        assert some.segments == ()


def test_the_newest_loans_are_counted_first_and_it_is_said_how_far(
    url: str, log: PredictionStore
) -> None:
    for days in (9, 6, 3):
        fill(log, 40, days, days_ago=days)
    with counts(url) as store:
        counter = LogCounter(store, GRID)
        assert counter.step(40) == (40, True)
        found, _ = kept(store, GRID)
        assert [one.tally.loans for one in found.parts] == [40]
        assert found.progress.counted_from is not None
        assert not is_complete(found.progress)
        assert found.progress.pending == 80
        assert time.time() - found.progress.counted_from.timestamp() < 3.1 * 86_400
        fill(log, 10, 4, days_ago=0)
        assert counter.step(10) == (10, True)  # what is new goes before what is old
        found, _ = kept(store, GRID)
        assert [one.tally.loans for one in found.parts] == [40, 10]
        while counter.step(40).more:
            pass
        assert kept(store, GRID)[1] == recount(log, GRID)


def test_two_counters_at_once_count_nothing_twice(url: str, log: PredictionStore) -> None:
    fill(log, 100, 5, days_ago=1)
    with counts(url) as one, counts(url) as other:
        first, second = LogCounter(one, GRID), LogCounter(other, GRID)
        ahead, behind = first.prepare(60), second.prepare(60)
        assert first.write(ahead) == (60, True)
        assert second.write(behind) == (0, True)  # it read what the other one counted
        while first.step(30).more or second.step(30).more:
            pass
        assert kept(one, GRID)[1] == recount(log, GRID)


def test_old_loans_are_counted_however_steadily_new_ones_come(
    url: str, log: PredictionStore
) -> None:
    fill(log, 60, 21, days_ago=3)
    with counts(url) as store:
        counter = LogCounter(store, GRID)
        counter.step(1)
        done = []
        for step in range(5):
            fill(log, 1, 30 + step, days_ago=0)
            done.append(counter.step(20))
        assert done == [(20, True)] * 3 + [(3, False), (1, False)]
        assert is_complete(kept(store, GRID)[0].progress)
        assert kept(store, GRID)[1] == recount(log, GRID)


def test_a_commit_whose_answer_is_lost_counts_once(
    url: str, log: PredictionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counts(url) as store:
        counter = LogCounter(store, GRID)
        fill(log, 50, 16, days_ago=0)
        counter.step()
        fill(log, 30, 17, days_ago=0)
        stored = store.advance

        def lost(*args: Any) -> bool:
            stored(*args)
            raise LogUnavailableError("the connection broke")

        with monkeypatch.context() as patch:
            patch.setattr(store, "advance", lost)
            with pytest.raises(LogUnavailableError):
                counter.step()
        fill(log, 20, 18, days_ago=0)
        counter.step()
        found, documents = kept(store, GRID)
        assert sum(one.tally.loans for one in found.parts) == 100
        assert documents == recount(log, GRID)


def test_what_was_prepared_and_not_written_is_counted_by_the_next(
    url: str, log: PredictionStore
) -> None:
    fill(log, 80, 6, days_ago=1)
    with counts(url) as store:
        LogCounter(store, GRID).prepare(50)  # killed here
        assert count_all(store) == 80
        assert kept(store, GRID)[1] == recount(log, GRID)


def test_another_model_has_counts_of_its_own(url: str, log: PredictionStore) -> None:
    fill(log, 60, 7, days_ago=5)
    grid = other_grid()
    with counts(url) as store:
        count_all(store)
        fill(log, 30, 8, days_ago=0, version=V2)
        found, _ = kept(store, grid)
        assert found.progress.pending == 90
        assert found.parts == ()
        count_all(store, grid)
        assert kept(store, grid)[1] == recount(log, grid)
        count_all(store)
        assert kept(store, GRID)[1] == recount(log, GRID)


def test_counts_outlive_the_rows(url: str, log: PredictionStore) -> None:
    fill(log, 60, 9, days_ago=20)
    fill(log, 30, 10, days_ago=1)
    with counts(url) as store:
        count_all(store)
        before = kept(store, GRID)[1]
        assert delete_expired(log, 10, int(time.time() * 1_000)).deleted == 60
        assert kept(store, GRID)[1] == before
        count_all(store, other_grid())  # that model's can only begin with what is left
        found, _ = kept(store, other_grid())
        assert sum(one.tally.loans for one in found.parts) == 30
        assert is_complete(found.progress)


def test_rows_that_are_deleted_while_they_wait_are_not_waited_for(
    url: str, log: PredictionStore
) -> None:
    fill(log, 40, 11, days_ago=20)
    fill(log, 40, 12, days_ago=1)
    with counts(url) as store:
        counter = LogCounter(store, GRID)
        counter.step(30)
        delete_expired(log, 0.5, int(time.time() * 1_000))
        while counter.step(30).more:
            pass
        found, _ = kept(store, GRID)
        assert found.progress.pending == 0
        assert is_complete(found.progress)
        assert sum(one.tally.loans for one in found.parts) == 30


def test_rows_that_cannot_be_read_are_said(url: str, log: PredictionStore) -> None:
    good = records(random_documents(5, 13), int(time.time() * 1_000) - DAY_MS)
    bad = [good[2]._replace(inputs='{"edad_cliente": '), good[3]._replace(inputs="[1]")]
    log.write([*good[:2], *bad, good[4]])
    with counts(url) as store:
        count_all(store, rows=2)
        found, documents = kept(store, GRID)
        assert found.rejected == 2
        assert sum(one.tally.loans for one in found.parts) == 3
        assert documents == recount(log, GRID)


def test_an_empty_log(url: str, log: PredictionStore) -> None:
    with counts(url) as store:
        assert count_all(store) == 0
        found, _ = kept(store, GRID)
        assert found.parts == ()
        assert found.progress.pending == 0
        assert is_complete(found.progress)
        fill(log, 5, 14, days_ago=0)
        assert count_all(store) == 5
        assert kept(store, GRID)[1] == recount(log, GRID)


def test_tables_are_created_only_where_they_may_be(url: str, log: PredictionStore) -> None:
    store = CountsStore(url)
    assert store.open(create=False) is False
    assert store.open() is True
    assert store.open(create=False) is True
    store.close()


def _engine_url(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE monitoring_meta SET schema_version = 99",
        "ALTER TABLE monitoring_counts RENAME COLUMN tally TO cuenta",
        "DROP TABLE monitoring_positions",
        "DELETE FROM monitoring_meta",
    ],
)
def test_tables_that_are_not_known_are_refused(url: str, log: PredictionStore, change: str) -> None:
    with counts(url):
        pass
    engine = create_engine(_engine_url(url))
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    store = CountsStore(url)
    with pytest.raises(UnknownLogSchemaError, match="vigilancia"):
        store.open()
    store.close()


def test_a_damaged_count_is_an_answer_of_its_own(url: str, log: PredictionStore) -> None:
    fill(log, 5, 15, days_ago=0)
    with counts(url) as store:
        count_all(store)
        engine = create_engine(_engine_url(url))
        with engine.begin() as connection:
            connection.execute(text("UPDATE monitoring_counts SET tally = '{'"))
        engine.dispose()
        with pytest.raises(WindowError):
            kept(store, GRID)


def test_a_database_without_a_log_has_no_counts(url: str) -> None:
    store = CountsStore(url)
    with pytest.raises(LogUnavailableError):
        store.open()
    store.close()
