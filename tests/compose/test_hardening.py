"""What a process inside the containers can do, and what the image weighs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.compose.engine import BASE_IMAGE, docker, inspected
from tests.compose.stack import API, SERVICES, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.parametrize("service", SERVICES)]

LARGEST = 800_000_000  # bytes above the base

_STATUS = """
import glob, json
found = []
for name in glob.glob('/proc/[0-9]*/status'):
    said = dict(line.split(':', 1) for line in open(name).read().splitlines())
    found.append({key: said[key].split() for key in
                  ('Name', 'Uid', 'Gid', 'CapEff', 'CapPrm', 'CapBnd', 'NoNewPrivs', 'Seccomp')})
print(json.dumps(found))
"""
_WRITABLE = """
import json, os, sys
found = []
for folder in sys.argv[1:]:
    try:
        with open(os.path.join(folder, 'prueba-de-escritura'), 'w') as stream:
            stream.write('x')
        os.remove(stream.name)
        found.append(folder)
    except OSError:
        pass
print(json.dumps(found))
"""
_LIMITS = """
import json, os
def read(*names):
    for name in names:
        if os.path.exists('/sys/fs/cgroup/' + name):
            return open('/sys/fs/cgroup/' + name).read().strip()
print(json.dumps({'memory': read('memory.max', 'memory/memory.limit_in_bytes'),
                  'pids': read('pids.max', 'pids/pids.max')}))
"""
_PROGRAMS = (
    "import json, shutil, sys; print(json.dumps([n for n in sys.argv[1:] if shutil.which(n)]))"
)
_MODULES = """
import importlib.util, json, sys
print(json.dumps([name for name in sys.argv[1:] if importlib.util.find_spec(name)]))
"""
_FILES = """
import json, os, sys
found = []
for folder, _, names in os.walk('/app'):
    found += [os.path.join(folder, name) for name in names]
print(json.dumps(found))
"""
_CUDA = """
import importlib.metadata, json
print(json.dumps([d.name for d in importlib.metadata.distributions()
                  if 'nvidia' in d.name.lower() or 'cuda' in d.name.lower()]))
"""


def test_every_process_is_uid_1000_without_any_capability(stack: Stack, service: str) -> None:
    found = stack.python(service, _STATUS)
    assert len(found) >= 3, "the init process, the server and the one that looks"
    for process in found:
        assert process["Uid"] == ["1000"] * 4
        assert process["Gid"] == ["1000"] * 4
        assert {process[one][0] for one in ("CapEff", "CapPrm", "CapBnd")} == {"0" * 16}
        assert process["NoNewPrivs"] == ["1"]
        assert process["Seccomp"] == ["2"], "the engine's filter of system calls"


def test_only_the_log_and_the_temporary_folder_can_be_written(stack: Stack, service: str) -> None:
    tried = ("/", "/app", "/app/models", "/app/mlops_pipeline", "/opt/venv", "/usr/local/bin",
             "/etc", "/var/tmp", "/home", "/tmp", "/app/predictions")  # fmt: skip # noqa: S108
    written = stack.python(service, _WRITABLE, *tried)
    assert written == (["/tmp", "/app/predictions"] if service == API else ["/tmp"])  # noqa: S108


def test_the_published_model_cannot_be_written(stack: Stack, service: str) -> None:
    latest = (stack.models_dir / "latest").readlink()
    code = "import json, os, sys; print(json.dumps(os.access(sys.argv[1], os.W_OK)))"
    for place in ("/app/models/latest/manifest.json", f"/app/models/{latest}"):
        assert stack.python(service, code, place) is False
    mounts = {one["Destination"]: one["RW"] for one in stack.facts(service)["Mounts"]}
    assert mounts["/app/models"] is False


def test_memory_and_processes_are_limited(stack: Stack, service: str) -> None:
    asked = stack.facts(service)["HostConfig"]
    found = stack.python(service, _LIMITS)
    assert asked["Memory"] > 0
    assert asked["PidsLimit"] > 0
    assert found == {"memory": str(asked["Memory"]), "pids": str(asked["PidsLimit"])}


def test_the_engine_restarts_it_and_rotates_what_it_says(stack: Stack, service: str) -> None:
    found = stack.facts(service)["HostConfig"]
    assert found["RestartPolicy"]["Name"] == "unless-stopped"
    assert found["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "5"}
    assert found["CapDrop"] == ["ALL"]
    assert found["ReadonlyRootfs"] is True
    assert found["Privileged"] is False


def test_there_is_no_compiler_and_nothing_that_training_needs(stack: Stack, service: str) -> None:
    compilers = ("cc", "gcc", "g++", "c++", "clang", "tcc", "as", "ld", "make", "cargo", "gfortran")
    assert stack.python(service, _PROGRAMS, *compilers, "python") == ["python"]
    training = ("sklearn", "xgboost", "lightgbm", "joblib", "onnx", "matplotlib", "pytest")
    assert stack.python(service, _MODULES, *training, "onnxruntime") == ["onnxruntime"]
    assert stack.python(service, _CUDA) == []


def test_there_are_no_data_and_no_models_in_the_image(stack: Stack, service: str) -> None:
    image = stack.facts(service)["Image"]
    found = docker("run", "--rm", "--network", "none", image, "python", "-c", _FILES)
    files = [Path(name).relative_to("/app") for name in json.loads(found)]
    expected = {"docker", ".streamlit", "mlops_pipeline", "__pycache__",
                "api_main.py", "app_streamlit.py"}  # fmt: skip
    assert {path.parts[0] for path in files} == expected
    assert {path.suffix for path in files} <= {".py", ".pyc", ".toml", ".json", ".css"}


def test_the_image_is_small(stack: Stack, service: str) -> None:
    image = inspected("image", stack.facts(service)["Image"])
    above = image["Size"] - inspected("image", BASE_IMAGE)["Size"]
    assert 0 < above <= LARGEST
    assert image["Config"]["User"] == "1000:1000"
