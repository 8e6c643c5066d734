"""The published model on this machine: what it was trained on, and what watches its loans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from mlops_pipeline.src.errors import BundleError, WindowError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.reference import Reference, load_reference
from mlops_pipeline.src.registry.store import latest_folder
from mlops_pipeline.watching import Watch


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A verified model and its watch; `folder` names it among all models of this machine."""

    folder: str
    deployment: ModelDeployment
    watch: Watch
    reference: Reference

    @property
    def version(self) -> str:
        """The bundle's version."""
        return self.deployment.metadata.version


@dataclass(frozen=True, slots=True)
class NoLocalModel:
    """There is none that can be used; `why` says so in a sentence."""

    why: str


def local_model(models_dir: Path) -> LocalModel | NoLocalModel:
    """Give the model that `latest` names now; each version is loaded once."""
    try:
        folder = latest_folder(models_dir)
        return _loaded(str(models_dir.resolve()), folder.name)
    except (BundleError, WindowError) as error:
        return NoLocalModel(str(error))


@st.cache_resource(max_entries=2, show_spinner=False)
def _loaded(models_dir: str, version: str) -> LocalModel:
    """Load and verify a version."""
    deployment = ModelDeployment.load_version(Path(models_dir), version)
    return LocalModel(
        f"{models_dir}/{version}",
        deployment,
        Watch(deployment),
        load_reference(deployment.reference),
    )
