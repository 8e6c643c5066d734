"""Answers that need not be computed again while the counts stay the same."""

from __future__ import annotations

from collections.abc import Callable

MOST = 64
MOST_BYTES = 32 * 2**20

Question = tuple[object, ...]


class Remembered:
    """The bodies of the latest answers, in so many bytes at the most."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._bodies: dict[tuple[Question, int | None], bytes] = {}

    def body(self, question: Question, revision: int | None, make: Callable[[], bytes]) -> bytes:
        """Give the body of an answer, made now unless it was before.

        Args:
            question: what was asked.
            revision: of the counts that it is answered from: others' answers are of no use any
                more; None: it is answered from the bundle, which does not change.
            make: gives the body.

        """
        key = question, revision
        body = self._bodies.pop(key, None)
        if body is None:
            body = make()
        if revision is not None:
            self._forget(revision)
        if len(body) > self._most_bytes:  # alone it would drive out all others
            return body
        self._bodies[key] = body  # the last one used is the last one to go
        while len(self._bodies) > self._most or self._size() > self._most_bytes:
            del self._bodies[next(iter(self._bodies))]
        return body

    def _forget(self, revision: int) -> None:
        """Forget what other counts than these said."""
        for old in [key for key in self._bodies if key[1] not in (None, revision)]:
            del self._bodies[old]

    def _size(self) -> int:
        """Give the bytes of all bodies."""
        return sum(map(len, self._bodies.values()))
