"""The model that the service answers with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mlops_pipeline import messages
from mlops_pipeline.api import errors
from mlops_pipeline.src.errors import BundleError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry.manifest import FILES, MANIFEST
from mlops_pipeline.src.registry.store import LATEST, named_by_latest


class Published(NamedTuple):
    """What `latest` names, as far as a glance can tell; another value: look again.

    Attributes:
        link: where the link points to, whatever that is; None: there is no link.
        files: inode, size and time of each file of the bundle behind it; None: there is none.

    """

    link: str | None
    files: tuple[tuple[int, int, int] | None, ...]


def published(models_dir: Path) -> Published:
    """Look at what is published, without reading it (polled: notices do not cross all mounts)."""
    link = models_dir / LATEST
    try:
        target: str | None = str(link.readlink())
    except OSError:
        target = None
    return Published(target, tuple(_glance(link / name) for name in (*FILES, MANIFEST)))


def _glance(path: Path) -> tuple[int, int, int] | None:
    """Give what changes when a file does: a bundle that is still being copied is tried again."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Loading:
    """What came of looking at the registry: a model, or the reason why there is none."""

    seen: Published
    deployment: ModelDeployment | None
    reason: str | None
    version: str | None

    @classmethod
    def attempt(cls, models_dir: Path) -> Loading:
        """Load and verify the published model; a bundle that cannot be trusted is refused."""
        seen, version = published(models_dir), named_by_latest(models_dir)
        try:
            deployment = ModelDeployment.load(models_dir)
        except BundleError as error:
            return cls(seen, None, str(error), version)
        return cls(seen, deployment, None, deployment.metadata.version)


class Serving:
    """The model in service; swapped between two requests, never within one."""

    def __init__(self, first: Loading) -> None:
        self.deployment = first.deployment
        self.reason = first.reason
        self.seen = first.seen

    def take(self, loading: Loading) -> bool:
        """Let a newly loaded model serve, or note why it must not; tell whether it serves."""
        self.seen = loading.seen
        if loading.deployment is not None:
            self.deployment, self.reason = loading.deployment, None
            return True
        self.reason = loading.reason
        if self.deployment is not None and loading.reason is not None:
            self.reason = messages.reload_refused(loading.version, loading.reason)
        return False

    @property
    def version(self) -> str | None:
        """The version in service."""
        return None if self.deployment is None else self.deployment.metadata.version

    @property
    def model(self) -> ModelDeployment:
        """The model in service.

        Raises:
            Refused: there is none (503).

        """
        if self.deployment is None:
            raise errors.unavailable(self.reason or messages.NO_MODEL)
        return self.deployment
