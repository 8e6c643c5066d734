"""Bodies made by Hypothesis: no 5xx, and every answer is JSON."""

from __future__ import annotations

from collections import Counter
from http.client import HTTPConnection

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stress.bodies import batch_bodies, file_bodies, single_bodies
from tests.stress.conftest import Figures, Serve
from tests.stress.support import FULL, ask, numbered_loan, scaled, strict_json

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# The bodies of each route; together 20,000 (reduced: 1,000).
COUNTS = {"/predict": scaled(12_000, 600), "/predict/batch": scaled(6_000, 300)}
FILES = scaled(2_000, 100)
_QUERIES = ("", "?return_probabilities=true", "?return_probabilities=maybe", "?x=%00&%ff=%zz")
_JSON_TYPES = ("application/json", "application/json; charset=utf-8", "application/vnd.a+json")


def hammered(
    connection: HTTPConnection,
    path: str,
    bodies: st.SearchStrategy[bytes],
    types: tuple[str, ...],
    examples: int,
) -> Counter[int]:
    """Send so many bodies to a path; give the answers' statuses."""
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=not FULL,  # always the same where a submission is judged
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies, st.sampled_from(_QUERIES), st.sampled_from(types))
    def send(body: bytes, query: str, kind: str) -> None:
        reply = ask(connection, "POST", path + query, body, {"Content-Type": kind})
        statuses[reply.status] += 1
        assert reply.status < 500, reply
        assert reply.headers["x-request-id"]
        if reply.headers["content-type"].startswith("text/csv"):
            assert reply.status == 200
            reply.body.decode()
        elif reply.headers["content-type"] == "application/x-ndjson":
            assert all(strict_json(line) for line in reply.body.splitlines())
        else:
            assert reply.headers["content-type"] == "application/json"
            said = reply.json()
            assert reply.status == 200 or said["detail"]

    send()
    return statuses


@pytest.mark.parametrize("path", COUNTS)
def test_no_body_makes_the_service_fail(serve: Serve, figures: Figures, path: str) -> None:
    service = serve()
    bodies = single_bodies if path == "/predict" else batch_bodies
    connection = service.connection()
    statuses = hammered(connection, path, bodies, _JSON_TYPES, COUNTS[path])
    connection.close()
    assert statuses[200], "none of the bodies was sound"
    assert service.post("/predict", numbered_loan(1)).status == 200
    assert sum(statuses.values()) >= COUNTS[path]
    figures(f"{path}: {sum(statuses.values()):,} bodies, no 5xx: {dict(sorted(statuses.items()))}")


def test_no_file_makes_the_service_fail(serve: Serve, figures: Figures) -> None:
    service = serve()
    connection = service.connection()
    types = ("text/csv", "text/csv; charset=utf-8", "application/vnd.apache.parquet")
    statuses = hammered(connection, "/predict/file", file_bodies, types, FILES)
    connection.close()
    assert statuses[200], "none of the files was sound"
    assert service.post("/predict", numbered_loan(1)).status == 200
    figures(f"{sum(statuses.values()):,} files, no 5xx: {dict(sorted(statuses.items()))}")
