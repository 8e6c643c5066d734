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
from mlops_pipeline.dashboard.prediction.fields import Value
from mlops_pipeline.dashboard.prediction.troubles import Trouble
from mlops_pipeline.dashboard.prediction.work import Bench

_KEY = "prediccion_mesa"


@dataclass(slots=True)
class Desk:
    """One session's work.

    Attributes:
        reasons: what is wrong with fields of the form, by column.
        wanted: a loan to be predicted in this run.
        outcome: what became of the last one that was sent.
        thresholds: of the models that were met, by version.
        asked: when a service that said no threshold was asked, by version (`time.monotonic`).
        file: the loans that came from a file.
        table: those that came from the table.
        edited: the table, as it was last seen.

    """

    reasons: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, Value] | None = None
    outcome: Outcome | None = None
    thresholds: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    file: Bench = field(default_factory=Bench)
    table: Bench = field(default_factory=Bench)
    edited: pd.DataFrame | None = None
    looked_up: LoggedPrediction | None = None
    look_up_trouble: Trouble | None = None

    def forget_loan(self) -> None:
        """Forget what was found out about the form's loan."""
        self.reasons = {}
        self.wanted = self.outcome = None


def desk() -> Desk:
    """Give this session's desk."""
    found: Desk = st.session_state.setdefault(_KEY, Desk())
    return found
