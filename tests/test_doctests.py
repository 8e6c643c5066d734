"""The examples in docstrings say the truth."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "mlops_pipeline.client.errors",
    "mlops_pipeline.messages.drift",
    "mlops_pipeline.messages.monitoring",
    "mlops_pipeline.messages.numbers",
    "mlops_pipeline.messages.reports",
    "mlops_pipeline.src.data.moments",
    "mlops_pipeline.src.features.numbers",
    "mlops_pipeline.src.monitoring.levels",
    "mlops_pipeline.src.monitoring.periods",
    "mlops_pipeline.src.monitoring.windows",
    "mlops_pipeline.src.scoring.calibration",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0
