"""Answers are computed once for each state of the counts, and do not fill the memory."""

from __future__ import annotations

from collections.abc import Callable

from mlops_pipeline.monitor.remembered import Remembered


def counted() -> tuple[list[str], Callable[[str], Callable[[], bytes]]]:
    """Give what was computed so far, and who computes a body."""
    made: list[str] = []

    def maker(name: str) -> Callable[[], bytes]:
        def make() -> bytes:
            made.append(name)
            return name.encode()

        return make

    return made, maker


def test_an_answer_is_computed_once_until_the_counts_change() -> None:
    made, maker = counted()
    kept = Remembered()
    for _ in range(3):
        assert kept.body(("counts",), 1, maker("one")) == b"one"
        assert kept.body(("first",), None, maker("bundle")) == b"bundle"
    assert made == ["one", "bundle"]
    assert kept.body(("counts",), 2, maker("two")) == b"two"
    assert kept.body(("counts",), 1, maker("again")) == b"again"  # what is old was thrown away
    assert kept.body(("first",), None, maker("never")) == b"bundle"
    assert made == ["one", "bundle", "two", "again"]


def test_what_was_asked_for_least_goes_first() -> None:
    made, maker = counted()
    kept = Remembered(most=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        kept.body((name,), 1, maker(name))
    assert made == ["a", "b", "c", "b"]


def test_the_bytes_are_bounded_and_one_too_long_is_not_kept() -> None:
    made, maker = counted()
    kept = Remembered(most_bytes=10)
    for name in ("aaaa", "bbbb", "cccc", "bbbb", "aaaa"):
        assert kept.body((name,), 1, maker(name)) == name.encode()
    assert made == ["aaaa", "bbbb", "cccc", "aaaa"]
    for _ in range(2):
        assert kept.body(("long",), 1, maker("x" * 11)) == b"x" * 11
    assert made[-2:] == ["x" * 11] * 2
    asked = len(made)
    assert kept.body(("aaaa",), 1, maker("aaaa")) == b"aaaa"
    assert len(made) == asked, "the long one drove out what was kept"
