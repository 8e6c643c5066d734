"""The client for programs that wait for each answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Self, TypeVar

import httpx

from mlops_pipeline.client import answers, calls, errors, files, questions
from mlops_pipeline.client.calls import Call, Loan, LogPages, Retries
from mlops_pipeline.client.service import DEFAULT_TIMEOUT, LOCAL, Service, named_failures
from mlops_pipeline.src.monitoring.documents import CountsDocument

T = TypeVar("T")


class ScoringClient:
    """Asks the service and waits for its answers."""

    def __init__(
        self,
        base_url: str = LOCAL,
        *,
        api_key: str | None = None,
        timeout: float | httpx.Timeout = DEFAULT_TIMEOUT,
        retries: Retries = Retries(),  # noqa: B008 - it cannot change
        trust_env: bool = False,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Get ready; nothing is sent yet.

        Args:
            base_url: where the service is, with its path prefix if it has one.
            api_key: sent as `X-API-Key`, to `base_url` alone.
            timeout: seconds to wait for a connection and between two pieces of an answer.
            retries: what is asked again, and when.
            trust_env: whether the environment's proxies and certificates are used.
            verify: whether, and with what, the service's certificate is checked.
            transport: another way to reach the service, for tests.

        Raises:
            ValueError: `base_url` is no HTTP address; the text is Spanish.

        """
        self._service = Service(base_url, api_key, retries)
        self._http = httpx.Client(
            timeout=timeout, trust_env=trust_env, verify=verify, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, call: Call[T], request_id: str | None) -> T:
        """Hold a call's conversation."""
        talk = calls.conversation(
            call, self._service.request(call, request_id), self._service.retries
        )
        outcome: calls.Outcome = None
        try:
            while True:
                step = talk.send(outcome)
                if isinstance(step, httpx.Request):
                    outcome = self._send(step)
                else:
                    time.sleep(step)
        except StopIteration as done:
            answer: T = done.value
            return answer

    def _send(self, request: httpx.Request) -> httpx.Response | httpx.RequestError:
        """Send a request and give what came of it."""
        try:
            return self._http.send(request)
        except httpx.RequestError as failure:
            return failure

    def health(self, *, request_id: str | None = None) -> answers.Health:
        """Tell how the service is."""
        return self._ask(calls.HEALTH, request_id)

    def ready(self, *, request_id: str | None = None) -> answers.Readiness:
        """Tell whether the service can predict now."""
        return self._ask(calls.READY, request_id)

    def model_info(self, *, request_id: str | None = None) -> answers.ModelInfo:
        """Tell which model decides."""
        return self._ask(calls.MODEL_INFO, request_id)

    def predict(
        self, loan: Loan, *, probabilities: bool = True, request_id: str | None = None
    ) -> answers.Prediction:
        """Predict one loan, given by the names of the loan's definition."""
        return self._ask(calls.predict(loan, probabilities=probabilities), request_id)

    def predict_batch(
        self, loans: Iterable[Loan], *, probabilities: bool = True, request_id: str | None = None
    ) -> answers.Predictions:
        """Predict many loans, all or none."""
        return self._ask(calls.predict_batch(loans, probabilities=probabilities), request_id)

    @contextmanager
    def predict_file(
        self,
        source: files.Source,
        *,
        media_type: str | None = None,
        output: files.Output = "csv",
        request_id: str | None = None,
    ) -> Iterator[files.ScoredFile]:
        """Send a CSV or Parquet file and give its scored rows while they come; see `save`.

        Raises:
            ValueError: `media_type` is not given and the source's name does not tell it.

        """
        kind = media_type or files.media_type_of(source)
        upload = files.Upload.of(source)
        request = self._service.file_request(upload.pieces, upload.size, kind, output, request_id)
        try:
            with named_failures(request):
                answer = self._http.send(request, stream=True)
            try:
                _check(answer)
                yield files.ScoredFile(_pieces(answer), *files.described(answer))
            finally:
                answer.close()
        finally:
            upload.close()

    def prediction(
        self, prediction_id: str, *, request_id: str | None = None
    ) -> answers.LoggedPrediction:
        """Look an earlier prediction up."""
        return self._ask(calls.prediction(prediction_id), request_id)

    def monitoring_drift(
        self,
        window: questions.WindowName = "auto",
        since: date | None = None,
        until: date | None = None,
        tipo_laboral: str | None = None,
        tipo_credito: str | None = None,
        *,
        request_id: str | None = None,
    ) -> answers.MonitoringDrift:
        """Tell how a window of loans differs from the training loans, and what to do."""
        call = questions.drift(window, since, until, tipo_laboral, tipo_credito)
        return self._ask(call, request_id)

    def monitoring_history(
        self,
        window: questions.WindowName = "auto",
        since: date | None = None,
        until: date | None = None,
        tipo_laboral: str | None = None,
        tipo_credito: str | None = None,
        *,
        by: questions.SpanName = "month",
        request_id: str | None = None,
    ) -> answers.MonitoringHistory:
        """Tell the drift of each period of a window."""
        call = questions.history(window, since, until, tipo_laboral, tipo_credito, by)
        return self._ask(call, request_id)

    def monitoring_counts(
        self,
        since: date | None = None,
        until: date | None = None,
        *,
        by: questions.SpanName = "day",
        request_id: str | None = None,
    ) -> CountsDocument:
        """Give the kept counts of the traffic; `watching.Watch.counted` makes a window of them."""
        return self._ask(questions.counts(since, until, by), request_id)

    def predictions(
        self,
        since: datetime | None = None,
        model_version: str | None = None,
        limit: int | None = None,
        *,
        page_size: int = calls.PAGE_SIZE,
        request_id: str | None = None,
    ) -> Iterator[answers.LoggedPrediction]:
        """Give logged predictions, page by page, at most `limit` of them.

        Raises:
            ValueError: `since` has no time zone.

        """
        pages = LogPages(since, model_version, limit, page_size)
        while (call := pages.next_call()) is not None:
            yield from pages.take(self._ask(call, request_id))


def _pieces(answer: httpx.Response) -> Iterator[bytes]:
    """Give an answer's bytes as they come."""
    with named_failures(answer.request):
        yield from answer.iter_bytes()


def _check(answer: httpx.Response) -> None:
    """Raise the error that an answer is, if it is one."""
    if not answer.is_success:
        with named_failures(answer.request):
            answer.read()
        raise errors.of_answer(answer)
