"""The floor: the fastest that an ordinary FastAPI endpoint with these two models can be.

It takes the product's request model and gives a constant answer of the product's answer model:
no features, no model, no log. Whoever writes FastAPI by its tutorial cannot be faster.
"""

from __future__ import annotations

from fastapi import FastAPI

from mlops_pipeline.api.wire import LoanApplication
from mlops_pipeline.api.wire_answers import PredictionResponse

# Names that the answer model does not have are ignored.
ANSWER = PredictionResponse.model_validate(
    {
        "prediction_id": ["0199f2c0-0000-7000-8000-000000000000"],
        "predictions": [1],
        "probability_class_1": [0.9641870185324097],
        "interpretation": ["Paga a tiempo"],
        "n_samples": 1,
        "model_version": "v20260101_000000",
        "timestamp": "2026-01-01T00:00:00Z",
        "warnings": [],
    }
)

app = FastAPI()


@app.post("/predict")
async def predict(
    application: LoanApplication,  # noqa: ARG001 - its validation is what is measured
    return_probabilities: bool = False,  # noqa: ARG001
) -> PredictionResponse:
    """Give the constant answer."""
    return ANSWER
