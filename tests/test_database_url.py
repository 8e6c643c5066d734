"""An address is taken or refused before anything connects, and its password stays unsaid."""

from __future__ import annotations

import pytest

from mlops_pipeline import messages
from mlops_pipeline.database_url import check_url
from mlops_pipeline.src.errors import InputError
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore


@pytest.mark.parametrize(
    "url",
    [
        "",
        "predicciones.db",
        "mysql://u@h/b",
        "http://x:y",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://carpeta/predicciones.db",
        "postgresql://usuario:cla@ve@servidor/base",
        "postgresql://usuario:cla@ve/secreta@servidor/base",
        "postgresql://usu/ario:clave@servidor/base",
        "postgresql://usuario:cla@ve:1x@servidor/base",
    ],
)
def test_a_url_that_the_log_cannot_be_kept_in_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL") as caught:
        check_url(url)
    with pytest.raises(InputError) as store_says:
        PredictionStore(url)
    assert str(caught.value) == str(store_says.value) == messages.LOG_BAD_DATABASE_URL


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///predicciones.db",
        "sqlite:////ruta/a@b/predicciones.db",
        "postgresql://usuario:cla%40ve%2F@servidor:5432/base",
        "postgresql:///base?host=/run/postgresql",
        "postgres://usuario:clave@servidor/base",
        "postgresql+psycopg://servidor/base",
    ],
)
def test_a_url_that_the_log_can_be_kept_in_is_taken(url: str) -> None:
    check_url(url)
    PredictionStore(url).close()
