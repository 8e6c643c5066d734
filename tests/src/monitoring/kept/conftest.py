"""Logs with loans in them, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from mlops_pipeline.src.monitoring.kept.tables import METADATA
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.tables import METADATA as LOG
from tests.postgres import Cluster, running_cluster
from tests.src.monitoring.prediction_log.support import opened


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this test run."""
    with running_cluster() as found:
        yield found


@pytest.fixture
def postgres_url(cluster: Cluster) -> Iterator[str]:
    """An empty PostgreSQL database."""
    yield cluster.url
    engine = create_engine(cluster.url.replace("postgresql:", "postgresql+psycopg:"))
    for metadata in (METADATA, LOG):
        metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.e2e)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/registro.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def log(url: str) -> Iterator[PredictionStore]:
    """An open, empty log."""
    with opened(url) as found:
        yield found
