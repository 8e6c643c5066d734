"""Every setting that comes from the environment, once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from mlops_pipeline import messages


def _lower(value: object) -> object:
    """Give a text in small letters."""
    return value.lower() if isinstance(value, str) else value


class Settings(BaseSettings):
    """Settings of the service; each may be given as an environment variable of its name."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    models_dir: Path = Path("models")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65_535)
    log_level: Annotated[
        Literal["critical", "error", "warning", "info", "debug"], BeforeValidator(_lower)
    ] = "info"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SystemExit: a setting is not allowed; its text names it, what came and what is allowed.

    """
    try:
        return Settings()
    except ValidationError as error:
        found = "; ".join(
            messages.bad_setting(str(item["loc"][0]), str(item["input"])) for item in error.errors()
        )
        raise SystemExit(messages.failed(found)) from None
