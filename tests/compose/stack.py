"""A whole stack: brought up from a checkout of its own, looked into, taken down to the volumes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx

from mlops_pipeline.api.keys import new_key
from mlops_pipeline.client import ScoringClient
from tests.compose.engine import (
    EngineError,
    checkout,
    clean_environment,
    compose_command,
    docker,
    inspected,
    run,
)
from tests.servers import free_port, wait_until
from tests.stress.load import LogRow

API, DASHBOARD = "ml-api", "ml-dashboard"
SERVICES = (API, DASHBOARD)
_BUILD_SECONDS = 900
_READY_SECONDS = 40


@dataclass
class Stack:
    """One project of the engine; `folder` is its checkout, `key` opens the API."""

    folder: Path
    project: str = field(default_factory=lambda: f"mlpago-{secrets.token_hex(4)}")
    api_port: int = field(default_factory=free_port)
    dashboard_port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    key: str = ""

    def __post_init__(self) -> None:
        checkout(self.folder)
        self.key, digest = new_key()
        self.settings = {
            "IMAGE_TAG": self.project,
            "API_PORT": str(self.api_port),
            "DASHBOARD_PORT": str(self.dashboard_port),
            "API_KEYS": digest,
            "API_KEY": self.key,
            **self.settings,
        }

    # --- the whole -------------------------------------------------------------------------------

    def compose(self, *arguments: str, seconds: float = 120) -> str:
        """Run Compose on this project alone."""
        return run(
            [*compose_command(), "--project-name", self.project, *arguments],
            folder=self.folder,
            environment=clean_environment(self.settings),
            seconds=seconds,
        )

    def build_and_up(self) -> None:
        """Bring it up as an operator does the first time."""
        self.compose("up", "--build", "-d", seconds=_BUILD_SECONDS)

    def up(self) -> None:
        """Bring up what is not up, and start anew what has other settings now."""
        self.compose("up", "-d")

    def down(self) -> None:
        """Take the containers away; the volumes stay."""
        self.compose("down")

    def remove(self) -> None:
        """Take everything of this project away, its volumes too."""
        self.compose("down", "--volumes", "--remove-orphans")

    @property
    def models_dir(self) -> Path:
        """Give the folder that training publishes in, on the host."""
        return self.folder / "models"

    # --- a container -----------------------------------------------------------------------------

    def container(self, service: str) -> str:
        """Give the id of a service's container, also of one that does not run."""
        labels = {"com.docker.compose.project": self.project, "com.docker.compose.service": service}
        filters = [f"--filter=label={name}={value}" for name, value in labels.items()]
        return docker("ps", "--all", "--quiet", *filters)

    def facts(self, service: str) -> dict[str, Any]:
        """Give what the engine knows of a service's container."""
        return inspected("container", self.container(service))

    def inside(self, service: str, *command: str) -> str:
        """Run a command in a service's container and give what it printed."""
        return docker("exec", self.container(service), *command)

    def python(self, service: str, code: str, *arguments: str) -> Any:
        """Run Python in a service's container and give the JSON that it printed."""
        return json.loads(self.inside(service, "python", "-c", code, *arguments))

    def checks(self, service: str, port: str, path: str) -> bool:
        """Tell what the health check says of a port and path inside a service's container."""
        try:
            self.inside(service, "python", "docker/healthcheck.py", port, path)
        except EngineError:
            return False
        return True

    def health(self, service: str) -> str:
        """Give the engine's opinion of a service: starting, healthy or unhealthy."""
        return str(self.facts(service)["State"]["Health"]["Status"])

    def starts(self) -> dict[str, tuple[str, int]]:
        """Give when each container was started, and how often the engine restarted it."""
        found = {}
        for service in SERVICES:
            facts = self.facts(service)
            found[service] = (facts["State"]["StartedAt"], facts["RestartCount"])
        return found

    def kill_inside(self, service: str) -> None:
        """Kill a service's process as the system would; the engine is to start it again."""
        with suppress(EngineError):  # the command may end with the container
            self.inside(service, "sh", "-c", "kill -9 $(cat /proc/1/task/1/children)")

    # --- the API ---------------------------------------------------------------------------------

    @property
    def api_url(self) -> str:
        """Give the API's address on the host."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def dashboard_url(self) -> str:
        """Give the dashboard's address on the host."""
        return f"http://127.0.0.1:{self.dashboard_port}"

    def client(self) -> ScoringClient:
        """Give the product's own client, with the key."""
        return ScoringClient(self.api_url, api_key=self.key, timeout=30)

    def connection(self) -> HTTPConnection:
        """Give a connection with the key, not open yet (`tests.stress.crew.Reached`)."""
        return _WithKey("127.0.0.1", self.api_port, self.key)

    def answers(self, path: str) -> int | None:
        """Give the status with which the API answers a path; None: it does not answer."""
        try:
            return httpx.get(f"{self.api_url}{path}", trust_env=False, timeout=10).status_code
        except httpx.TransportError:
            return None

    def wait_ready(self, seconds: float = _READY_SECONDS) -> None:
        """Wait until predictions can be asked for."""
        wait_until(lambda: self.answers("/readyz") == 200, "/readyz of the stack", seconds)

    def log(self, since: datetime) -> Iterable[LogRow]:
        """Read the prediction log from a moment on, through the API."""
        with self.client() as client:
            for row in client.predictions(since, page_size=1_000):
                yield LogRow(
                    row.prediction_id,
                    json.dumps(row.inputs),
                    row.probability,
                    row.decision,
                    row.model_version,
                )


class _WithKey(HTTPConnection):
    """A connection that sends a key with each request."""

    def __init__(self, host: str, port: int, key: str) -> None:
        super().__init__(host, port, timeout=60)
        self._key = key

    def request(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, Any] | None = None,
        *,
        encode_chunked: bool = False,
    ) -> None:
        """Send a request."""
        keyed = {**(headers or {}), "X-API-Key": self._key}
        super().request(method, url, body, keyed, encode_chunked=encode_chunked)
