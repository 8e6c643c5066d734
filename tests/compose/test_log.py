"""What was acknowledged stays in the log: SQLite's on its volume, and a PostgreSQL server's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.compose.engine import docker, inspected
from tests.compose.stack import API, Stack
from tests.postgres import running_cluster
from tests.servers import free_port, wait_until
from tests.stress.load import Load, check_log
from tests.stress.versions import LOANS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_SCHEME = "import os, json; print(json.dumps(os.environ['DATABASE_URL'].partition(':')[0]))"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def logging_stack(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The stack with its log in one database or the other."""
    if request.param == "sqlite":
        yield stack
        return
    gateway = inspected("network", "bridge")["IPAM"]["Config"][0]
    address = gateway.get("Gateway") or docker0_address()
    with running_cluster(address, free_port()) as cluster:
        stack.settings["DATABASE_URL"] = cluster.reachable_url
        stack.up()
        stack.wait_ready()
        yield stack
        del stack.settings["DATABASE_URL"]
        stack.up()
        stack.wait_ready()
    assert stack.python(API, _SCHEME) == "sqlite"


def docker0_address() -> str:
    """Give the host's address on the engine's bridge, as a container's default route tells."""
    return docker("run", "--rm", "--entrypoint", "python", "python:3.11-slim", "-c", _ROUTE)


_ROUTE = """
import socket, struct
for line in open('/proc/net/route').read().splitlines()[1:]:
    fields = line.split()
    if fields[1] == '00000000':
        print(socket.inet_ntoa(struct.pack('<L', int(fields[2], 16))))
"""


def test_what_was_acknowledged_is_in_the_log_after_kills(logging_stack: Stack) -> None:
    stack = logging_stack
    began = datetime.now(UTC)
    _, restarts = stack.starts()[API]
    with Load(stack, singles=3, batches=1, size=100).running() as load:
        load.wait_for_more()
        stack.kill_inside(API)
        wait_until(lambda: stack.starts()[API][1] == restarts + 1, "the engine to restart it")
        stack.wait_ready()
        load.wait_for_more()
        # The engine takes this for an operator's wish, and leaves it to them to start it again.
        docker("kill", stack.container(API))
        stack.up()
        stack.wait_ready()
        load.wait_for_more()
    assert set(load.statuses) <= {200, 503}
    rows = check_log(stack.log(began), load.acknowledged)
    assert rows >= len(load.acknowledged) > 0


def test_the_log_is_still_there_after_down_and_up(logging_stack: Stack) -> None:
    stack = logging_stack
    with stack.client() as client:
        made = [client.predict(loan) for loan in LOANS[:3]]
    former = stack.container(API)
    stack.down()
    assert stack.answers("/livez") is None
    stack.up()
    stack.wait_ready()
    assert stack.container(API) != former
    with stack.client() as client:
        for one in made:
            assert one.prediction_id is not None
            found = client.prediction(one.prediction_id)
            assert (found.probability, found.decision) == (one.probability, one.decision)
