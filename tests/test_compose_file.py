"""The compose file as text: what both Composes take, and that `.env.example` tells all of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mlops_pipeline.settings import Settings
from tests.conftest import ROOT

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed (requirements-dev.txt)")

COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
# ${NAME:-default}
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
_EXAMPLE = re.compile(r"^#?([A-Z_]+)=(.*)$", re.MULTILINE)
# What is shown as an example, since by default there is none.
_SHOWN = {"COMPOSE_PROFILES", "DATABASE_URL", "PIP_INDEX_URL"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file."""
    found = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_it_has_nothing_that_one_of_the_two_composes_refuses(compose: dict[str, Any]) -> None:
    assert not compose.keys() & {"version", "name"}
    checks = [one["healthcheck"] for one in compose["services"].values()]
    assert not any("start_interval" in one for one in checks)


def test_each_service_is_confined(compose: dict[str, Any]) -> None:
    assert list(compose["services"]) == ["ml-api", "ml-dashboard", "ml-postgres"]
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["restart"] == "unless-stopped"
        assert service["networks"] == ["ml-payment-network"]
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
        assert {"tmpfs", "mem_limit", "pids_limit", "healthcheck"} <= service.keys()


def test_the_dashboard_waits_for_no_model(compose: dict[str, Any]) -> None:
    wanted = {"ml-api": {"condition": "service_started"}}
    assert compose["services"]["ml-dashboard"]["depends_on"] == wanted


def test_every_variable_stands_in_the_example_with_its_default() -> None:
    used = dict(_VARIABLE.findall(COMPOSE.read_text(encoding="utf-8")))
    told = dict(_EXAMPLE.findall(EXAMPLE.read_text(encoding="utf-8")))
    assert used.keys() | {"COMPOSE_PROFILES"} == told.keys()
    for name, default in used.items():
        if name in _SHOWN:
            continue
        field = Settings.model_fields.get(name.lower())
        builtin = "" if field is None or field.default in {None, ()} else str(field.default)
        assert told[name] == (default or builtin).removesuffix(".0"), name


def test_nothing_in_the_example_is_set() -> None:
    """A copy of it changes nothing until a line is uncommented."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
