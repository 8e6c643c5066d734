"""One loan's prediction asked for, once however often the button is clicked."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from mlops_pipeline.client import ModelInfo, Prediction, ScoringClient, ServiceError
from mlops_pipeline.dashboard.prediction.fields import Document
from mlops_pipeline.dashboard.prediction.troubles import Trouble, trouble_of

# The same loan sent again so soon (seconds after the answer) is a double click. A failure is seen
# and tried again at once: there only a click counts that waited while the request timed out, for
# the service may have taken that one.
DOUBLE_CLICK_SECONDS = 2.0
WAITING_CLICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a loan that was sent to `address`.

    Attributes:
        document: as it was sent.
        prediction: the answer; None: `trouble` says what happened instead.
        finished: when, on the clock of `time.monotonic`.

    """

    address: str
    document: Document
    prediction: Prediction | None
    trouble: Trouble | None
    finished: float

    def answers(self, address: str, document: Document, now: float) -> bool:
        """Tell whether this is what a double click on the same loan asks for."""
        is_same = (self.address, self.document) == (address, document)
        return is_same and now - self.finished < self._seconds

    @property
    def _seconds(self) -> float:
        """How long after it the same loan is not sent."""
        if self.prediction is not None:
            return DOUBLE_CLICK_SECONDS
        is_open = self.trouble is not None and self.trouble.kind == "timeout"
        return WAITING_CLICK_SECONDS if is_open else 0.0


def new_request_id() -> str:
    """Give a name for a request, so that one without an answer has a name too."""
    return uuid.uuid4().hex


def ask(
    connect: Callable[[], ScoringClient],
    address: str,
    document: Document,
    before: Outcome | None,
    clock: Callable[[], float] = time.monotonic,
) -> Outcome:
    """Predict a loan, or give what came a moment `before` if this is a double click.

    Raises:
        ValueError: the address is none.

    """
    if before is not None and before.answers(address, document, clock()):
        return before
    request_id = new_request_id()
    try:
        with connect() as service:
            found = service.predict(document, request_id=request_id)
    except ServiceError as error:
        return Outcome(address, document, None, trouble_of(error, request_id), clock())
    return Outcome(address, document, found, None, clock())


def threshold_of(info: ModelInfo, version: str) -> float | None:
    """Give the decision threshold of a model's description, if it is of that version."""
    found = info.metrics.get("threshold")
    used = found.get("used") if isinstance(found, dict) else None
    return float(used) if info.version == version and isinstance(used, int | float) else None


def ask_threshold(connect: Callable[[], ScoringClient], version: str) -> float | None:
    """Ask the service for the threshold of the model that answered; None: it does not say."""
    try:
        with connect() as service:
            return threshold_of(service.model_info(), version)
    except ServiceError:
        return None
