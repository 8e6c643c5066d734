"""Each request of the service and how its answer is read; nothing here speaks to a network."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
import orjson
from pydantic import TypeAdapter, ValidationError

from mlops_pipeline.client import errors
from mlops_pipeline.client.answers import (
    Health,
    LoggedPrediction,
    LogPage,
    ModelInfo,
    Prediction,
    Predictions,
    Readiness,
)

T = TypeVar("T")
PAGE_SIZE = 500
Loan = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request: where it goes, what it carries, how a good answer is read."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_idempotent: bool = True
    good: frozenset[int] = frozenset({200})


@dataclass(frozen=True, slots=True)
class Retries:
    """When to ask again: after broken connections and 503, never after a timeout.

    Attributes:
        attempts: how often one request is made at most.
        first_pause: seconds before the second attempt; each pause is twice the one before,
            unless the service names one (`Retry-After`).
        longest_pause: if the service asks for a longer one, its refusal is raised at once.
        predictions: also repeat predictions; one whose connection broke may then stand twice
            in the prediction log.

    """

    attempts: int = 3
    first_pause: float = 0.2
    longest_pause: float = 10.0
    predictions: bool = False

    def pause(self, attempt: int, call: Call[Any], error: errors.ServiceError) -> float | None:
        """Give the seconds until the next attempt (this was number `attempt`); None: give up."""
        if attempt >= self.attempts or not (call.is_idempotent or self.predictions):
            return None
        seconds = self.first_pause * 2 ** (attempt - 1)
        if isinstance(error, errors.ServiceOverloaded):
            seconds = seconds if error.retry_after is None else error.retry_after
        elif not isinstance(error, errors.ServiceUnreachable):
            return None
        return seconds if seconds <= self.longest_pause else None


Outcome = httpx.Response | httpx.RequestError | None
Conversation = Generator[httpx.Request | float, Outcome, T]


def conversation(call: Call[T], request: httpx.Request, retries: Retries) -> Conversation[T]:
    """Hold the conversation of a call: ask for requests to be sent and for pauses (seconds).

    Whoever drives it sends back each request's answer or what went wrong, and gets the result
    as the generator's value.

    Raises:
        ServiceError: no good answer came.

    """
    attempt = 0
    while True:
        attempt += 1
        outcome = yield request
        if isinstance(outcome, httpx.Response):
            if outcome.status_code in call.good:
                return call.read(outcome)
            error = errors.of_answer(outcome)
        elif outcome is not None:
            error = errors.of_failure(outcome, request.url)
            error.__cause__ = outcome
        pause = retries.pause(attempt, call, error)
        if pause is None:
            raise error
        yield pause


def reader(kind: type[T]) -> Callable[[httpx.Response], T]:
    """Give the function that reads an answer of a kind."""
    adapter = TypeAdapter(kind)

    def read(answer: httpx.Response) -> T:
        try:
            return adapter.validate_json(answer.content)
        except ValidationError as error:
            raise errors.strange(answer) from error

    return read


def traced(kind: type[T]) -> Callable[[httpx.Response], T]:
    """Give the function that reads an answer and notes its request's id."""
    read = reader(kind)

    def read_traced(answer: httpx.Response) -> T:
        answered: Any = read(answer)
        traced: T = replace(answered, request_id=answer.headers.get(errors.REQUEST_ID))
        return traced

    return read_traced


_predictions = traced(Predictions)


def _one_prediction(answer: httpx.Response) -> Prediction:
    """Read the answer about one loan."""
    predictions = _predictions(answer)
    if len(predictions) != 1:
        raise errors.strange(answer)
    return predictions[0]


def _readiness(answer: httpx.Response) -> Readiness:
    """Read whether the service is ready; a proxy in front may say in its own form that it is not.

    Raises:
        ServiceError: a good answer is not of the agreed form.

    """
    try:
        return _ready(answer)
    except errors.ServiceError:
        if answer.is_success:
            raise
        return Readiness(False, (), answer.headers.get(errors.REQUEST_ID))


_ready = traced(Readiness)
HEALTH = Call("GET", "/health", traced(Health))
READY = Call("GET", "/readyz", _readiness, good=frozenset({200, 503}))
MODEL_INFO = Call("GET", "/model/info", traced(ModelInfo))
_logged = reader(LoggedPrediction)
_page = reader(LogPage)


def _json(value: object) -> bytes:
    """Write JSON: NaN is null, dates are ISO 8601, NumPy's numbers are numbers."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


def predict(loan: Loan, *, probabilities: bool) -> Call[Prediction]:
    """Predict one loan."""
    query = {"return_probabilities": "true" if probabilities else "false"}
    body = _json(dict(loan))
    return Call("POST", "/predict", _one_prediction, query, body, is_idempotent=False)


def predict_batch(loans: Iterable[Loan], *, probabilities: bool) -> Call[Predictions]:
    """Predict many loans, all or none."""
    body = _json({"data": [dict(loan) for loan in loans], "return_probabilities": probabilities})
    return Call("POST", "/predict/batch", _predictions, {}, body, is_idempotent=False)


def prediction(prediction_id: str) -> Call[LoggedPrediction]:
    """Look an earlier prediction up."""
    return Call("GET", f"/predictions/{quote(prediction_id, safe='')}", _logged)


class LogPages:
    """The pages of the prediction log, one after the other."""

    def __init__(
        self,
        since: datetime | None,
        model_version: str | None,
        limit: int | None,
        page_size: int,
    ) -> None:
        """Start before the first page.

        Raises:
            ValueError: `since` has no time zone.

        """
        if since is not None and since.tzinfo is None:
            raise ValueError("since must be an aware moment")
        self._filters = {} if model_version is None else {"model_version": model_version}
        if since is not None:
            self._filters["since"] = since.astimezone(UTC).isoformat()
        self._left = limit
        self._page_size = page_size
        self._cursor: str | None = ""

    def next_call(self) -> Call[LogPage] | None:
        """Ask for the next page; None when there is none or enough came."""
        if self._cursor is None or self._left == 0:
            return None
        size = self._page_size if self._left is None else min(self._left, self._page_size)
        place = {"cursor": self._cursor} if self._cursor else {}
        return Call("GET", "/predictions", _page, {**self._filters, "limit": f"{size}", **place})

    def take(self, page: LogPage) -> tuple[LoggedPrediction, ...]:
        """Note a page's end and give its predictions, at most as many as are wanted."""
        self._cursor = page.next_cursor if page.next_cursor != self._cursor else None
        found = page.predictions[: self._left]
        if self._left is not None:
            self._left -= len(found)
        return found
