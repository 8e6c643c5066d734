"""A service of one's own for the dashboard's tests: answers in the real one's form, on demand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from mlops_pipeline import messages
from mlops_pipeline.client import Retries, ScoringClient

VERSION = "v20261128_100000"
THRESHOLD = 0.9
Failure = httpx.Response | type[httpx.RequestError]
Handler = Callable[[httpx.Request], httpx.Response]


def predictions(probabilities: list[float], warnings: list[dict[str, Any]]) -> httpx.Response:
    """Answer with one probability for each loan."""
    decisions = [int(one >= THRESHOLD) for one in probabilities]
    return httpx.Response(
        200,
        json={
            "predictions": decisions,
            "probability_class_1": probabilities,
            "interpretation": [messages.interpretation(one) for one in decisions],
            "n_samples": len(decisions),
            "model_version": VERSION,
            "timestamp": "2026-11-28T15:00:00Z",
            "warnings": warnings,
            "prediction_id": [f"id-{place}" for place in range(len(decisions))],
        },
        headers={"X-Request-ID": "solicitud-1"},
    )


MODEL_INFO = {
    "version": VERSION,
    "created_at": "2026-11-28T10:00:00Z",
    "model_name": "LGBMClassifier",
    "feature_counts": {"catalogue": 35, "after_audit": 33, "model_inputs": 39},
    "features": [],
    "data": {},
    "metrics": {"threshold": {"wanted": 0.89, "used": THRESHOLD, "margin": 0.001}},
    "audit": {},
}


def refusal(status: int, detail: object, **headers: str) -> httpx.Response:
    """Answer with an error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"detail": detail}, headers=named)


@dataclass
class StubService:
    """What the tab needs of a `View`, with a service behind it that a test decides.

    `fails`: what the next requests are answered with, the last one for ever; None: all is well.
    """

    fails: list[Failure | None] = field(default_factory=list)
    api_address: str = "http://servicio"
    sends_key: bool = True
    probability: float = 0.95
    max_loans: int = 10_000
    asked: list[httpx.Request] = field(default_factory=list)
    handler: Handler | None = None

    def client(self, timeout: float | None = None) -> ScoringClient:
        """Give a client of it."""
        assert timeout is None or timeout > 0
        return ScoringClient(
            self.api_address,
            api_key="la-clave-de-verdad",
            retries=Retries(attempts=1),
            transport=httpx.MockTransport(self._answer),
        )

    @property
    def posted(self) -> list[Any]:
        """The bodies that were sent to be predicted."""
        return [json.loads(one.content) for one in self.asked if one.method == "POST"]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        failure = self.fails[0] if self.fails else None
        if len(self.fails) > 1:
            self.fails.pop(0)
        if isinstance(failure, httpx.Response):
            return httpx.Response(
                failure.status_code, headers=failure.headers, content=failure.content
            )
        if failure is not None:
            raise failure("broken", request=request)
        if self.handler is not None:
            return self.handler(request)
        return self._well(request)

    def _well(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/model/info":
            return httpx.Response(200, json=MODEL_INFO)
        if path == "/predict":
            return predictions([self.probability], [])
        if path == "/predict/batch":
            loans = json.loads(request.content)["data"]
            if len(loans) > self.max_loans:
                return refusal(413, f"El lote tiene {len(loans)}")
            return predictions([loan["edad_cliente"] / 100 for loan in loans], [])
        return refusal(404, "No existe.")
