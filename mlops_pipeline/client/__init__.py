"""The typed client of the scoring service.

    with ScoringClient("http://127.0.0.1:8000") as service:
        prediction = service.predict(loan)

Both clients hold the same conversations (`calls`) with the same service (`service`); they differ
in how they wait. No redirect is followed: the API key and the clients' data go to the configured
address alone. The environment's proxies are not used unless `trust_env` says so: they are made
for the outside world, and the service is inside.
"""

from mlops_pipeline.client.answers import (
    FieldError,
    Health,
    LoggedPrediction,
    ModelInfo,
    MonitoringDrift,
    MonitoringHistory,
    Prediction,
    Predictions,
    Readiness,
    ValueWarning,
)
from mlops_pipeline.client.blocking import ScoringClient
from mlops_pipeline.client.calls import Retries
from mlops_pipeline.client.errors import (
    InvalidLoan,
    ServiceError,
    ServiceOverloaded,
    ServiceTimeout,
    ServiceUnreachable,
    TooLarge,
    Unauthorized,
    UnknownPrediction,
)
from mlops_pipeline.client.files import CSV, PARQUET
from mlops_pipeline.client.nonblocking import AsyncScoringClient

__all__ = [
    "CSV",
    "PARQUET",
    "AsyncScoringClient",
    "FieldError",
    "Health",
    "InvalidLoan",
    "LoggedPrediction",
    "ModelInfo",
    "MonitoringDrift",
    "MonitoringHistory",
    "Prediction",
    "Predictions",
    "Readiness",
    "Retries",
    "ScoringClient",
    "ServiceError",
    "ServiceOverloaded",
    "ServiceTimeout",
    "ServiceUnreachable",
    "TooLarge",
    "Unauthorized",
    "UnknownPrediction",
    "ValueWarning",
]
