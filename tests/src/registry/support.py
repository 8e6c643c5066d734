"""Registries to damage, small disks to fill, processes that kill themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import ledger, manifest, store
from mlops_pipeline.src.registry.ledger import Change, LedgerEntry
from mlops_pipeline.src.scoring.bundle import ModelBundle, from_files
from tests.conftest import NOW, ROOT, Trained

A, B, C = "v20261123_101500", "v20261123_111500", "v20261123_121500"
CHANGE = Change(NOW, "prueba", "se prueba")


def bundle(trained: Trained, **changes: object) -> Callable[[str], ModelBundle]:
    """Give the trained bundle under any version, with changes of its metadata."""
    made = from_files(store.read_files(store.latest_folder(trained.models_dir)))

    def of(version: str) -> ModelBundle:
        metadata = replace(made.metadata, version=version, **changes)  # type: ignore[arg-type]
        return replace(made, metadata=metadata)

    return of


def publish(
    trained: Trained, models_dir: Path, hours: int, *, promote: bool = True, **changes: object
) -> str:
    """Publish the trained model so many hours later; give the version."""
    now = NOW + timedelta(hours=hours)
    made = bundle(trained, **changes)
    return ModelDeployment.save(
        made, models_dir, now, promote=promote, who="prueba"
    ).metadata.version


def three_versions(trained: Trained, models_dir: Path) -> Path:
    """Publish A, B and C; A serves."""
    for hours in range(3):
        publish(trained, models_dir, hours, promote=hours == 0)
    return models_dir


def serving(models_dir: Path) -> str:
    """Load what is published; give its version."""
    version = ModelDeployment.load(models_dir).metadata.version
    assert str((models_dir / store.LATEST).readlink()) == version
    return version


def names(models_dir: Path) -> list[str]:
    """Give the published versions' names, newest first."""
    return [version.name for version in store.versions(models_dir)]


def hidden(models_dir: Path) -> list[str]:
    """Give what is in the registry and no version."""
    return [path.name for path in models_dir.iterdir() if path.name.startswith(".")]


def changes(models_dir: Path) -> list[LedgerEntry]:
    """Give the promotions and rollbacks of a ledger without a damaged line."""
    history = ledger.read(models_dir)
    assert not history.damaged
    return [entry for entry in history.entries if entry.action != "publish"]


def assert_chained(models_dir: Path) -> None:
    """Check that each change starts where the one before ended, and the last one at `latest`."""
    found = changes(models_dir)
    ends = [entry.to_version for entry in found]
    assert [entry.from_version for entry in found] == [None, *ends[:-1]]
    assert store.named_by_latest(models_dir) == ends[-1]


def rewrite(folder: Path, replaced: Mapping[str, bytes]) -> None:
    """Change a bundle's files and make the manifest agree, as someone with intent would."""
    files = {**store.read_files(folder), **replaced}
    for name, content in {**files, manifest.MANIFEST: manifest.write_manifest(files)}.items():
        (folder / name).write_bytes(content)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Give a disk of this size."""
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        reason = "a disk cannot be mounted here (not root, or not allowed in this container)"
        if os.environ.get("REQUIRE_E2E") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def make_read_only(disk: Path) -> None:
    """Let nobody write to a mounted disk, not even root."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def python(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that runs a script."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
