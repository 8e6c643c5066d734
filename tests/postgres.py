"""A private PostgreSQL for tests: Debian's binaries, a folder of its own, its Unix socket.

Containers cannot reach a socket of the host's: for them it listens on one address too, and asks
for a password there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

_USER = "postgres"


def cannot_run(reason: str) -> NoReturn:
    """Skip a test that this machine cannot run; fail it where everything must run."""
    if os.environ.get("REQUIRE_E2E") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Cluster:
    """A server that can be stopped, started and frozen; `address`: where else it listens."""

    binaries: Path
    folder: Path
    address: str = ""
    port: int = 5432
    password: str = field(default_factory=secrets.token_hex, repr=False)

    @property
    def url(self) -> str:
        """Give the URL of its only database."""
        return f"postgresql://{_USER}@/postgres?host={self.folder}&port={self.port}"

    @property
    def reachable_url(self) -> str:
        """Give its URL at its address, with the password that is asked for there."""
        return f"postgresql://{_USER}:{self.password}@{self.address}:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the user that owns the server."""
        command: Sequence[str] = (str(self.binaries / program), *arguments)
        if os.getuid() == 0:
            command = ("runuser", "-u", _USER, "--", *command)
        # The server inherits what its starter writes to: a pipe would never end.
        with tempfile.TemporaryFile() as told:
            done = subprocess.run(
                command, stdout=told, stderr=told, cwd=self.folder, check=False, timeout=60
            )
            told.seek(0)
            assert done.returncode == 0, told.read().decode()

    def create(self) -> None:
        """Make the database's files."""
        self.run(
            "initdb", "-D", str(self.folder / "data"), "-U", _USER, "-A", "trust",
            "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        if self.address:
            with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
                rules.write("host all all all scram-sha-256\n")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = (
            f"-c listen_addresses={self.address} -c port={self.port} "
            f"-c unix_socket_directories={self.folder}"
        )
        self._control("start", "-o", options, "-l", str(self.folder / "server.log"))
        if self.address:
            self.run(
                "psql", "-q", "-d", self.url, "-c", f"ALTER USER {_USER} PASSWORD '{self.password}'"
            )

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server: `immediate` as a crash, `fast` cutting the connections off."""
        self._control("stop", "-m", mode)

    def _control(self, *arguments: str) -> None:
        """Run pg_ctl and wait."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", *arguments)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep the server and its connections from running, as a hung disk would."""
        main = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        processes = [main, *map(int, children)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)


@contextmanager
def running_cluster(address: str = "", port: int = 5432) -> Iterator[Cluster]:
    """Run a new cluster; skips (or fails, see `cannot_run`) where PostgreSQL is not there.

    Args:
        address: an address of this machine on which it listens too.
        port: there, and in its socket's name.

    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        cannot_run("PostgreSQL's server (/usr/lib/postgresql) is not on this machine")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, _USER)
        cluster = Cluster(found[-1].parent, folder, address, port)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)
