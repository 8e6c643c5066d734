"""The container engine's command lines, and a clean checkout to run them in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from mlops_pipeline.settings import Settings
from tests.conftest import ROOT
from tests.postgres import cannot_run

BASE_IMAGE = "python:3.11-slim"
_SETTINGS = frozenset(name.upper() for name in Settings.model_fields)


class EngineError(AssertionError):
    """A command of the engine failed; the text is what it said."""


def run(
    command: Sequence[str],
    *,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> str:
    """Run a command and give what it printed.

    Raises:
        EngineError: it failed.

    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        raise EngineError(f"{' '.join(command)}: {done.stdout[-2_000:]}{done.stderr[-4_000:]}")
    return done.stdout


def docker(*arguments: str, seconds: float = 60) -> str:
    """Run `docker` and give what it printed, without the last line's end."""
    return run(["docker", *arguments], seconds=seconds).removesuffix("\n")


def inspected(kind: str, name: str) -> dict[str, Any]:
    """Give what the engine knows of a container, an image, a network, ..."""
    (found,) = json.loads(docker(kind, "inspect", name))
    assert isinstance(found, dict)
    return found


@cache
def compose_command() -> tuple[str, ...]:
    """Give this machine's Compose: the old program, or the engine's own command."""
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    return ("docker", "compose")


def require_engine() -> None:
    """Skip (or fail, see `cannot_run`) where no engine answers or Compose is missing."""
    try:
        docker("info", "--format", "{{.ServerVersion}}")
        run([*compose_command(), "version"])
    except (OSError, EngineError, subprocess.TimeoutExpired) as error:
        cannot_run(f"no container engine with Compose on this machine: {str(error)[:200]}")


def clean_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Give this process' environment without what would change the stack, and with `settings`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _SETTINGS and not name.startswith("COMPOSE_")
    }
    return {**kept, **settings}


def checkout(folder: Path) -> Path:
    """Copy what a clone of this repository would have, with the changes not yet committed."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    for name in listed.split("\0"):
        source = ROOT / name
        if name and source.is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


@contextmanager
def warm_layers(tag: str) -> Iterator[None]:
    """Let the next run find this one's layers, under one name for all runs; drop the own name."""
    try:
        yield
    finally:
        if docker("image", "ls", "--quiet", f"ml-payment:{tag}"):
            docker("image", "tag", f"ml-payment:{tag}", "ml-payment:tests")
            docker("image", "rm", f"ml-payment:{tag}")
