"""The routes on which a bank's core system waits: predictions, without the framework.

`wire` checks the body straight from its bytes, one loan is scored on the event loop (a few
microseconds), batches and files in their lanes. The routes of the same names in
`hot_documented` only document them; `front` is where the two ways part.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from mlops_pipeline.api import errors
from mlops_pipeline.api.answers import (
    Clock,
    logged_warnings,
    one_prediction_json,
    warnings_of_one,
)
from mlops_pipeline.api.bodies import read_body
from mlops_pipeline.api.fields import quotes_of, refuse_repeated, within_reason
from mlops_pipeline.api.http import JSON, JSON_HEADERS, Answer, Incoming, StreamedAnswer
from mlops_pipeline.api.state import State
from mlops_pipeline.api.uploads import Uploads
from mlops_pipeline.api.wire import LoanApplication
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.convert import loan_from_checked
from mlops_pipeline.src.errors import LogUnavailableError
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_id
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord

Handler = Callable[[Incoming], Awaitable[Answer | StreamedAnswer]]

# One loan has 22 fields; this is thirty times what it needs.
MAX_LOAN_BYTES = 1 << 16

_FLAG = "return_probabilities"
_APPLICATION: TypeAdapter[Any] = TypeAdapter(LoanApplication)
_BOOL = TypeAdapter(bool)


class Predictions:
    """Answers the hot routes."""

    def __init__(self, settings: Settings, state: State) -> None:
        self._settings = settings
        self._serving = state.serving
        self._log = None if state.log is None else state.log.writer
        self._metrics = state.metrics
        self._lane = state.batches
        self._uploads = Uploads(state.files, state.serving, settings.max_file_bytes, self._count)
        self._clock = Clock()
        self._asked = {b"": False, b"return_probabilities=true": True}

    @property
    def routes(self) -> Mapping[tuple[str, str], Handler]:
        """Method and path to handler."""
        return {
            ("POST", "/predict"): self.predict,
            ("POST", "/predict/batch"): self.batch,
            ("POST", "/predict/file"): self.file,
        }

    async def predict(self, request: Incoming) -> Answer:
        """Predict one loan.

        Raises:
            Refused: see `errors`.

        """
        if not request.is_json():
            raise errors.wrong_media_type(request.media_type(), (JSON,))
        body = await read_body(request, MAX_LOAN_BYTES)
        wanted = self._asked.get(request.query)
        if wanted is None:
            wanted = _flag(request)
        ordinary = self._serving.ordinary
        loan = None if ordinary is None else ordinary.read(body)
        if loan is None:
            application = _checked(body)
            model = self._serving.model
            score = model.predict_one(loan_from_checked(application.__dict__))
        else:
            model = self._serving.model
            score = model.predict_one(loan, silent=True)
        version = model.metadata.version
        milliseconds, timestamp = self._clock.now()
        prediction_id = new_prediction_id(milliseconds)
        warnings = warnings_of_one(score)
        if self._log is not None:
            record = PredictionRecord(
                prediction_id,
                request.request_id,
                version,
                body.decode(),
                score.probability,
                model.threshold,
                score.decision,
                logged_warnings(warnings),
            )
            try:
                await self._log.submit((record,))
            except LogUnavailableError as error:
                raise errors.unavailable(str(error)) from None
        self._metrics.predicted(score.decision, score.probability)
        for flag in score.flags:
            self._metrics.flagged(flag.finding.value, flag.column)
        probability = score.probability if wanted else None
        answer = one_prediction_json(
            score.decision, probability, prediction_id, version, timestamp, warnings
        )
        return Answer(200, answer, JSON_HEADERS)

    async def batch(self, request: Incoming) -> Answer:
        """Predict many loans, all or none, in the lane.

        Raises:
            Refused: see `errors`.

        """
        if not request.is_json():
            raise errors.wrong_media_type(request.media_type(), (JSON,))
        body = await read_body(request, self._settings.max_body_bytes)
        job = {
            "kind": "batch",
            "request_id": request.request_id,
            "max_loans": self._settings.max_batch_loans,
        }
        async with self._lane.job() as lane:
            await lane.send(job, body, self._serving.files)
            header, answer = await lane.receive()
        self._count(header)
        headers = ((name.encode(), value.encode()) for name, value in header["headers"].items())
        return Answer(header["status"], answer, tuple(headers))

    async def file(self, request: Incoming) -> Answer | StreamedAnswer:
        """Predict the loans of a file, row by row.

        Raises:
            Refused: see `errors`.

        """
        return await self._uploads.answer(request)

    def _count(self, header: Mapping[str, Any]) -> None:
        """Count what a lane predicted."""
        if "decisions" not in header:  # a refusal, or the end of a file
            return
        self._metrics.predicted_many(header["decisions"], header["scores"], header["score_sum"])
        for finding, field, count in header["flags"]:
            self._metrics.flagged(finding, field, count)


def _checked(body: bytes) -> Any:
    """Give a loan's application, checked."""
    try:
        application = _APPLICATION.validate_json(body)
    except ValidationError as error:
        if error.error_count() <= errors.MAX_ERRORS:
            raise errors.invalid(error) from None
    else:
        fields = application.model_fields_set
        if body.count(b'"') != quotes_of(len(fields), application.__dict__):
            refuse_repeated(body)
        return application
    try:  # so many errors that wording all of them would hold up others
        return _APPLICATION.validate_python(within_reason(from_json(body)))
    except ValidationError as error:
        raise errors.invalid(error) from None


def _flag(request: Incoming) -> bool:
    """Give `return_probabilities` of the query, as FastAPI would read it."""
    came = request.parameter(_FLAG)
    if came is None:
        return False
    try:
        return _BOOL.validate_python(came)
    except ValidationError:
        raise errors.bad_query(_FLAG, came) from None
