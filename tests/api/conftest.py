"""Services to ask: one for all tests of a module, or one of a test's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.support import DIGEST, database, service
from tests.conftest import Trained

Serve = Callable[..., TestClient]


@pytest.fixture
def models_dir(trained: Trained, tmp_path: Path) -> Path:
    """A copy of the published models, to be changed."""
    return shutil.copytree(trained.models_dir, tmp_path / "models", symlinks=True)


@pytest.fixture
def serve(trained: Trained) -> Iterator[Serve]:
    """Start services; settings as arguments, the published models unless told otherwise."""
    with ExitStack() as stack:

        def start(models_dir: Path = trained.models_dir, **settings: Any) -> TestClient:
            return stack.enter_context(service(models_dir, **settings))

        yield start


@pytest.fixture(scope="module")
def plain(trained: Trained) -> Iterator[TestClient]:
    """A service without keys and log, with small limits."""
    limits = {"max_batch_loans": 20, "max_body_bytes": 1 << 17, "max_file_bytes": 1 << 20}
    with service(trained.models_dir, **limits) as client:
        yield client


@pytest.fixture(scope="module")
def logged(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with a key and the durable log."""
    url = database(tmp_path_factory.mktemp("log"))
    with service(trained.models_dir, database_url=url, api_keys=(DIGEST,)) as client:
        yield client


@pytest.fixture
def own(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A service whose temporary files are in `tmp_path / "tmp"`."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return serve()
