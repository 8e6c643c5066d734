"""Settings from the environment: what is not allowed ends the start with one sentence."""

from __future__ import annotations

import pytest

from mlops_pipeline.settings import Settings, load_settings

DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_KEYS", ","),
        ("API_KEYS", "una-clave-en-claro"),
        ("API_KEYS", f"{DIGEST},corta"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "mysql://u:secreto@h/b"),
        ("DATABASE_URL", "secreto"),
        ("WORKERS", "0"),
        ("PREDICTION_LOG", "siempre"),
        ("PREDICTION_LOG_DAYS", "-1"),
        ("MODEL_POLL_SECONDS", "nan"),
    ],
)
def test_what_is_not_allowed(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load_settings()
    said = str(ended.value)
    assert f"{name} no puede ser" in said
    assert "se espera" in said
    if name in ("API_KEYS", "DATABASE_URL"):
        assert f"«{value}»" not in said
        assert "secreto" not in said


def test_keys_are_listed_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", f" {DIGEST} , {DIGEST.upper()},")
    assert load_settings().api_keys == (DIGEST, DIGEST)


@pytest.mark.parametrize("name", ["PREDICTION_LOG_DAYS", "DATABASE_URL", "API_KEYS", "WORKERS"])
def test_an_empty_variable_is_none_at_all(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name, raising=False)
    without = Settings()
    monkeypatch.setenv(name, "")
    assert Settings() == without
