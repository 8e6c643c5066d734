"""Training on the real portfolio: one whole run, and what is asked of its eleven candidates."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_pipeline import cli
from mlops_pipeline.pipeline import RunConfig, run
from mlops_pipeline.reporting import results
from mlops_pipeline.src.data.splits import rolling_origin
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.features.selection import LeakagePolicy, model_features
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.model_training_evaluation import TrainingResult, train_and_compare
from mlops_pipeline.src.registry import store
from mlops_pipeline.src.training.candidates import BY_NAME, CANDIDATES, Candidate
from mlops_pipeline.src.training.parity import RowKind
from mlops_pipeline.src.training.periods import target_of
from mlops_pipeline.src.training.validation import LabelledFeatures
from mlops_pipeline.src.training.validation import Trained as TrainedCandidate
from mlops_pipeline.training_run import Run
from tests.conftest import NOW, config_for
from tests.running import rows_of, train
from tests.stress.support import scaled

pytestmark = pytest.mark.slow

# Those that the leak makes perfect; the forests and the boosted trees of scikit-learn take long.
FULL_OF_LEAK = (
    "DecisionTreeClassifier",
    "XGBClassifier",
    *scaled(("RandomForestClassifier", "GradientBoostingClassifier", "AdaBoostClassifier"), ()),
)
SEEDS = scaled((0, 1, 42), (42,))  # 42 is the real run's own


@dataclass(frozen=True)
class RealRun:
    """A default run on the real portfolio, as its user starts it."""

    status: int
    said: str
    folder: Path
    run: Run


@pytest.fixture(scope="module")
def real_run(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> RealRun:
    """All eleven, from the command line."""
    folder, said, finished = tmp_path_factory.mktemp("real"), io.StringIO(), []

    def noted(*given: Any) -> Run:
        finished.append(run(*given))
        return finished[-1]

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        patch.setattr(cli, "run", noted)
        status = train(real_data, folder)
    return RealRun(status, said.getvalue(), folder, finished[0])


def test_the_whole_run_on_the_real_portfolio(real_run: RealRun) -> None:
    assert real_run.status == 0
    table = rows_of(real_run.folder / "results" / results.MODEL_RESULTS)
    assert len(table) == 11
    [champion] = [row for row in table if row["campeon"]]
    low, auc, high = (
        float(champion[name]) for name in ("roc_auc_ic95_inf", "roc_auc", "roc_auc_ic95_sup")
    )
    assert 0.60 <= auc <= 0.80
    assert low < auc < high
    assert "puntaje, ratio_puntajes" in real_run.said
    link = real_run.folder / "models" / store.LATEST
    assert link.is_symlink()
    assert not link.readlink().is_absolute()
    metadata = ModelDeployment.load(real_run.folder / "models").metadata
    assert metadata.data["rows_read"] == 6_908
    assert metadata.data["rows_rejected"] == 0


def forced(real: Run, trained: TrainedCandidate, patch: pytest.MonkeyPatch) -> TrainingResult:
    """Compare a candidate alone, as the run trained it, whatever its worth beside the base rate."""
    module = "mlops_pipeline.src.model_training_evaluation"
    patch.setattr(f"{module}.train_all", lambda *_: (trained,))
    patch.setattr(f"{module}.permutation_importance", lambda *_: ())  # a minute where rows compare
    patch.setattr(
        "mlops_pipeline.src.training.selection.Validated.beats_base_rate", property(lambda _: True)
    )
    names = model_features(real.audit, LeakagePolicy.QUARANTINE)

    def labelled(loans: LoanTable) -> LabelledFeatures:
        return LabelledFeatures(build_features(loans).select(names), target_of(loans))

    return train_and_compare(
        labelled(real.split.train),
        labelled(real.split.test),
        rolling_origin(real.split.train),
        replace(real.options, candidates=(trained.candidate,)),
    )


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.name)
def test_each_candidate_forced_as_champion_is_exact(
    candidate: Candidate, real_run: RealRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With its own calibration and its own threshold.
    every = [one.validated.trained for one in real_run.run.result.candidates]
    [trained] = [one for one in every if one.candidate.name == candidate.name]
    result = forced(real_run.run, trained, monkeypatch)
    assert result.champion.result.candidate.name == candidate.name
    assert result.blocked is None
    assert result.refusals == ()
    proof = result.champion.parity
    assert proof.exact
    assert RowKind.OUT_OF_TIME in proof.comparisons
    assert proof.max_difference <= 1e-5
    assert all(found.flips == 0 for found in proof.comparisons.values())


def test_what_the_leak_claims(real_data: Path, tmp_path: Path) -> None:
    config = config_for(real_data, tmp_path, *FULL_OF_LEAK, leakage=LeakagePolicy.KEEP)
    run(replace(config, training=replace(config.training, jobs=2)), NOW, lambda _line: None)
    table = {row["modelo"]: row for row in rows_of(config.results_dir / results.MODEL_RESULTS)}
    claimed = {name: f"{float(table[name]['roc_auc']):.4f}" for name in FULL_OF_LEAK}
    assert claimed == dict.fromkeys(FULL_OF_LEAK, "1.0000")
    assert not config.models_dir.exists()


def plain_models(seed: int) -> dict[str, Any]:
    """What anyone would try first, regularised, and LightGBM as the candidate is set."""
    regularised = LGBMClassifier(
        n_estimators=200,
        learning_rate=0.03,
        num_leaves=7,
        min_child_samples=60,
        subsample=0.7,
        subsample_freq=1,
        colsample_bytree=0.7,
        reg_lambda=10,
        n_jobs=1,
        random_state=seed,
        verbose=-1,
    )
    logistic = make_pipeline(
        SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(C=0.1)
    )
    own = BY_NAME["LGBMClassifier"].build(seed)
    return {"regularised": regularised, "logistic": logistic, "as the candidate": own}


@pytest.fixture(scope="module")
def plain(real_run: RealRun) -> dict[str, float]:
    """The mean ROC-AUC of plain models in the same folds, over three seeds."""
    train_side = real_run.run.split.train
    inputs = build_features(train_side).select(real_run.run.audit.clean).values
    target = target_of(train_side).astype(int)
    aucs: dict[str, list[float]] = {}
    for seed in range(3):
        for name, model in plain_models(seed).items():
            for fold in rolling_origin(train_side):
                fitted = model.fit(inputs[fold.train], target[fold.train])
                score = fitted.predict_proba(inputs[fold.validation])[:, 1]
                aucs.setdefault(name, []).append(roc_auc_score(target[fold.validation], score))
    return {name: float(np.mean(found)) for name, found in aucs.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_champion_is_no_worse_than_plain_models(
    real_run: RealRun, plain: dict[str, float], real_data: Path, tmp_path: Path, seed: int
) -> None:
    finished = real_run.run if seed == 42 else run(contest(real_data, tmp_path, seed), NOW, _quiet)
    champion = finished.result.champion.result.validated
    assert 0.60 <= champion.roc_auc.value <= 0.75
    assert champion.forward.ece.value <= 0.01
    for auc in plain.values():
        assert champion.roc_auc.value >= auc - 0.005


def contest(data: Path, folder: Path, seed: int) -> RunConfig:
    """Give the configuration of a run of the best candidates with another seed."""
    names = ("GradientBoostingClassifier", "XGBClassifier", "LGBMClassifier", "LogisticRegression")
    config = config_for(data, folder, *names)
    return replace(config, training=replace(config.training, seed=seed, jobs=2))


def _quiet(_line: str) -> None:
    """Say nothing."""
