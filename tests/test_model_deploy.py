"""Publishing, loading and refusing bundles."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from mlops_pipeline.bundling import SELFTEST_LOANS, bundle_of
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.samples import sample_documents
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import CorruptBundleError, NoModelError, PublishError
from mlops_pipeline.src.features.catalogue import FEATURE_SET_VERSION
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import ledger, manifest, store
from mlops_pipeline.src.scoring.bundle import ModelBundle, from_files, to_files
from mlops_pipeline.src.training.export import raw_score
from tests.conftest import NOW, Trained

CHANGE = ledger.Change(NOW, "prueba")


@pytest.fixture
def models_dir(trained: Trained, tmp_path: Path) -> Path:
    """A copy of the published models, to be damaged."""
    return shutil.copytree(trained.models_dir, tmp_path / "models", symlinks=True)


def bundle(trained: Trained) -> Callable[[str], ModelBundle]:
    return lambda version: bundle_of(trained.run, version, NOW)


def loans(rows: int) -> LoanTable:
    return LoanTable.from_loans([loan_from_json(one) for one in sample_documents(rows, 5)])


def test_what_is_published_is_exactly_the_bundle(trained: Trained) -> None:
    link = trained.models_dir / store.LATEST
    assert str(link.readlink()) == "v20261123_101500"
    assert {path.name for path in link.iterdir()} == {*manifest.FILES, manifest.MANIFEST}
    assert stat.S_IMODE(link.resolve().stat().st_mode) == 0o755
    assert {stat.S_IMODE(path.stat().st_mode) for path in link.iterdir()} == {0o644}
    assert not [p for p in trained.models_dir.iterdir() if p.name.startswith(".")]


def test_a_loaded_model_answers_like_the_trained_one(trained: Trained) -> None:
    run = trained.run
    model = ModelDeployment.load(trained.models_dir)
    result = run.result.champion.result
    fitted, decision = result.validated.trained.fitted, result.decision
    test = run.split.test
    inputs = fitted.encoder.transform(build_features(test))
    expected = decision.calibration.apply(raw_score(fitted.estimator, inputs))
    found = model.predict(test)
    np.testing.assert_allclose(found.probability, expected, atol=1e-5)
    np.testing.assert_array_equal(found.decision, decision.rule.decide(expected))


def test_one_loan_is_scored_like_the_table(trained: Trained) -> None:
    model = ModelDeployment.load(trained.models_dir)
    table = loans(100)
    scores = model.predict(table)
    for row in range(100):
        one = model.predict_one(table.loan(row))
        assert one.decision == scores.decision[row]
        assert one.probability == pytest.approx(scores.probability[row], abs=1e-6)
        assert {(f.column, f.finding) for f in one.flags} == {
            (f.column, f.finding) for f in scores.flags if row in f.rows
        }


def test_the_self_test_holds_generated_loans_and_no_real_one(trained: Trained) -> None:
    files = store.read_files(store.latest_folder(trained.models_dir))
    selftest = from_files(files).selftest
    assert len(selftest.loans) == len(selftest.probabilities) == SELFTEST_LOANS
    assert list(selftest.loans) == sample_documents(SELFTEST_LOANS, 42)


def test_nothing_published_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match=r"run_pipeline\.py"):
        ModelDeployment.load(tmp_path)
    with pytest.raises(NoModelError):
        ModelDeployment.load(tmp_path / "absent")


@pytest.mark.parametrize("name", [*manifest.FILES, manifest.MANIFEST])
@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped", "empty"])
def test_a_damaged_file_is_never_loaded(models_dir: Path, name: str, damage: str) -> None:
    path = models_dir / store.LATEST / name
    content = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    with pytest.raises(CorruptBundleError):
        ModelDeployment.load(models_dir)


def test_the_estimator_is_checked_and_not_kept(models_dir: Path) -> None:
    folder = store.latest_folder(models_dir)
    served = store.read_served(folder)
    whole = dict(store.read_files(folder))
    whole.pop(manifest.ESTIMATOR)
    assert served.contents == whole
    assert served.version == folder.name
    assert served.digest == hashlib.sha256((folder / manifest.MANIFEST).read_bytes()).hexdigest()
    assert from_files(served.contents).estimator is None
    with pytest.raises(ValueError, match=manifest.ESTIMATOR):
        to_files(from_files(served.contents))


def rewrite(models_dir: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change a bundle's files and make the manifest agree, as someone with intent would."""
    folder = store.latest_folder(models_dir)
    files = dict(store.read_files(folder))
    change(files)
    for name, content in {**files, manifest.MANIFEST: manifest.write_manifest(files)}.items():
        (folder / name).write_bytes(content)


def test_another_bundle_format_is_refused(models_dir: Path) -> None:
    path = models_dir / store.LATEST / manifest.MANIFEST
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "bundle_format": 99}))
    with pytest.raises(CorruptBundleError, match="formato 99"):
        ModelDeployment.load(models_dir)


@pytest.mark.parametrize("content", ["[]", "{}", '{"bundle_format": 1, "files": {"a": "b"}}'])
def test_a_manifest_of_other_things_is_refused(models_dir: Path, content: str) -> None:
    (models_dir / store.LATEST / manifest.MANIFEST).write_text(content)
    with pytest.raises(CorruptBundleError):
        ModelDeployment.load(models_dir)


