"""The model that the service answers with, and answers made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mlops_pipeline import messages
from mlops_pipeline.api.wire import PredictionResponse, ValueWarning
from mlops_pipeline.src.data.cleaning import LoanFlag
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import BundleError, NoModelError
from mlops_pipeline.src.model_deploy import ModelDeployment


@dataclass(frozen=True, slots=True)
class Serving:
    """A loaded model, or the reason why there is none."""

    deployment: ModelDeployment | None
    reason: str | None

    @classmethod
    def load(cls, models_dir: Path) -> Serving:
        """Load the published model; a bundle that cannot be trusted is not served."""
        try:
            return cls(ModelDeployment.load(models_dir), None)
        except BundleError as error:
            return cls(None, str(error))

    @property
    def model(self) -> ModelDeployment:
        """The loaded model.

        Raises:
            NoModelError: there is none; answered with 503.

        """
        if self.deployment is None:
            raise NoModelError(self.reason or messages.NO_MODEL)
        return self.deployment


def document(application: BaseModel) -> Mapping[str, Any]:
    """Give a checked application as a document."""
    return application.__dict__


def answer_one(
    model: ModelDeployment, application: BaseModel, *, probabilities: bool, timestamp: str
) -> PredictionResponse:
    """Predict one loan."""
    score = model.predict_one(loan_from_json(document(application)))
    return PredictionResponse(
        predictions=[score.decision],
        probability_class_1=[score.probability] if probabilities else None,
        interpretation=[messages.interpretation(score.decision)],
        n_samples=1,
        model_version=model.metadata.version,
        timestamp=timestamp,
        warnings=[_warning(0, flag) for flag in score.flags],
    )


def answer_many(
    model: ModelDeployment,
    applications: Sequence[BaseModel],
    *,
    probabilities: bool,
    timestamp: str,
) -> PredictionResponse:
    """Predict many loans at once."""
    loans = LoanTable.from_loans([loan_from_json(document(one)) for one in applications])
    scores = model.predict(loans)
    decisions: list[int] = scores.decision.tolist()
    warnings = [
        _warning(int(row), LoanFlag(flag.column, flag.finding, loans[flag.column][row]))
        for flag in scores.flags
        for row in flag.rows
    ]
    return PredictionResponse(
        predictions=decisions,
        probability_class_1=scores.probability.tolist() if probabilities else None,
        interpretation=[messages.interpretation(decision) for decision in decisions],
        n_samples=len(decisions),
        model_version=model.metadata.version,
        timestamp=timestamp,
        warnings=sorted(warnings, key=lambda warning: warning.index),
    )


def _warning(index: int, flag: LoanFlag) -> ValueWarning:
    """Say what was found about a value."""
    return ValueWarning(
        index=index,
        field=flag.column,
        finding=flag.finding.value,
        message=messages.finding(flag.finding.value, flag.value),
    )
