"""The record of changes: whole lines, torn lines, locks, and the way back."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline.src.errors import PublishError
from mlops_pipeline.src.registry import ledger
from mlops_pipeline.src.registry.ledger import Action, Change, LedgerEntry
from tests.conftest import NOW

CHANGE = Change(NOW, "ana", "mejor que la anterior")


def append(models_dir: Path, entry: LedgerEntry) -> None:
    with ledger.locked(models_dir) as book:
        book.append(entry)


def entry(action: Action, before: str | None, after: str) -> LedgerEntry:
    return CHANGE.entry(action, before, after)


def promotions(*versions: str) -> list[LedgerEntry]:
    return [
        entry("promote", before, after)
        for before, after in zip((None, *versions), versions, strict=False)
    ]


def test_a_line_is_one_json_object_with_who_when_from_and_to(tmp_path: Path) -> None:
    local = datetime(2026, 11, 23, 5, 15, tzinfo=timezone(-timedelta(hours=5)))
    change = Change(local, "ñandú", "a\nb")
    append(tmp_path, change.entry("promote", None, "v1"))
    [line] = (tmp_path / ledger.LEDGER).read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "when": "2026-11-23T10:15:00Z",
        "who": "ñandú",
        "action": "promote",
        "from_version": None,
        "to_version": "v1",
        "reason": "a\nb",
    }


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    written = [*promotions("v1", "v2"), entry("rollback", "v2", "v1")]
    for one in written:
        append(tmp_path, one)
    assert ledger.read(tmp_path) == ledger.History(tuple(written), ())


def test_a_name_that_is_no_utf8_can_be_written(tmp_path: Path) -> None:
    who = os.fsdecode(b"jos\xe9")
    append(tmp_path, Change(NOW, who).entry("promote", None, "v1"))
    [found] = ledger.read(tmp_path).entries
    assert found.who == "jos?"


def test_no_ledger_is_an_empty_one(tmp_path: Path) -> None:
    assert ledger.read(tmp_path) == ledger.History((), ())
    assert ledger.read(tmp_path / "absent") == ledger.History((), ())


def test_everyone_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        append(tmp_path, entry("promote", None, "v1"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / ledger.LEDGER).stat().st_mode) == 0o644


def test_a_torn_last_line_is_reported_and_stays_alone(tmp_path: Path) -> None:
    first, second, third = promotions("v1", "v2", "v3")
    append(tmp_path, first)
    append(tmp_path, second)
    path = tmp_path / ledger.LEDGER
    torn = path.read_bytes()[:-20]
    path.write_bytes(torn)
    assert ledger.read(tmp_path) == ledger.History((first,), (2,))
    append(tmp_path, third)
    assert ledger.read(tmp_path) == ledger.History((first, third), (2,))
    assert path.read_bytes().startswith(torn + b"\n")


def test_a_whole_line_that_lost_only_its_end_counts(tmp_path: Path) -> None:
    append(tmp_path, entry("promote", None, "v1"))
    path = tmp_path / ledger.LEDGER
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert ledger.read(tmp_path).entries == (entry("promote", None, "v1"),)


@pytest.mark.parametrize(
    "line", [b"{}", b"[]", b"\x00\xff", b"null", b'{"action": "delete"}', b"[" * 100_000]
)
def test_a_line_of_something_else_is_reported_and_the_rest_read(
    tmp_path: Path, line: bytes
) -> None:
    first, second = promotions("v1", "v2")
    append(tmp_path, first)
    path = tmp_path / ledger.LEDGER
    path.write_bytes(path.read_bytes() + line + b"\n\n")
    append(tmp_path, second)
    assert ledger.read(tmp_path) == ledger.History((first, second), (2,))


def test_a_ledger_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / ledger.LEDGER).mkdir()
    with pytest.raises(PublishError, match=r"ledger\.jsonl: es una carpeta"):
        ledger.read(tmp_path)


def test_a_line_that_does_not_fit_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path, entry("promote", None, "v1"))
    before = (tmp_path / ledger.LEDGER).read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:9]))
    with pytest.raises(OSError, match="space") as raised:
        append(tmp_path, entry("promote", "v1", "v2"))
    assert raised.value.errno == errno.ENOSPC
    assert (tmp_path / ledger.LEDGER).read_bytes() == before


# --- the lock --------------------------------------------------------------------------------


def test_only_one_holds_it_and_the_other_says_why_it_gave_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "LOCK_SECONDS", 0.05)
    with ledger.locked(tmp_path), pytest.raises(PublishError, match="Otro proceso"):
        append(tmp_path, entry("promote", None, "v1"))
    append(tmp_path, entry("promote", None, "v1"))
    assert len(ledger.read(tmp_path).entries) == 1


def test_the_other_gets_it_as_soon_as_it_is_free(tmp_path: Path) -> None:
    other = threading.Thread(target=append, args=(tmp_path, entry("promote", None, "v1")))
    with ledger.locked(tmp_path):
        other.start()
        other.join(0.1)
        assert other.is_alive()
    other.join(5)
    assert len(ledger.read(tmp_path).entries) == 1


def test_a_ledger_replaced_while_waiting_is_locked_anew(tmp_path: Path) -> None:
    path = tmp_path / ledger.LEDGER
    other = threading.Thread(target=append, args=(tmp_path, entry("promote", None, "v1")))
    with ledger.locked(tmp_path):
        other.start()
        other.join(0.1)
        edited = tmp_path / "edited"
        edited.touch()
        edited.replace(path)
    other.join(5)
    assert len(ledger.read(tmp_path).entries) == 1


@pytest.mark.parametrize("fate", ["replaced", "removed"])
def test_a_lock_on_a_file_that_is_the_ledger_no_more_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    flock, path = fcntl.flock, tmp_path / ledger.LEDGER
    calls: list[int] = []

    def meddled(descriptor: int, operation: int) -> None:
        flock(descriptor, operation)
        calls.append(descriptor)
        if len(calls) == 1:
            path.unlink()
            if fate == "replaced":
                path.touch()

    monkeypatch.setattr(fcntl, "flock", meddled)
    append(tmp_path, entry("promote", None, "v1"))
    assert len(calls) == 2
    assert len(ledger.read(tmp_path).entries) == 1


# --- the way back ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "named", "expected"),
    [
        ([], None, None),
        ([], "a", None),
        (promotions("a"), "a", None),
        (promotions("a", "b"), "b", "a"),
        (promotions("a", "b", "c"), "c", "b"),
        # each rollback goes one further back, and what was fled from does not come again
        ([*promotions("a", "b", "c"), entry("rollback", "c", "b")], "b", "a"),
        (
            [*promotions("a", "b"), entry("rollback", "b", "a"), entry("promote", "a", "c")],
            "c",
            "a",
        ),
        ([*promotions("a", "b"), entry("rollback", "b", "a")], "a", None),
        (promotions("a", "b", "a"), "a", "b"),
        # publications change nothing
        ([*promotions("a", "b"), entry("publish", None, "c")], "b", "a"),
        # the registry is older than its ledger
        ([entry("promote", "a", "b")], "b", "a"),
        # the last line did not come true
        (promotions("a", "b", "c"), "b", "a"),
        ([*promotions("a", "b"), entry("promote", "a", "c")], "c", "a"),
        ([*promotions("a", "b", "c"), entry("rollback", "c", "b")], "c", "b"),
        # someone changed the link by hand, or it was lost
        (promotions("a", "b"), "x", "b"),
        (promotions("a", "b"), None, "b"),
        ([*promotions("a", "b"), entry("promote", None, "c")], "c", "b"),
        # a line is missing
        ([entry("promote", None, "a"), entry("promote", "b", "c")], "c", "b"),
        ([entry("promote", None, "a"), entry("rollback", "b", "x")], "x", None),
    ],
)
def test_the_version_to_return_to(
    entries: Sequence[LedgerEntry], named: str | None, expected: str | None
) -> None:
    assert ledger.previous(entries, named) == expected


@given(st.lists(st.tuples(st.sampled_from("abcd-"), st.booleans()), max_size=12))
def test_changes_that_were_cut_short_count_for_nothing(steps: list[tuple[str, bool]]) -> None:
    served, entries = ["start"], promotions("start")
    for step, cut_short in steps:
        if step == served[-1] or (step == "-" and len(served) == 1):
            continue
        after = [*served, step] if step != "-" else served[:-1]
        action: Action = "rollback" if step == "-" else "promote"
        entries.append(entry(action, served[-1], after[-1]))
        served = served if cut_short else after
    expected = served[-2] if len(served) > 1 else None
    assert ledger.previous(entries, served[-1]) == expected


def test_a_publication_that_did_not_come_true_is_told() -> None:
    made = [entry("publish", None, name) for name in "abc"]
    assert ledger.unpublished(made, ["a", "b", "c"]) == ()
    assert ledger.unpublished(made, ["a"]) == ("b", "c")
    # A version that was promoted was there; someone removed it.
    assert ledger.unpublished([*made, entry("promote", "a", "b")], ["a"]) == ("c",)


def test_a_change_that_did_not_come_true_is_told() -> None:
    made = [*promotions("a", "b"), entry("publish", None, "c")]
    assert ledger.unfinished(made, "b") is None
    assert ledger.unfinished(made, "a") == made[1]
    assert ledger.unfinished(made, None) == made[1]
    assert ledger.unfinished([], "a") is None
