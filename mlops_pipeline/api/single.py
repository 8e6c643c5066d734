"""One loan to its answer: the route on which a bank's core system waits.

`wire` checks the body straight from its bytes and the loan is scored on the event loop, in a few
microseconds. The answer leaves once the prediction is in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from mlops_pipeline.api import errors
from mlops_pipeline.api.answers import (
    Clock,
    Warnings,
    logged_warnings,
    one_prediction_json,
    warnings_of_one,
)
from mlops_pipeline.api.bodies import read_body
from mlops_pipeline.api.errors import Refused
from mlops_pipeline.api.fields import quotes_of, refuse_repeated, within_reason
from mlops_pipeline.api.http import JSON, JSON_HEADERS, Answer, Incoming
from mlops_pipeline.api.state import State
from mlops_pipeline.api.wire import LoanApplication
from mlops_pipeline.src.data.convert import loan_from_checked
from mlops_pipeline.src.errors import LogUnavailableError, PredictionLogError
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_id
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.scoring.scorer import LoanScore

logger = logging.getLogger(__name__)

# What gives an answer, or raises Refused; None: it waits for the log, and comes later.
Giving = Callable[[], Answer | None]
Later = Callable[[Giving], None]

# One loan has 22 fields; this is thirty times what it needs.
MAX_LOAN_BYTES = 1 << 16

_FLAG = "return_probabilities"

# The commonest queries of a prediction, and whether they ask for the probability.
ASKED = {b"": False, b"return_probabilities=true": True}

_APPLICATION: TypeAdapter[Any] = TypeAdapter(LoanApplication)
_BOOL = TypeAdapter(bool)


class _Prediction(NamedTuple):
    """A scored loan, and what is answered once it is logged."""

    answer: bytes
    prediction_id: str
    version: str
    threshold: float
    score: LoanScore
    warnings: Warnings

    def record(self, request_id: str, body: bytes) -> PredictionRecord:
        """Give what is logged of it."""
        return PredictionRecord(
            self.prediction_id,
            request_id,
            self.version,
            body.decode(),
            self.score.probability,
            self.threshold,
            self.score.decision,
            logged_warnings(self.warnings),
        )


class _Logged:
    """Waits for the log (`committer.Waiter`); `later` gets what then gives the answer."""

    __slots__ = ("_counted", "_error", "_later", "_prediction")

    def __init__(
        self, counted: Callable[[_Prediction], Answer], prediction: _Prediction, later: Later
    ) -> None:
        self._counted = counted
        self._prediction = prediction
        self._later = later
        self._error: PredictionLogError | None = None

    def done(self) -> bool:
        """Wait to the end: a client that is gone may have left a prediction to look up."""
        return False

    def set_result(self, _result: None, /) -> None:
        """Answer: it is committed."""
        self._later(self._answer)

    def set_exception(self, exception: PredictionLogError, /) -> None:
        """Refuse: it is not, or may not be."""
        self._error = exception
        self._later(self._answer)

    def _answer(self) -> Answer:
        """Give the answer; raises Refused."""
        if self._error is not None:
            raise _refused_by_log(self._error)
        return self._counted(self._prediction)


class SinglePredictions:
    """Answers `/predict`."""

    def __init__(self, state: State) -> None:
        self._serving = state.serving
        self._log = None if state.log is None else state.log.writer
        self._metrics = state.metrics
        self._clock = Clock()

    async def predict(self, request: Incoming) -> Answer:
        """Predict one loan.

        Raises:
            Refused: see `errors`.

        """
        if not request.is_json():
            raise errors.wrong_media_type(request.media_type(), (JSON,))
        body = await read_body(request, MAX_LOAN_BYTES)
        wanted = ASKED.get(request.query)
        if wanted is None:
            wanted = _flag(request)
        prediction = self._predicted(body, wanted=wanted)
        if self._log is not None:
            try:
                await self._log.submit((prediction.record(request.request_id, body),))
            except PredictionLogError as error:
                raise _refused_by_log(error) from None
        return self._counted(prediction)

    def predict_now(
        self, body: bytes, request_id: str, later: Later, *, wanted: bool
    ) -> Answer | None:
        """Predict one loan whose body is here.

        Gives the answer; None where the prediction waits for the log: then `later` gets, on the
        event loop, what gives it.

        Raises:
            Refused: see `errors`; `later` gets nothing.

        """
        prediction = self._predicted(body, wanted=wanted)
        if self._log is None:
            return self._counted(prediction)
        waiter = _Logged(self._counted, prediction, later)
        try:
            self._log.submit_for((prediction.record(request_id, body),), waiter)
        except PredictionLogError as error:
            raise _refused_by_log(error) from None
        return None

    def _predicted(self, body: bytes, *, wanted: bool) -> _Prediction:
        """Score a loan and write the answer."""
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
        probability = score.probability if wanted else None
        answer = one_prediction_json(
            score.decision, probability, prediction_id, version, timestamp, warnings
        )
        return _Prediction(answer, prediction_id, version, model.threshold, score, warnings)

    def _counted(self, prediction: _Prediction) -> Answer:
        """Count a prediction that is answered now."""
        score = prediction.score
        self._metrics.predicted(score.decision, score.probability)
        for flag in score.flags:
            self._metrics.flagged(flag.finding.value, flag.column)
        return Answer(200, prediction.answer, JSON_HEADERS)


def _refused_by_log(error: PredictionLogError) -> Refused:
    """Give the answer for a prediction that could not be stored.

    A checked loan has no value that a database cannot hold: that it has one is a defect.
    """
    if isinstance(error, LogUnavailableError):
        return errors.unavailable(str(error))
    logger.error("prediction_not_storable", exc_info=error)
    return errors.internal()


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
