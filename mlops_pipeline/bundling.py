"""A training run's outcome as a bundle: what the service and the auditor need of it."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version as installed_version

import joblib
from pydantic import JsonValue, TypeAdapter

from mlops_pipeline.profiles import profiles_of
from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.samples import sample_documents
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.features.catalogue import FEATURE_SET_VERSION, columns_of
from mlops_pipeline.src.features.leakage import LeakageAudit
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.model_training_evaluation import Champion
from mlops_pipeline.src.registry.manifest import BUNDLE_FORMAT
from mlops_pipeline.src.scoring.bundle import (
    JsonObject,
    Metadata,
    ModelBundle,
    SelfTest,
)
from mlops_pipeline.src.scoring.domain import learn_domain
from mlops_pipeline.src.scoring.scorer import PARITY
from mlops_pipeline.src.training.parity import ParityProof
from mlops_pipeline.src.training.periods import period
from mlops_pipeline.src.training.selection import Validated
from mlops_pipeline.training_run import Run

SELFTEST_LOANS = 64
_LIBRARIES = ("numpy", "scikit-learn", "xgboost-cpu", "lightgbm", "onnx", "onnxruntime")
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def bundle_of(run: Run, version: str, now: datetime) -> ModelBundle:
    """Give the champion's bundle, to be published as `version`."""
    champion = run.result.champion
    buffer = io.BytesIO()
    fitted = champion.result.validated.trained.fitted
    joblib.dump(fitted.estimator, buffer)
    profiles = profiles_of(run, version)
    return ModelBundle(
        graph=champion.exported.graph,
        encoder=fitted.encoder,
        decision=champion.result.decision,
        domain=learn_domain(run.split.train, columns_of(fitted.encoder.features)),
        metadata=_metadata(run, version, now),
        selftest=_selftest(champion, run.options.seed),
        estimator=buffer.getvalue(),
        reference=profiles.reference,
        history=profiles.history,
    )


def _metadata(run: Run, version: str, now: datetime) -> Metadata:
    """Say which model this is."""
    champion = run.result.champion
    candidate = champion.result.candidate
    encoder = champion.result.validated.trained.fitted.encoder
    return Metadata(
        bundle_format=BUNDLE_FORMAT,
        version=version,
        created_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        model_name=candidate.name,
        hyperparameters=_json_object(candidate.settings),
        feature_set_version=FEATURE_SET_VERSION,
        feature_counts=run.feature_counts,
        features=encoder.features,
        inputs=encoder.input_names,
        data=_data(run),
        metrics={
            "out_of_time": _json_object(asdict(champion.result.out_of_time)),
            "validation": _validation(champion.result.validated),
            "threshold": {**_json_object(asdict(champion.threshold)), "parity": PARITY},
            "onnx_parity": parity_document(champion.parity),
            "refused_candidates": list(run.result.refusals),
            "importance": [_json_object(asdict(one)) for one in champion.importance],
        },
        audit=audit_document(run.audit),
        seed=run.options.seed,
        libraries={name: installed_version(name) for name in _LIBRARIES},
        score_column=champion.exported.score_column,
        contains_client_rows=champion.exported.contains_client_rows,
    )


def _validation(found: Validated) -> JsonObject:
    """Say what the champion was chosen by: out-of-fold predictions of the training period."""
    return {
        "roc_auc_mean": _json_object(asdict(found.roc_auc)),
        "roc_auc_by_fold": found.trained.oof.roc_aucs.mean(axis=0).tolist(),
        "roc_auc_by_seed": found.trained.oof.roc_aucs.mean(axis=1).tolist(),
        "behind_best": _json_object(asdict(found.behind_best)),
        "tied_with_best": found.tied,
        "forward": _json_object(asdict(found.forward)),
        "base_rate_brier": found.base_rate_brier,
    }


def _data(run: Run) -> JsonObject:
    """Say what the model was trained and tested on."""
    return {
        "file": run.data_name,
        "sha256": run.portfolio.sha256,
        "rows_read": run.portfolio.rows_read,
        "rows_rejected": len(run.portfolio.rejected),
        "ignored_columns": list(run.portfolio.ignored_columns),
        "training": _period(run.split.train, run.as_of),
        "out_of_time": _period(run.split.test, run.as_of),
    }


def _period(loans: LoanTable, as_of: int) -> JsonObject:
    """Say how many loans of which dates these are."""
    found = period(loans, as_of)
    return {**_json_object(asdict(found)), "late_rate": found.late_rate}


def audit_document(audit: LeakageAudit) -> JsonObject:
    """Give the leakage audit as JSON."""
    features: list[JsonValue] = [
        {
            "feature": found.feature,
            "auc": None if math.isnan(found.auc) else found.auc,
            "taints": [taint.value for taint in found.taints],
            "made_from": list(found.parents),
        }
        for found in audit.features
    ]
    return {
        "loans": audit.loans,
        "late": audit.late,
        "row_order_auc": audit.row_order_auc,
        "tainted": list(audit.tainted),
        "features": features,
    }


def parity_document(proof: ParityProof) -> JsonObject:
    """Give the proof of parity as JSON: by kind of row, and the split thresholds tried."""
    kinds = {kind.value: _json_object(asdict(one)) for kind, one in proof.comparisons.items()}
    return {**kinds, "splits": proof.splits, "splits_tried": proof.splits_tried}


def _json_object(values: Mapping[str, object]) -> JsonObject:
    """Give a mapping of plain values as a JSON object."""
    document = _JSON.validate_python(dict(values))
    if not isinstance(document, dict):
        raise TypeError("not a JSON object")
    return document


def _selftest(champion: Champion, seed: int) -> SelfTest:
    """Give generated loans with the probabilities of the estimator itself, not of its graph."""
    documents = sample_documents(SELFTEST_LOANS, seed)
    loans, _ = clean(LoanTable.from_loans([loan_from_json(one) for one in documents]))
    fitted = champion.result.validated.trained.fitted
    raw = fitted.score(build_features(loans))
    probabilities = champion.result.decision.calibration.apply(raw)
    decisions = champion.result.decision.rule.decide(probabilities)
    return SelfTest(tuple(documents), tuple(probabilities.tolist()), tuple(decisions.tolist()))
