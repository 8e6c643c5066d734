"""The client for programs with an event loop (asyncio or trio)."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Self, TypeVar

import anyio
import httpx

from mlops_pipeline.client import answers, calls, errors, files, questions
from mlops_pipeline.client.calls import Call, Loan, LogPages, Retries
from mlops_pipeline.client.service import DEFAULT_TIMEOUT, LOCAL, Service, named_failures
from mlops_pipeline.src.monitoring.documents import CountsDocument

T = TypeVar("T")


class AsyncScoringClient:
    """Asks the service as `ScoringClient` does, without holding the event loop up."""

    def __init__(
        self,
        base_url: str = LOCAL,
        *,
        api_key: str | None = None,
        timeout: float | httpx.Timeout = DEFAULT_TIMEOUT,
        retries: Retries = Retries(),  # noqa: B008 - it cannot change
        trust_env: bool = False,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Get ready; arguments as for `ScoringClient`."""
        self._service = Service(base_url, api_key, retries)
        self._http = httpx.AsyncClient(
            timeout=timeout, trust_env=trust_env, verify=verify, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _ask(self, call: Call[T], request_id: str | None) -> T:
        """Hold a call's conversation."""
        talk = calls.conversation(
            call, self._service.request(call, request_id), self._service.retries
        )
        outcome: calls.Outcome = None
        try:
            while True:
                step = talk.send(outcome)
                if isinstance(step, httpx.Request):
                    outcome = await self._send(step)
                else:
                    await anyio.sleep(step)
        except StopIteration as done:
            answer: T = done.value
            return answer

    async def _send(self, request: httpx.Request) -> httpx.Response | httpx.RequestError:
        """Send a request and give what came of it."""
        try:
            return await self._http.send(request)
        except httpx.RequestError as failure:
            return failure

    async def health(self, *, request_id: str | None = None) -> answers.Health:
        """Tell how the service is."""
        return await self._ask(calls.HEALTH, request_id)

    async def ready(self, *, request_id: str | None = None) -> answers.Readiness:
        """Tell whether the service can predict now."""
        return await self._ask(calls.READY, request_id)

    async def model_info(self, *, request_id: str | None = None) -> answers.ModelInfo:
        """Tell which model decides."""
        return await self._ask(calls.MODEL_INFO, request_id)

    async def predict(
        self, loan: Loan, *, probabilities: bool = True, request_id: str | None = None
    ) -> answers.Prediction:
        """Predict one loan, given by the names of the loan's definition."""
        return await self._ask(calls.predict(loan, probabilities=probabilities), request_id)

    async def predict_batch(
        self, loans: Iterable[Loan], *, probabilities: bool = True, request_id: str | None = None
    ) -> answers.Predictions:
        """Predict many loans, all or none."""
        return await self._ask(calls.predict_batch(loans, probabilities=probabilities), request_id)

    @asynccontextmanager
    async def predict_file(
        self,
        source: files.Source,
        *,
        media_type: str | None = None,
        output: files.Output = "csv",
        request_id: str | None = None,
    ) -> AsyncIterator[files.AsyncScoredFile]:
        """Send a CSV or Parquet file and give its scored rows while they come; see `save`.

        Raises:
            ValueError: `media_type` is not given and the source's name does not tell it.

        """
        kind = media_type or files.media_type_of(source)
        upload = files.Upload.of(source)
        request = self._service.file_request(
            upload.async_pieces(), upload.size, kind, output, request_id
        )
        try:
            with named_failures(request):
                answer = await self._http.send(request, stream=True)
            try:
                await _check(answer)
                yield files.AsyncScoredFile(_pieces(answer), *files.described(answer))
            finally:
                await answer.aclose()
        finally:
            upload.close()

    async def prediction(
        self, prediction_id: str, *, request_id: str | None = None
    ) -> answers.LoggedPrediction:
        """Look an earlier prediction up."""
        return await self._ask(calls.prediction(prediction_id), request_id)

    async def monitoring_drift(
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
        return await self._ask(call, request_id)

    async def monitoring_history(
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
        return await self._ask(call, request_id)

    async def monitoring_counts(
        self,
        since: date | None = None,
        until: date | None = None,
        *,
        by: questions.SpanName = "day",
        request_id: str | None = None,
    ) -> CountsDocument:
        """Give the kept counts of the traffic; `watching.Watch.counted` makes a window of them."""
        return await self._ask(questions.counts(since, until, by), request_id)

    async def predictions(
        self,
        since: datetime | None = None,
        model_version: str | None = None,
        limit: int | None = None,
        *,
        page_size: int = calls.PAGE_SIZE,
        request_id: str | None = None,
    ) -> AsyncIterator[answers.LoggedPrediction]:
        """Give logged predictions, page by page, at most `limit` of them.

        Raises:
            ValueError: `since` has no time zone.

        """
        pages = LogPages(since, model_version, limit, page_size)
        while (call := pages.next_call()) is not None:
            for one in pages.take(await self._ask(call, request_id)):
                yield one


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Give an answer's bytes as they come."""
    with named_failures(answer.request):
        async for piece in answer.aiter_bytes():
            yield piece


async def _check(answer: httpx.Response) -> None:
    """Raise the error that an answer is, if it is one."""
    if not answer.is_success:
        with named_failures(answer.request):
            await answer.aread()
        raise errors.of_answer(answer)
