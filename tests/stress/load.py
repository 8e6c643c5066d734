"""Clients that send loans until told to stop, each loan once, and remember every answer."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple

from tests.stress.crew import Crew, Reached, Work
from tests.stress.support import JSON_BODY, Reply, ask, number_of, numbered_loan, wait_for

_AFTER_AN_ERROR = 0.02  # seconds


class Acknowledged(NamedTuple):
    """What the service said of a loan; the id is the key that it is kept under."""

    number: int
    probability: float
    decision: int
    version: str


class LogRow(NamedTuple):
    """What the log says of a prediction."""

    prediction_id: str
    inputs: str
    probability: float
    decision: int
    version: str


class Load:
    """Threads: `singles` send one loan at a time, `batches` send `size` loans at a time."""

    def __init__(
        self, service: Reached, singles: int = 6, batches: int = 1, size: int = 300
    ) -> None:
        self.acknowledged: dict[str, Acknowledged] = {}
        self.twice: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.refusals: list[Reply] = []
        self.cut = 0
        self._size = size
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        kinds = [self._single] * singles + [self._batch] * batches
        self._crew = Crew(service, [partial(self._attempt, kind) for kind in kinds])

    @contextmanager
    def running(self) -> Iterator[Load]:
        """Send until the block ends."""
        with self._crew.running():
            yield self
        assert not self.twice, "ids were given twice"

    def wait_for_more(self, seconds: float = 15) -> float:
        """Wait until some more loans are acknowledged; give the seconds."""
        enough = len(self.acknowledged) + 10
        return wait_for(lambda: len(self.acknowledged) >= enough, seconds, "more answers")

    def _attempt(self, send: Work, connection: HTTPConnection) -> None:
        """Send once; a connection that breaks is opened anew, its loan is not sent again."""
        try:
            send(connection)
        except (OSError, HTTPException):
            self.cut += 1
            connection.close()
            time.sleep(_AFTER_AN_ERROR)

    def _single(self, connection: HTTPConnection) -> None:
        """Send one loan."""
        number = next(self._numbers)
        body = json.dumps(numbered_loan(number)).encode()
        path = "/predict?return_probabilities=true"
        self._note(ask(connection, "POST", path, body), [number])

    def _batch(self, connection: HTTPConnection) -> None:
        """Send a batch."""
        numbers = [next(self._numbers) for _ in range(self._size)]
        asked = {"data": [numbered_loan(n) for n in numbers], "return_probabilities": True}
        reply = ask(connection, "POST", "/predict/batch", json.dumps(asked).encode(), JSON_BODY)
        self._note(reply, numbers)

    def _note(self, reply: Reply, numbers: Sequence[int]) -> None:
        """Remember an answer."""
        with self._lock:
            self.statuses[reply.status] += 1
        if reply.status != 200:
            self.refusals.append(reply)
            time.sleep(_AFTER_AN_ERROR)
            return
        said = reply.json()
        scored = zip(
            said["prediction_id"],
            numbers,
            said["probability_class_1"],
            said["predictions"],
            strict=True,
        )
        for prediction_id, number, probability, decision in scored:
            if prediction_id in self.acknowledged:
                self.twice.append(prediction_id)
            found = Acknowledged(number, probability, decision, said["model_version"])
            self.acknowledged[prediction_id] = found


def check_log(rows: Iterable[LogRow], acknowledged: Mapping[str, Acknowledged]) -> int:
    """Check that the log has every acknowledged prediction once, as it was answered.

    Every loan was sent once, so none may be in the log twice, acknowledged or not. Gives the
    number of rows.
    """
    found: set[str] = set()
    numbers: set[int] = set()
    for row in rows:
        assert row.prediction_id not in found, f"{row.prediction_id} is in the log twice"
        found.add(row.prediction_id)
        number = number_of(json.loads(row.inputs))
        assert number not in numbers, f"loan {number} is in the log twice"
        numbers.add(number)
        logged = Acknowledged(number, row.probability, row.decision, row.version)
        assert acknowledged.get(row.prediction_id, logged) == logged
    lost = acknowledged.keys() - found
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged predictions are lost"
    return len(found)
