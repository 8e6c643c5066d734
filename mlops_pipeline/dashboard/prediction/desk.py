"""What one person has on the desk: kept over reruns, errors and changes of tab.

The objects are taken out of the session before a request and changed after it, with no call of
Streamlit's in between: there a second click could end the run, and the answer would be lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from mlops_pipeline.client import LoggedPrediction
from mlops_pipeline.dashboard.prediction.asking import Outcome
from mlops_pipeline.dashboard.prediction.batch import BatchJob
from mlops_pipeline.dashboard.prediction.fields import Value
from mlops_pipeline.dashboard.prediction.large_file import ScoredLarge
from mlops_pipeline.dashboard.prediction.troubles import Trouble

_KEY = "prediccion_mesa"


@dataclass(slots=True)
class Desk:
    """One session's work.

    Attributes:
        reasons: what is wrong with fields of the form, by column.
        wanted: a loan to be predicted in this run.
        outcome: what became of the last one that was sent.
        thresholds: of the models that were met, by version.
        source: what the batch was read from: an upload's id, or a fingerprint of the table.
        source_trouble: why it could not be read.
        table: the edited table, as it was last seen.

    """

    reasons: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, Value] | None = None
    outcome: Outcome | None = None
    thresholds: dict[str, float | None] = field(default_factory=dict)
    source: str | None = None
    source_trouble: str | None = None
    is_large: bool = False
    job: BatchJob | None = None
    large: ScoredLarge | None = None
    batch_trouble: Trouble | None = None
    table: pd.DataFrame | None = None
    looked_up: LoggedPrediction | None = None
    look_up_trouble: Trouble | None = None

    def take_source(self, source: str) -> None:
        """Start anew with another file or table."""
        self.source = source
        self.source_trouble = None
        self.is_large = False
        self.job = None
        self.large = None
        self.batch_trouble = None


def desk() -> Desk:
    """Give this session's desk."""
    found: Desk = st.session_state.setdefault(_KEY, Desk())
    return found
