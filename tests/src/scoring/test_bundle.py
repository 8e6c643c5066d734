"""Well-formed bundles whose parts do not fit each other, or this program."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from mlops_pipeline.bundling import bundle_of
from mlops_pipeline.src.errors import CorruptBundleError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import manifest
from mlops_pipeline.src.scoring.bundle import from_files, to_files
from mlops_pipeline.src.scoring.onnx_model import BLOCK_ROWS, OnnxModel
from tests.conftest import NOW, Trained

VERSION = "v20261123_101500"


def drop_slot(document: dict[str, Any]) -> None:
    document["slots"].pop()


def no_slots(document: dict[str, Any]) -> None:
    document["slots"].clear()


def rename_feature(document: dict[str, Any]) -> None:
    document["slots"][0]["feature"] = "ratio_nuevo"


def empty_codes(document: dict[str, Any]) -> None:
    for slot in document["slots"]:
        slot["codes"] = []


def set_threshold(value: float) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["rule"].update(threshold=value)


def isotonic_without_knots(document: dict[str, Any]) -> None:
    document["calibration"] = {"kind": "isotonic", "knots": []}


def unknown_column(document: dict[str, Any]) -> None:
    document["ranges"]["columna_nueva"] = {"low": 0, "high": 1}


def other_format(document: dict[str, Any]) -> None:
    document["bundle_format"] = 7


def other_column(document: dict[str, Any]) -> None:
    document["score_column"] = 5


def without_date(document: dict[str, Any]) -> None:
    document["loans"][0].pop("fecha_prestamo")


def fewer_probabilities(document: dict[str, Any]) -> None:
    document["probabilities"].pop()


def turned_decision(document: dict[str, Any]) -> None:
    document["decisions"][0] = 1 - document["decisions"][0]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (manifest.ENCODER, drop_slot),
        (manifest.ENCODER, no_slots),
        (manifest.ENCODER, rename_feature),
        (manifest.ENCODER, empty_codes),
        (manifest.CALIBRATION, set_threshold(0.0)),
        (manifest.CALIBRATION, set_threshold(1.0)),
        (manifest.CALIBRATION, isotonic_without_knots),
        (manifest.DOMAIN, unknown_column),
        (manifest.METADATA, other_format),
        (manifest.METADATA, other_column),
        (manifest.SELFTEST, without_date),
        (manifest.SELFTEST, fewer_probabilities),
        (manifest.SELFTEST, turned_decision),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_parts_that_do_not_fit_are_refused(
    trained: Trained, name: str, change: Callable[[dict[str, Any]], None]
) -> None:
    files = dict(to_files(bundle_of(trained.run, VERSION, NOW)))
    document = json.loads(files[name])
    change(document)
    files[name] = json.dumps(document).encode()
    with pytest.raises(CorruptBundleError):
        ModelDeployment(from_files(files))


def test_a_bundle_comes_back_as_it_went(trained: Trained) -> None:
    bundle = bundle_of(trained.run, VERSION, NOW)
    files: Mapping[str, bytes] = to_files(bundle)
    assert to_files(from_files(files)) == files


def test_blocks_score_like_the_whole(trained: Trained) -> None:
    exported = trained.run.result.champion.exported
    width = len(trained.run.result.champion.result.validated.trained.fitted.encoder.slots)
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(2 * BLOCK_ROWS + 5, width)).astype(np.float32)
    model = OnnxModel(exported.graph)
    whole = model.score(inputs, exported.score_column)
    parts = [
        model.score(inputs[row : row + 1], exported.score_column)[0]
        for row in (0, BLOCK_ROWS - 1, BLOCK_ROWS, 2 * BLOCK_ROWS + 4)
    ]
    rows = [0, BLOCK_ROWS - 1, BLOCK_ROWS, 2 * BLOCK_ROWS + 4]
    np.testing.assert_allclose(whole[rows], parts, atol=1e-7)
