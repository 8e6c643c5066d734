"""What was measured on what."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.serving import messages
from benchmarks.serving.bench import Bench, file_system
from benchmarks.serving.results import Section
from benchmarks.serving.servers import ROOT

LIBRARIES = (
    "fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "orjson", "onnxruntime",
    "numpy", "sqlalchemy", "pandas", "scikit-learn", "lightgbm",
)  # fmt: skip


def describe(bench: Bench, busy: float) -> Section:
    """Describe the machine, the versions and the run; `busy`: its load when the run began."""
    cores = bench.cores
    rows = (
        (messages.PROCESSOR, _processor()),
        (messages.CORES, messages.cores(os.cpu_count() or 0, cores.server, cores.load)),
        (messages.SYSTEM, f"{platform.system()} {platform.release()}, {file_system(bench.folder)}"),
        (messages.BUSY, messages.decimal(busy, 2)),
        (messages.LENGTH, messages.length(bench.rounds, bench.seconds)),
        (messages.MODEL, _model(bench.models_dir / "latest")),
        (messages.CODE, _commit()),
        ("Python", f"{platform.python_version()}, wrk {_wrk()}"),
        (messages.LIBRARIES, ", ".join(f"{name} {version(name)}" for name in LIBRARIES)),
    )
    return Section(messages.MACHINE, messages.MACHINE_HEADER, rows)


def _processor() -> str:
    """Give the processor's name."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _model(published: Path) -> str:
    """Name the model in service."""
    metadata = json.loads((published / "metadata.json").read_text(encoding="utf-8"))
    return messages.served_model(metadata["model_name"], metadata["version"])


def _commit() -> str:
    """Give the commit of the code, `+` if there are changes besides."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    return done.stdout.strip() or messages.NO_GIT


def _wrk() -> str:
    """Give wrk's version."""
    command = [shutil.which("wrk") or "wrk", "-v"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split()[1]
