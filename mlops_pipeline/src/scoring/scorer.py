"""Loans to probabilities and decisions, with one bundle: for one loan and for many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data.cleaning import Finding, Flag, LoanFlag, clean
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.table import Loan, LoanTable
from mlops_pipeline.src.errors import CorruptBundleError
from mlops_pipeline.src.features.catalogue import columns_of
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.registry.manifest import SELFTEST
from mlops_pipeline.src.scoring.bundle import ModelBundle
from mlops_pipeline.src.scoring.one_loan import LoanCleaner, LoanEncoder
from mlops_pipeline.src.scoring.onnx_model import OnnxModel

F = TypeVar("F", Flag, LoanFlag)

# Largest difference in probability at which two computations count as the same.
PARITY = 1e-5


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities of paying on time, in [0, 1], decisions (1 or 0), and what was found."""

    probability: NDArray[np.float64]
    decision: NDArray[np.int8]
    flags: tuple[Flag, ...]


class LoanScore(NamedTuple):
    """The same for one loan."""

    probability: float
    decision: int
    flags: tuple[LoanFlag, ...]


class Scorer:
    """A loaded and self-tested model."""

    def __init__(self, bundle: ModelBundle) -> None:
        """Load a bundle's graph and recompute its self-test.

        Raises:
            CorruptBundleError: the graph does not load or gives other probabilities.

        """
        self._model = OnnxModel(bundle.graph)
        self.bundle = replace(bundle, graph=b"")  # the session has its own copy
        self._cleaner = LoanCleaner(bundle.domain)
        self._encoder = LoanEncoder(bundle.encoder)
        self._single = self._model.single(self._encoder.size, bundle.metadata.score_column)
        self._one_at_a_time = Lock()
        self._calibrate = bundle.decision.calibration.scalar()
        self._threshold = bundle.decision.rule.threshold
        self._columns = columns_of(bundle.encoder.features)
        self._check()

    def score(self, loans: LoanTable) -> Scores:
        """Score n loans."""
        cleaned, flags = clean(loans)
        inputs = self.bundle.encoder.transform(build_features(cleaned))
        probability, decision = self._decide(inputs)
        found = (*flags, *self.bundle.domain.flags(cleaned))
        return Scores(probability, decision, tuple(map(self._told, found)))

    def score_one(self, loan: Loan, *, silent: bool = False) -> LoanScore:
        """Score one loan; `silent`: its values are known to need neither cleaning nor a warning."""
        cleaned, found = (loan, ()) if silent else self._cleaner.clean(loan)
        with self._one_at_a_time:
            self._encoder.write(cleaned, self._single.memory)
            raw = self._single.score()
        probability = self._calibrate(raw)
        granted = 1 if probability >= self._threshold else 0
        return LoanScore(probability, granted, tuple(map(self._told, found)) if found else ())

    def _told(self, flag: F) -> F:
        """Say of a doubtful value in a column that the model does not read that it is unused."""
        return flag if flag.column in self._columns else replace(flag, finding=Finding.UNUSED)

    def _decide(self, inputs: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        """Give the probabilities and decisions of n rows of model inputs."""
        decision = self.bundle.decision
        raw = self._model.score(inputs, self.bundle.metadata.score_column)
        probability = decision.calibration.apply(raw)
        return probability, decision.rule.decide(probability)

    def _check(self) -> None:
        """Recompute the self-test the way a batch is scored and the way one loan is."""
        selftest = self.bundle.selftest
        expected = np.array(selftest.probabilities)
        decisions = np.array(selftest.decisions)
        try:
            loans = [loan_from_json(loan) for loan in selftest.loans]
            table = LoanTable.from_loans(loans)
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptBundleError(messages.corrupt_file(SELFTEST)) from error
        if not len(loans) == len(expected) == len(decisions) > 0:
            raise CorruptBundleError(messages.corrupt_file(SELFTEST))
        many, each = self.score(table), [self.score_one(loan) for loan in loans]
        one_by_one = np.array([score.probability for score in each])
        found = np.stack([many.probability, one_by_one])
        difference = float(np.max(np.abs(found - expected)))
        decided = np.stack([many.decision, np.array([score.decision for score in each])])
        if np.isnan(difference) or difference > PARITY or (decided != decisions).any():
            raise CorruptBundleError(messages.selftest_failed(difference))
