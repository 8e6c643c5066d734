"""Every setting that comes from the environment, once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from mlops_pipeline import messages
from mlops_pipeline.database_url import check_url

MIB = 1 << 20

_SECRETS = frozenset({"api_keys", "api_key", "database_url"})


def _lower(value: object) -> object:
    """Give a text in small letters."""
    return value.lower() if isinstance(value, str) else value


def _listed(value: object) -> object:
    """Give the parts of a text between commas."""
    if not isinstance(value, str):
        return value
    parts = tuple(part.strip().lower() for part in value.split(",") if part.strip())
    return parts or (value,)  # separators alone are a mistake, not an empty list


def _database(value: str) -> str:
    """Check that a text names a database of a kind that the log can be kept in."""
    check_url(value)
    return value


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Settings(BaseSettings):
    """Settings of the service; each may be given as an environment variable of its name.

    Attributes:
        workers: processes that answer; each has its own copy of the model.
        api_keys: SHA-256, in hexadecimal, of each key that is accepted; none: no key is asked for.
        prediction_log: whether each prediction is stored before it is answered.
        prediction_log_days: how long predictions are kept; None: for ever.
        max_body_bytes: of a batch; one loan has its own, smaller limit.
        max_in_flight: requests at a time in one worker; more are refused with 503.
        monitoring_seconds: how often newly logged predictions are counted.
        monitoring_metrics_seconds: how often the metrics of drift are computed.
        model_poll_seconds: how often the published model is looked at.
        api_url: where the dashboard finds the service.
        api_key: what the dashboard sends to `api_url`, and nowhere else.
        dashboard_port: where `make run` serves the dashboard.

    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    models_dir: Path = Path("models")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65_535)
    log_level: Annotated[
        Literal["critical", "error", "warning", "info", "debug"], BeforeValidator(_lower)
    ] = "info"
    workers: int = Field(default=1, ge=1, le=64)
    api_keys: Annotated[tuple[Sha256, ...], NoDecode, BeforeValidator(_listed)] = ()
    prediction_log: Annotated[Literal["durable", "off"], BeforeValidator(_lower)] = "durable"
    database_url: Annotated[str, AfterValidator(_database)] = (
        "sqlite:///predictions/predictions.sqlite3"
    )
    prediction_log_days: int | None = Field(default=None, ge=1, le=36_500)
    max_batch_loans: int = Field(default=10_000, ge=1, le=1_000_000)
    max_body_bytes: int = Field(default=16 * MIB, ge=1_024, le=1_024 * MIB)
    max_file_bytes: int = Field(default=1_024 * MIB, ge=1_024)
    max_in_flight: int = Field(default=512, ge=1, le=100_000)
    monitoring_seconds: float = Field(default=5.0, ge=0.05, le=3_600)
    monitoring_metrics_seconds: float = Field(default=30.0, ge=0.05, le=86_400)
    model_poll_seconds: float = Field(default=1.0, ge=0.05, le=60)
    api_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+")] = "http://localhost:8000"
    api_key: SecretStr | None = Field(default=None, min_length=1)
    dashboard_port: int = Field(default=8501, ge=1, le=65_535)


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SystemExit: a setting is not allowed; its text names it, what came and what is allowed.

    """
    try:
        return Settings()
    except ValidationError as error:
        found = "; ".join(_said(str(item["loc"][0]), item["input"]) for item in error.errors())
        raise SystemExit(messages.failed(found)) from None


def _said(name: str, came: object) -> str:
    """Say what is wrong with a setting, but for what may be a secret."""
    return messages.bad_setting(name, None if name in _SECRETS else str(came))
