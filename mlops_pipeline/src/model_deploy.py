"""Door: a model from training to service: save, load, predict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mlops_pipeline.src.data.table import Loan, LoanTable
from mlops_pipeline.src.registry import store
from mlops_pipeline.src.scoring.bundle import Metadata, ModelBundle, from_files, to_files
from mlops_pipeline.src.scoring.scorer import LoanScore, Scorer, Scores


class ModelDeployment:
    """A verified model, ready to predict."""

    def __init__(self, bundle: ModelBundle) -> None:
        """Load a bundle's graph and recompute its self-test.

        Raises:
            CorruptBundleError: the graph does not load or gives other probabilities.

        """
        self._scorer = Scorer(bundle)

    @classmethod
    def load(cls, models_dir: Path) -> ModelDeployment:
        """Load the published model: files checked by SHA-256, self-test recomputed.

        Raises:
            NoModelError: nothing is published.
            CorruptBundleError: what is published cannot be trusted.

        """
        return cls(from_files(store.read_files(store.latest_folder(models_dir))))

    @staticmethod
    def save(
        bundle_of: Callable[[str], ModelBundle], models_dir: Path, now: datetime
    ) -> ModelDeployment:
        """Publish a bundle and let `latest` name it; give the model as a service would load it.

        Args:
            bundle_of: gives the bundle for the version that it will have.
            models_dir: the registry's folder; made if it is not there.
            now: aware UTC time; names the version.

        Raises:
            PublishError: the folder cannot be written; nothing changed.
            CorruptBundleError: the bundle fails its self-test; nothing changed.

        """
        reservation = store.reserve(models_dir, now)
        try:
            bundle = bundle_of(reservation.version)
            deployment = ModelDeployment(bundle)
            store.publish(reservation, to_files(bundle))
        finally:
            store.discard(reservation)
        store.promote(models_dir, reservation.version)
        return deployment

    @property
    def metadata(self) -> Metadata:
        """Which model this is, on what data, how good."""
        return self._scorer.bundle.metadata

    def predict(self, loans: LoanTable) -> Scores:
        """Score n loans."""
        return self._scorer.score(loans)

    def predict_one(self, loan: Loan) -> LoanScore:
        """Score one loan."""
        return self._scorer.score_one(loan)
