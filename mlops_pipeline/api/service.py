"""The model that the service answers with."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mlops_pipeline import messages
from mlops_pipeline.api import errors
from mlops_pipeline.api.ordinary import OrdinaryLoans
from mlops_pipeline.src.errors import BundleError, NoModelError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import store
from mlops_pipeline.src.registry.manifest import FILES, MANIFEST
from mlops_pipeline.src.registry.store import LATEST, ServedFiles, named_by_latest

logger = logging.getLogger(__name__)

Glance = tuple[int, int, int, int]


class Published(NamedTuple):
    """What `latest` names, as far as a glance can tell; another value: look again.

    Attributes:
        link: where the link points to, whatever that is; None: there is no link.
        files: inode, size and times of each file of the bundle behind it; None: there is none.

    """

    link: str | None
    files: tuple[Glance | None, ...]


def published(models_dir: Path) -> Published:
    """Look at what is published, without reading it (polled: notices do not cross all mounts)."""
    link = models_dir / LATEST
    try:
        target: str | None = str(link.readlink())
    except OSError:
        target = None
    return Published(target, tuple(_glance(link / name) for name in (*FILES, MANIFEST)))


def _glance(path: Path) -> Glance | None:
    """Give what changes when a file does: a bundle that is still being copied is tried again."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@dataclass(frozen=True, slots=True)
class Loading:
    """What came of looking at the registry: a model, or the reason why there is none.

    Attributes:
        reason: for who asks the service; paths are in the log alone.
        may_pass: whether the same files may be taken later (no file descriptors left, a disk away).
        files: what the model was loaded from.
        ordinary: reads the loans of which the model has nothing to say.

    """

    seen: Published
    deployment: ModelDeployment | None
    reason: str | None
    version: str | None
    may_pass: bool = False
    files: ServedFiles | None = None
    ordinary: OrdinaryLoans | None = None

    @classmethod
    def attempt(cls, models_dir: Path) -> Loading:
        """Load and verify the published model; a bundle that cannot be trusted is refused."""
        seen, version = published(models_dir), named_by_latest(models_dir)
        try:
            files = store.read_served(store.latest_folder(models_dir))
            deployment = ModelDeployment.of(files)
            ordinary = OrdinaryLoans(deployment.domain)
        except BundleError as error:
            passing = isinstance(error.__cause__, OSError)
            logger.error(  # noqa: TRY400 - its text says all, a traceback nothing more
                "model_refused", extra={"refused": version, "reason": str(error)}
            )
            return cls(seen, None, _without_paths(error, models_dir), version, passing)
        # Whatever a bundle makes the libraries raise, the model in service shall serve on, and a
        # service without one shall start and say why.
        except Exception as error:  # pylint: disable=broad-exception-caught
            logger.exception("model_refused", extra={"refused": version})
            reason = messages.loading_failed(type(error).__name__)
            return cls(seen, None, reason, version, may_pass=True)
        return cls(seen, deployment, None, files.version, files=files, ordinary=ordinary)


def _without_paths(error: BundleError, models_dir: Path) -> str:
    """Give an error's text for those who need not know where the models are."""
    if isinstance(error, NoModelError):
        return messages.NO_PUBLISHED_MODEL
    return str(error).replace(f"{models_dir}{os.sep}", "")


class Serving:
    """The model in service; swapped between two requests, never within one."""

    def __init__(self, first: Loading) -> None:
        self.deployment = first.deployment
        self.ordinary = first.ordinary
        self.reason = first.reason
        self.seen = first.seen
        self.may_pass = first.may_pass
        self._files = first.files

    def take(self, loading: Loading) -> bool:
        """Let a newly loaded model serve, or note why it must not; tell whether it serves."""
        self.seen, self.may_pass = loading.seen, loading.may_pass
        if loading.deployment is not None:
            self.deployment, self._files, self.reason = loading.deployment, loading.files, None
            self.ordinary = loading.ordinary
            return True
        self.reason = loading.reason
        if self.deployment is not None and loading.reason is not None:
            self.reason = messages.reload_refused(loading.version, loading.reason)
        return False

    @property
    def files(self) -> ServedFiles:
        """The files of the model in service.

        Raises:
            Refused: there is none (503).

        """
        if self._files is None:
            raise errors.unavailable(self.reason or messages.NO_MODEL)
        return self._files

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
