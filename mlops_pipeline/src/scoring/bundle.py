"""A model bundle in memory, to and from the files that the registry keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError

from mlops_pipeline import messages
from mlops_pipeline.src.data.schema import NUMERIC
from mlops_pipeline.src.errors import CorruptBundleError
from mlops_pipeline.src.features.catalogue import FEATURE_NAMES, FEATURE_SET_VERSION
from mlops_pipeline.src.features.encoder import Encoder, SlotKind
from mlops_pipeline.src.registry import manifest
from mlops_pipeline.src.scoring.calibration import Calibration, CalibrationKind, DecisionRule
from mlops_pipeline.src.scoring.domain import TrainingDomain

T = TypeVar("T")
JsonObject = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class FeatureCounts:
    """The three counts that belong together wherever one is shown."""

    catalogue: int
    after_audit: int
    model_inputs: int


@dataclass(frozen=True, slots=True)
class Metadata:
    """Which model this is, on what data, how good: what `GET /model/info` answers.

    Attributes:
        created_at: ISO 8601, UTC.
        features: the features that the model's inputs are made from.
        inputs: the model's inputs in their order, by name.
        data: file, SHA-256, counts and periods.
        metrics: measures of the champion, with intervals.
        audit: the leakage audit's findings and policy.
        score_column: where the graph's output holds the score of class 1.
        contains_client_rows: whether the graph holds training loans (KNeighbors, SVC).

    """

    bundle_format: int
    version: str
    created_at: str
    model_name: str
    hyperparameters: JsonObject
    feature_set_version: int
    feature_counts: FeatureCounts
    features: tuple[str, ...]
    inputs: tuple[str, ...]
    data: JsonObject
    metrics: JsonObject
    audit: JsonObject
    seed: int
    libraries: Mapping[str, str]
    score_column: int
    contains_client_rows: bool


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Generated loans as a client would send them, with the probabilities they must give."""

    loans: tuple[Mapping[str, int | float | str | None], ...]
    probabilities: tuple[float, ...]
    decisions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """How a raw score becomes a decision: calibration, then threshold."""

    calibration: Calibration
    rule: DecisionRule


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """All that a published model is made of.

    Attributes:
        estimator: the pickled estimator, for the data scientist; None where a bundle was loaded
            to be served, as the service never reads it.
        reference: the reference profile, for monitoring, which alone knows what it says.
        history: counts of the training and out-of-time loans by month and segment, likewise.

    """

    graph: bytes
    encoder: Encoder
    decision: Decision
    domain: TrainingDomain
    metadata: Metadata
    selftest: SelfTest
    estimator: bytes | None
    reference: bytes
    history: bytes


_ENCODER = TypeAdapter(Encoder)
_DECISION = TypeAdapter(Decision)
_DOMAIN = TypeAdapter(TrainingDomain)
_METADATA = TypeAdapter(Metadata)
_SELFTEST = TypeAdapter(SelfTest)


def to_files(bundle: ModelBundle) -> Mapping[str, bytes]:
    """Give a bundle as file name -> content.

    Raises:
        ValueError: it was loaded to be served, without its estimator.

    """
    if bundle.estimator is None:
        raise ValueError(manifest.ESTIMATOR)
    return {
        manifest.MODEL: bundle.graph,
        manifest.ENCODER: _ENCODER.dump_json(bundle.encoder, indent=2),
        manifest.CALIBRATION: _DECISION.dump_json(bundle.decision, indent=2),
        manifest.DOMAIN: _DOMAIN.dump_json(bundle.domain, indent=2),
        manifest.REFERENCE: bundle.reference,
        manifest.HISTORY: bundle.history,
        manifest.METADATA: _METADATA.dump_json(bundle.metadata, indent=2),
        manifest.SELFTEST: _SELFTEST.dump_json(bundle.selftest, indent=2),
        manifest.ESTIMATOR: bundle.estimator,
    }


def from_files(files: Mapping[str, bytes]) -> ModelBundle:
    """Give the bundle that these files hold; the estimator may be left out.

    Raises:
        CorruptBundleError: a file does not say what it should, or the features were defined
            otherwise when the model was trained.

    """
    bundle = ModelBundle(
        graph=files[manifest.MODEL],
        encoder=_parse(_ENCODER, files, manifest.ENCODER),
        decision=_parse(_DECISION, files, manifest.CALIBRATION),
        domain=_parse(_DOMAIN, files, manifest.DOMAIN),
        metadata=_parse(_METADATA, files, manifest.METADATA),
        selftest=_parse(_SELFTEST, files, manifest.SELFTEST),
        estimator=files.get(manifest.ESTIMATOR),
        reference=files[manifest.REFERENCE],
        history=files[manifest.HISTORY],
    )
    _check_agreement(bundle)
    found = bundle.metadata.feature_set_version
    if found != FEATURE_SET_VERSION:
        raise CorruptBundleError(messages.wrong_feature_set(found, FEATURE_SET_VERSION))
    return bundle


def _check_agreement(bundle: ModelBundle) -> None:
    """Raise a CorruptBundleError if a part names what this program does not have."""
    metadata, slots = bundle.metadata, bundle.encoder.slots
    columns = {*bundle.domain.ranges, *bundle.domain.codes}
    agrees = {
        manifest.ENCODER: bool(slots)
        and {slot.feature for slot in slots} <= set(FEATURE_NAMES)
        and all(len(slot.codes) == 1 for slot in slots if slot.kind is SlotKind.CATEGORY),
        manifest.DOMAIN: columns <= {column.name for column in NUMERIC},
        manifest.CALIBRATION: 0 < bundle.decision.rule.threshold < 1
        and (
            bundle.decision.calibration.kind is not CalibrationKind.ISOTONIC
            or len(bundle.decision.calibration.knots) > 0
        ),
        manifest.METADATA: metadata.bundle_format == manifest.BUNDLE_FORMAT
        and metadata.score_column in (0, 1),
    }
    for name, holds in agrees.items():
        if not holds:
            raise CorruptBundleError(messages.corrupt_file(name))


def _parse(adapter: TypeAdapter[T], files: Mapping[str, bytes], name: str) -> T:
    """Parse one file."""
    try:
        return adapter.validate_json(files[name])
    except ValidationError as error:
        raise CorruptBundleError(messages.corrupt_file(name)) from error
