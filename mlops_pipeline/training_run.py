"""What a training run read, found and trained: all that the bundle and the reports are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops_pipeline.src.data.cleaning import Flag
from mlops_pipeline.src.data.readers import Portfolio
from mlops_pipeline.src.data.splits import TimeSplit
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.features.catalogue import CATALOGUE
from mlops_pipeline.src.features.leakage import LeakageAudit
from mlops_pipeline.src.model_training_evaluation import TrainingOptions, TrainingResult
from mlops_pipeline.src.scoring.bundle import FeatureCounts


@dataclass(frozen=True, slots=True)
class Run:
    """What a training run read, found and trained.

    Attributes:
        verdict: what becomes of the champion and why, in words.

    """

    portfolio: Portfolio
    data_name: str
    flags: tuple[Flag, ...]
    split: TimeSplit
    audit: LeakageAudit
    options: TrainingOptions
    result: TrainingResult
    verdict: str = ""

    @property
    def as_of(self) -> int:
        """The last date in the file: seconds since 1970-01-01; outcomes are known up to it."""
        return int(self.portfolio.loans.seconds.max())

    @property
    def feature_counts(self) -> FeatureCounts:
        """The catalogue, what the audit left of it, and the champion's inputs."""
        slots = self.result.champion.result.validated.trained.fitted.encoder.slots
        return FeatureCounts(len(CATALOGUE), len(self.audit.clean), len(slots))

    def as_they_came(self, loans: LoanTable) -> LoanTable:
        """Give some of the run's loans as the file had them, before cleaning, in their order."""
        came = self.portfolio.loans
        by_line = np.argsort(came.lines)
        places = np.searchsorted(came.lines[by_line], loans.lines)
        return came.take(by_line[places])