def test_another_feature_set_is_refused(models_dir: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        document = json.loads(files[manifest.METADATA])
        document["feature_set_version"] = FEATURE_SET_VERSION + 1
        files[manifest.METADATA] = json.dumps(document).encode()

    rewrite(models_dir, change)
    with pytest.raises(CorruptBundleError, match="versión 2 de las variables"):
        ModelDeployment.load(models_dir)


@pytest.mark.parametrize("name", [manifest.ENCODER, manifest.METADATA, manifest.SELFTEST])
def test_a_file_that_says_something_else_is_refused(models_dir: Path, name: str) -> None:
    rewrite(models_dir, lambda files: files.update({name: b'{"slots": 3}'}))
    with pytest.raises(CorruptBundleError, match=name):
        ModelDeployment.load(models_dir)


def test_bytes_that_are_no_graph_are_refused(models_dir: Path) -> None:
    rewrite(models_dir, lambda files: files.update({manifest.MODEL: b"no graph"}))
    with pytest.raises(CorruptBundleError, match=r"model\.onnx"):
        ModelDeployment.load(models_dir)


def test_a_model_that_answers_otherwise_is_refused(models_dir: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        document = json.loads(files[manifest.ENCODER])
        document["slots"][0], document["slots"][1] = document["slots"][1], document["slots"][0]
        document["slots"].reverse()
        files[manifest.ENCODER] = json.dumps(document).encode()

    rewrite(models_dir, change)
    with pytest.raises(CorruptBundleError, match="autoverificación"):
        ModelDeployment.load(models_dir)


def test_an_empty_self_test_proves_nothing(trained: Trained) -> None:
    made = bundle_of(trained.run, "v20261123_101501", NOW)
    empty = replace(made, selftest=replace(made.selftest, loans=(), probabilities=()))
    with pytest.raises(CorruptBundleError, match="selftest"):
        ModelDeployment(empty)


@pytest.mark.parametrize("target", ["/etc", "../elsewhere", "v20200101_000000", "."])
def test_latest_names_only_a_version_beside_it(models_dir: Path, target: str) -> None:
    link = models_dir / store.LATEST
    link.unlink()
    link.symlink_to(target)
    with pytest.raises(CorruptBundleError, match="enlace relativo"):
        ModelDeployment.load(models_dir)


def test_latest_is_a_link_and_no_folder(models_dir: Path) -> None:
    (models_dir / store.LATEST).unlink()
    (models_dir / store.LATEST).mkdir()
    with pytest.raises(CorruptBundleError):
        ModelDeployment.load(models_dir)


def test_a_second_publication_takes_over_and_keeps_the_first(
    trained: Trained, models_dir: Path
) -> None:
    later = NOW + timedelta(hours=1)
    model = ModelDeployment.save(bundle(trained), models_dir, later)
    assert model.metadata.version == "v20261123_111500"
    assert ModelDeployment.load(models_dir).metadata.version == "v20261123_111500"
    store.promote(models_dir, "v20261123_101500", CHANGE)
    assert ModelDeployment.load(models_dir).metadata.version == "v20261123_101500"


def test_publications_in_the_same_second_do_not_collide(trained: Trained, tmp_path: Path) -> None:
    made = bundle(trained)
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda _: ModelDeployment.save(made, tmp_path, NOW), range(4)))
    versions = {model.metadata.version for model in models}
    assert len(versions) == 4
    assert {path.name for path in tmp_path.iterdir()} == {*versions, store.LATEST, ledger.LEDGER}
    assert ModelDeployment.load(tmp_path).metadata.version in versions


def test_a_bundle_that_fails_its_self_test_is_not_published(
    trained: Trained, models_dir: Path
) -> None:
    def wrong(version: str) -> ModelBundle:
        made = bundle_of(trained.run, version, NOW)
        shifted = tuple(p * 0.9 for p in made.selftest.probabilities)
        return replace(made, selftest=replace(made.selftest, probabilities=shifted))

    before = sorted(path.name for path in models_dir.iterdir())
    with pytest.raises(CorruptBundleError):
        ModelDeployment.save(wrong, models_dir, NOW + timedelta(hours=1))
    assert sorted(path.name for path in models_dir.iterdir()) == before


def test_an_interrupted_publication_leaves_nothing(trained: Trained, models_dir: Path) -> None:
    def interrupted(_version: str) -> ModelBundle:
        raise KeyboardInterrupt

    before = sorted(path.name for path in models_dir.iterdir())
    with pytest.raises(KeyboardInterrupt):
        ModelDeployment.save(interrupted, models_dir, NOW + timedelta(hours=1))
    assert sorted(path.name for path in models_dir.iterdir()) == before


def test_a_models_directory_that_is_a_file_cannot_be_published_to(
    trained: Trained, tmp_path: Path
) -> None:
    path = tmp_path / "models"
    path.write_text("")
    with pytest.raises(PublishError, match="models"):
        ModelDeployment.save(bundle(trained), path, NOW)


def test_a_write_that_fails_leaves_the_last_good_model(trained: Trained, models_dir: Path) -> None:
    files = to_files(bundle_of(trained.run, "v20261123_120000", NOW))
    reservation = store.reserve(models_dir, NOW + timedelta(hours=2))
    (reservation.folder / manifest.MODEL).mkdir()  # stands in the file's way
    with pytest.raises(PublishError):
        store.publish(reservation, files, CHANGE)
    assert not reservation.folder.exists()
    assert ModelDeployment.load(models_dir).metadata.version == "v20261123_101500"


def test_only_a_sound_version_is_promoted(models_dir: Path) -> None:
    with pytest.raises(CorruptBundleError):
        store.promote(models_dir, "v20300101_000000", CHANGE)
    assert ModelDeployment.load(models_dir).metadata.version == "v20261123_101500"


def test_promotion_that_cannot_replace_the_link_says_so(trained: Trained, tmp_path: Path) -> None:
    model = ModelDeployment.save(bundle(trained), tmp_path, NOW)
    link = tmp_path / store.LATEST
    link.unlink()
    link.mkdir()
    (link / "something").touch()
    with pytest.raises(PublishError):
        store.promote(tmp_path, model.metadata.version, CHANGE)
