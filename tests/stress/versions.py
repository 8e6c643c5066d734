"""Versions of a model that can be told apart by the probability of every loan."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import manifest, store
from mlops_pipeline.src.registry.ledger import Change
from mlops_pipeline.src.scoring.bundle import Decision, ModelBundle, from_files
from mlops_pipeline.src.scoring.calibration import Calibration, CalibrationKind
from tests.conftest import NOW
from tests.src.registry.support import rewrite
from tests.stress.support import numbered_loan

LOANS = tuple(numbered_loan(number * 37) for number in range(20))
_STEP = 0.01  # of the log-odds, from one version to the next: 0.0005 in probability


def published_bundle(models_dir: Path) -> ModelBundle:
    """Read the bundle that `latest` names."""
    return from_files(store.read_files(store.latest_folder(models_dir)))


def shifted(base: ModelBundle, version: str, steps: int) -> ModelBundle:
    """Give a bundle whose probabilities have other log-odds, and a self-test that says so."""
    shift = steps * _STEP
    found = base.decision.calibration
    assert found.kind is not CalibrationKind.ISOTONIC
    if found.kind is CalibrationKind.IDENTITY:
        found = Calibration(CalibrationKind.PLATT_PROBABILITY)
    rule = base.decision.rule
    said = [1 / (1 + math.exp(-(math.log(p / (1 - p)) + shift))) for p in _tested(base)]
    return replace(
        base,
        decision=Decision(replace(found, intercept=found.intercept + shift), rule),
        metadata=replace(base.metadata, version=version),
        selftest=replace(
            base.selftest,
            probabilities=tuple(said),
            decisions=tuple(int(p >= rule.threshold) for p in said),
        ),
    )


def _tested(bundle: ModelBundle) -> tuple[float, ...]:
    """Give the probabilities of a bundle's self-test."""
    return bundle.selftest.probabilities


class Publisher:
    """Publishes versions, good and broken ones, and knows what each must answer."""

    def __init__(self, models_dir: Path, bases: tuple[ModelBundle, ...]) -> None:
        self.models_dir = models_dir
        self.known: dict[str, tuple[float, ...]] = {}
        self._bases = bases
        self._count = 0
        self._broken = 0

    def publish(self) -> str:
        """Publish a sound version, of one model after the other; it serves nobody yet."""
        self._count += 1
        base = self._bases[self._count % len(self._bases)]
        deployment = ModelDeployment.save(
            lambda version: shifted(base, version, self._count),
            self.models_dir,
            NOW + timedelta(seconds=self._count),
            promote=False,
            who="prueba",
        )
        self.known[deployment.metadata.version] = probabilities(deployment)
        return deployment.metadata.version

    def promote(self, version: str) -> None:
        """Let a version serve."""
        ModelDeployment.promote(self.models_dir, version, self._change())

    def roll_back(self) -> str:
        """Let the version before serve; give it."""
        return ModelDeployment.rollback(self.models_dir, self._change()).to_version

    def publish_broken(self) -> str:
        """Damage a new version and let `latest` name it, past all that would refuse it."""
        version = self.publish()
        damage = _DAMAGES[self._broken % len(_DAMAGES)]
        self._broken += 1
        damage(self.models_dir / version)
        beside = self.models_dir / ".latest.prueba"
        beside.symlink_to(version)
        beside.replace(self.models_dir / store.LATEST)
        del self.known[version]  # nobody may answer with it
        return version

    def _change(self) -> Change:
        return Change(NOW + timedelta(seconds=self._count), "prueba", "")


def probabilities(deployment: ModelDeployment) -> tuple[float, ...]:
    """Give what a model says of `LOANS`."""
    return tuple(deployment.predict_one(loan_from_json(loan)).probability for loan in LOANS)


def _truncate_model(folder: Path) -> None:
    """Leave half of the graph."""
    path = folder / manifest.MODEL
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _truncate_model_with_intent(folder: Path) -> None:
    """Leave half of the graph, and let the manifest agree."""
    content = (folder / manifest.MODEL).read_bytes()
    rewrite(folder, {manifest.MODEL: content[: len(content) // 2]})


def _edited(folder: Path) -> bytes:
    """Give the calibration with another intercept."""
    said = json.loads((folder / manifest.CALIBRATION).read_bytes())
    said["calibration"]["intercept"] += 0.5
    return json.dumps(said).encode()


def _edit_calibration(folder: Path) -> None:
    """Change a number."""
    (folder / manifest.CALIBRATION).write_bytes(_edited(folder))


def _edit_calibration_with_intent(folder: Path) -> None:
    """Change a number, and let the manifest agree: only the self-test can tell."""
    rewrite(folder, {manifest.CALIBRATION: _edited(folder)})


def _cut_json(folder: Path) -> None:
    """Cut a JSON file off, and let the manifest agree."""
    rewrite(folder, {manifest.ENCODER: (folder / manifest.ENCODER).read_bytes()[:-10]})


def _remove_a_file(folder: Path) -> None:
    """Remove a file."""
    (folder / manifest.REFERENCE).unlink()


_DAMAGES: tuple[Callable[[Path], None], ...] = (
    _truncate_model,
    _edit_calibration,
    _edit_calibration_with_intent,
    _truncate_model_with_intent,
    _cut_json,
    _remove_a_file,
)
