"""Door: a model from training to service: save, promote, roll back, load, predict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mlops_pipeline import messages
from mlops_pipeline.src.data.table import Loan, LoanTable
from mlops_pipeline.src.errors import CorruptBundleError, PublishError
from mlops_pipeline.src.registry import store
from mlops_pipeline.src.registry.ledger import Change, LedgerEntry
from mlops_pipeline.src.registry.unfinished import discard
from mlops_pipeline.src.scoring.bundle import Metadata, ModelBundle, from_files, to_files
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.scoring.domain import TrainingDomain
from mlops_pipeline.src.scoring.scorer import LoanScore, Scorer, Scores

# How parts of a bundle fail that do not fit each other although each one is well-formed.
_MISFITS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class ModelDeployment:
    """A verified model, ready to predict."""

    def __init__(self, bundle: ModelBundle) -> None:
        """Load a bundle's graph and recompute its self-test.

        Raises:
            CorruptBundleError: the graph does not load, cannot compute the self-test, or gives
                other probabilities.

        """
        try:
            self._scorer = Scorer(bundle)
        except _MISFITS as error:
            kind = type(error).__name__
            raise CorruptBundleError(messages.selftest_impossible(kind)) from error

    @classmethod
    def load(cls, models_dir: Path) -> ModelDeployment:
        """Load the published model: files checked by SHA-256, self-test recomputed.

        Raises:
            NoModelError: nothing is published.
            CorruptBundleError: what is published cannot be trusted.

        """
        return cls.of(store.read_served(store.latest_folder(models_dir)))

    @classmethod
    def load_version(cls, models_dir: Path, version: str) -> ModelDeployment:
        """Load any version, checked in the same way.

        Raises:
            InputError: that is no version's name.
            CorruptBundleError: there is no such version, or it cannot be trusted.

        """
        return cls._of_folder(store.version_folder(models_dir, version))

    @classmethod
    def of(cls, files: store.ServedFiles) -> ModelDeployment:
        """Load verified files, self-test recomputed.

        Raises:
            CorruptBundleError: they cannot be trusted.

        """
        bundle = from_files(files.contents)
        found = bundle.metadata.version
        if found != files.version:
            raise CorruptBundleError(messages.other_version(files.version, found))
        return cls(bundle)

    @classmethod
    def _of_folder(cls, folder: Path) -> ModelDeployment:
        """Load what is in a version's folder."""
        return cls.of(store.read_served(folder))

    @staticmethod
    def save(
        bundle_of: Callable[[str], ModelBundle],
        models_dir: Path,
        now: datetime,
        *,
        promote: bool = True,
        who: str = messages.UNKNOWN_USER,
        reason: str = "",
        allow_client_rows: bool = False,
    ) -> ModelDeployment:
        """Publish a bundle and, if asked, promote it; give its model, self-tested.

        A version whose promotion is refused or fails stays published.

        Args:
            bundle_of: gives the bundle for the version that it will have.
            models_dir: the registry's folder; made if it is not there.
            now: aware UTC time; names the version.
            promote: whether `latest` shall name the version.
            who: for the ledger, like `reason`.
            reason: why it is published.
            allow_client_rows: promote a model even if its graph holds training loans.

        Raises:
            PublishError: the folder cannot be written, or the promotion is not allowed.
            CorruptBundleError: the bundle fails its self-test; nothing changed.

        """
        change = Change(now, who, reason)
        reservation = store.reserve(models_dir, now)
        version = reservation.version
        try:
            bundle = bundle_of(version)
            deployment = ModelDeployment(bundle)
            store.publish(reservation, to_files(bundle), change)
        finally:
            discard(reservation)
        if promote:
            ModelDeployment.promote(
                models_dir, version, change, allow_client_rows=allow_client_rows
            )
        return deployment

    @staticmethod
    def promote(
        models_dir: Path,
        version: str,
        change: Change,
        *,
        allow_client_rows: bool = False,
        compared_with: store.Compared | None = None,
    ) -> LedgerEntry | None:
        """Let a published version serve, once it passed every check; None if it already does.

        Raises:
            InputError: that is no version's name.
            CorruptBundleError: there is no such version, or it cannot be trusted.
            StaleComparisonError: something else than `compared_with` is in service by now.
            PublishError: its graph holds training loans and that is not allowed, or the folder
                cannot be written.

        """

        def check(folder: Path) -> None:
            metadata = ModelDeployment._of_folder(folder).metadata
            if metadata.contains_client_rows and not allow_client_rows:
                raise PublishError(messages.client_rows(version, metadata.model_name))

        return store.promote(models_dir, version, change, check, compared_with)

    @staticmethod
    def rollback(models_dir: Path, change: Change) -> LedgerEntry:
        """Return to what served before the last promotion, once it passed every check.

        That it holds training loans was allowed when it was promoted.

        Raises:
            CorruptBundleError: that version is gone, or cannot be trusted; nothing changed.
            PublishError: there is none, or the folder cannot be written.

        """
        return store.rollback(models_dir, change, ModelDeployment._of_folder)

    @property
    def metadata(self) -> Metadata:
        """Which model this is, on what data, how good."""
        return self._scorer.bundle.metadata

    @property
    def reference(self) -> bytes:
        """The bundle's reference profile (`monitoring.reference` reads it)."""
        return self._scorer.bundle.reference

    @property
    def history(self) -> bytes:
        """The bundle's first history (`monitoring.first_history` reads it)."""
        return self._scorer.bundle.history

    @property
    def threshold(self) -> float:
        """The probability of paying on time, in [0, 1], from which on the decision is 1."""
        return self._scorer.bundle.decision.rule.threshold

    @property
    def rule(self) -> DecisionRule:
        """The threshold, and the costs that it was chosen by."""
        return self._scorer.bundle.decision.rule

    @property
    def selftest_loans(self) -> int:
        """How many generated loans the self-test recomputed."""
        return len(self._scorer.bundle.selftest.loans)

    def predict(self, loans: LoanTable) -> Scores:
        """Score n loans."""
        return self._scorer.score(loans)

    @property
    def domain(self) -> TrainingDomain:
        """What the training loans looked like."""
        return self._scorer.bundle.domain

    def predict_one(self, loan: Loan, *, silent: bool = False) -> LoanScore:
        """Score one loan; `silent`: no value of it lies outside `silent_bands`, see there."""
        return self._scorer.score_one(loan, silent=silent)
