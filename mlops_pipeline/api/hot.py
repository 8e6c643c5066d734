"""The routes on which a bank's core system waits: predictions, without the framework.

One loan is scored on the event loop (`single`), batches and files in their lanes. The routes of
the same names in `hot_documented` only document them; `front` is where the two ways part.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mlops_pipeline.api import errors
from mlops_pipeline.api.bodies import read_body
from mlops_pipeline.api.http import JSON, Answer, Incoming, StreamedAnswer
from mlops_pipeline.api.single import SinglePredictions
from mlops_pipeline.api.state import State
from mlops_pipeline.api.uploads import Uploads
from mlops_pipeline.settings import Settings

Handler = Callable[[Incoming], Awaitable[Answer | StreamedAnswer]]


class Predictions:
    """Answers the hot routes."""

    def __init__(self, settings: Settings, state: State) -> None:
        self._settings = settings
        self._serving = state.serving
        self._metrics = state.metrics
        self._lane = state.batches
        self._uploads = Uploads(state.files, state.serving, settings.max_file_bytes, self._count)
        self.single = SinglePredictions(state)

    @property
    def routes(self) -> Mapping[tuple[str, str], Handler]:
        """Method and path to handler."""
        return {
            ("POST", "/predict"): self.single.predict,
            ("POST", "/predict/batch"): self.batch,
            ("POST", "/predict/file"): self.file,
        }

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
