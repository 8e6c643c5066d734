"""A run of three cheap candidates on generated loans, some rows of which are bad."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.generator import write_portfolio
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.splits import out_of_time_split, rolling_origin
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.features.leakage import audit_leakage
from mlops_pipeline.src.features.selection import LeakagePolicy, model_features
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.model_training_evaluation import TrainingOptions, train_and_compare
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training.candidates import BY_NAME, CANDIDATES
from mlops_pipeline.src.training.validation import LabelledFeatures
from mlops_pipeline.training_run import Run

NAMES = ("LogisticRegression", "GaussianNB", "DecisionTreeClassifier")


def late_or_not(loans: LoanTable) -> NDArray[np.int8]:
    assert loans.target is not None
    return loans.target


def spoiled_csv(folder: Path) -> Path:
    """Three thousand generated loans, one column too many, and three rows that cannot be used."""
    path = folder / "cartera.csv"
    write_portfolio(3_000, 11, path)
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    names = header.split(",")
    bad = {"edad_cliente": "ayer; no", "capital_prestado": "", "plazo_meses": "1.5"}
    for row, (name, value) in enumerate(bad.items(), start=10):
        cells = rows[row].split(",")
        cells[names.index(name)] = value
        rows[row] = ",".join(cells)
    lines = [f"{header},sobra", *(f"{row},1" for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run_on(path: Path, policy: LeakagePolicy, *names: str) -> Run:
    """Train through the doors."""
    portfolio = read_portfolio(path)
    loans, flags = clean(portfolio.loans)
    split = out_of_time_split(loans)
    before, after = build_features(split.train), build_features(split.test)
    audit = audit_leakage(before, late_or_not(split.train), split.train.lines)
    used = model_features(audit, policy)
    options = TrainingOptions(
        DecisionRule.from_costs(10, 1), 42, candidates=tuple(BY_NAME[name] for name in names)
    )
    result = train_and_compare(
        LabelledFeatures(before.select(used), late_or_not(split.train)),
        LabelledFeatures(after.select(used), late_or_not(split.test)),
        rolling_origin(split.train),
        options,
    )
    return Run(portfolio, path.name, flags, split, audit, options, result)


@pytest.fixture(scope="session")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spoiled_csv(tmp_path_factory.mktemp("reporting"))


@pytest.fixture(scope="session")
def finished(spoiled: Path) -> Run:
    return run_on(spoiled, LeakagePolicy.QUARANTINE, *NAMES)


@pytest.fixture(scope="session")
def leaky(spoiled: Path) -> Run:
    return run_on(spoiled, LeakagePolicy.KEEP, "GaussianNB")


@pytest.fixture(scope="session")
def eleven(finished: Run) -> Run:
    """The same run as if all 11 had been trained: what was measured of one, under each name."""
    champion = finished.result.champion.result
    twins = []
    for candidate in CANDIDATES:
        if candidate.name == champion.candidate.name:
            twins.append(champion)
            continue
        trained = replace(champion.validated.trained, candidate=candidate)
        twins.append(replace(champion, validated=replace(champion.validated, trained=trained)))
    return replace(finished, result=replace(finished.result, candidates=tuple(twins)))
