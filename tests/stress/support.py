"""A service as a process of its own, to be looked at from outside and ended by force."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

from tests.conftest import ROOT
from tests.servers import free_port
from tests.support import Value, document

# STRESS=full is what `make stress` runs; otherwise everything runs, with small counts.
FULL = os.environ.get("STRESS", "reduced") == "full"

HOST = "127.0.0.1"
JSON_BODY = {"Content-Type": "application/json"}
START_SECONDS = 30
MIB = 1 << 20

T = TypeVar("T")


def scaled(full: T, reduced: T) -> T:
    """Give the count of this run."""
    return full if FULL else reduced


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until something holds; give the seconds that it took, fail where it never does."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - began


class Reply(NamedTuple):
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body, as strictly as RFC 8259."""
        return strict_json(self.body)


def strict_json(body: bytes) -> Any:
    """Read JSON; NaN and Infinity are none."""
    return json.loads(body.decode(), parse_constant=_no_json)


def _no_json(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


class Service:
    """`python api_main.py` with a durable log in `folder`; can be started again and again."""

    def __init__(self, folder: Path, models_dir: Path, **environment: str) -> None:
        self.port = free_port()
        self.database = folder / "predictions.sqlite3"
        self.errors = folder / f"service-{self.port}.log"
        self._folder = folder
        self._environment = {
            **os.environ,
            "MODELS_DIR": str(models_dir),
            "HOST": HOST,
            "PORT": str(self.port),
            "PREDICTION_LOG": "durable",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "LOG_LEVEL": "warning",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Give the process' number."""
        assert self._process is not None
        return self._process.pid

    def start(self, *, ready: bool = True) -> float:
        """Start the process and wait until it is ready, or alive; give the seconds."""
        with self.errors.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "api_main.py")],
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        path = "/readyz" if ready else "/livez"
        return wait_for(lambda: self._answers(path), START_SECONDS, f"{path} of a new service")

    def _answers(self, path: str) -> bool:
        """Tell whether a path is answered with 200."""
        assert self._process is not None
        assert self._process.poll() is None, self.said()
        try:
            return self.get(path).status == 200
        except (OSError, HTTPException):
            return False

    def ready(self) -> bool:
        """Tell whether the service says that it can predict."""
        return self._answers("/readyz")

    def kill(self) -> list[int]:
        """End the process as `kill -9` does; give its lanes, which are to end by themselves."""
        assert self._process is not None
        lanes = children(self.pid)
        self._process.kill()
        self._process.wait()
        return lanes

    def stop(self) -> None:
        """End the process in good order; one that does not end is killed, which is an error."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            pytest.fail(f"the service did not end: {self.said()}")

    def said(self) -> str:
        """Give the end of what the service wrote."""
        return self.errors.read_text(errors="replace")[-4_000:]

    def memory(self) -> dict[str, int]:
        """Give the resident bytes of the service and of its lanes."""
        lanes = children(self.pid)
        return {"service": resident(self.pid), "lanes": sum(map(resident, lanes))}

    def connection(self, timeout: float = 60) -> HTTPConnection:
        """Give a connection that is not open yet."""
        return HTTPConnection(HOST, self.port, timeout=timeout)

    def get(self, path: str, **headers: str) -> Reply:
        """Ask on a connection of its own."""
        return self.send("GET", path, None, headers)

    def post(self, path: str, document: object, headers: Mapping[str, str] = JSON_BODY) -> Reply:
        """Send a document, or bytes as they are, on a connection of its own."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.send("POST", path, body, headers)

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Send a request on a connection of its own."""
        connection = self.connection()
        try:
            return ask(connection, method, path, body, headers)
        finally:
            connection.close()


def ask(
    connection: HTTPConnection,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] = JSON_BODY,
) -> Reply:
    """Send a request and read its answer."""
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    named = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, named, response.read())


def children(pid: int) -> list[int]:
    """Give the numbers of a process' children (the service starts them from any thread)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def resident(pid: int) -> int:
    """Give a process' resident bytes; 0 where it is no more."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def none_alive(pids: list[int]) -> bool:
    """Tell whether all of these processes have ended."""
    return not any(map(_alive, pids))


def _alive(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


_FIRST_CAPITAL = 1_000_000


def numbered_loan(number: int) -> dict[str, Value]:
    """Give the loan of a number: no other number's is the same."""
    return document(
        capital_prestado=_FIRST_CAPITAL + number,
        plazo_meses=1 + number % 120,
        edad_cliente=18 + number % 83,
        salario_cliente=1_000_000 + number * 7_919 % 50_000_000,
        puntaje_datacredito=None if number % 11 == 0 else 300 + number % 600,
        tipo_laboral="Empleado" if number % 3 else "Independiente",
    )


def number_of(loan: Mapping[str, Any]) -> int:
    """Give a loan's number, once it is seen to be that number's loan."""
    number = int(loan["capital_prestado"]) - _FIRST_CAPITAL
    assert dict(loan) == numbered_loan(number), f"not what was sent: {loan}"
    return number
