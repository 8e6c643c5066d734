"""Publications, rollbacks and broken bundles under load: no failed request, no mixed answer."""

from __future__ import annotations

import csv
import io
import itertools
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from mlops_pipeline.pipeline import run
from tests.conftest import NOW, Trained, config_for
from tests.stress.conftest import Figures, Serve
from tests.stress.crew import Crew
from tests.stress.support import JSON_BODY, Reply, Service, ask, scaled, wait_for
from tests.stress.versions import LOANS, Publisher, published_bundle
from tests.support import write_csv

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CHANGES = scaled(200, 12)
_WITHIN = 1e-6


class Clients:
    """Threads that ask for `LOANS` in three ways and check each answer against its version."""

    def __init__(self, service: Service, publisher: Publisher, folder: Path) -> None:
        self.answers = 0
        self.last = {"single": "", "batch": "", "file": ""}
        self._known = publisher.known
        self._file = write_csv(folder / "cartera.csv", LOANS, [1] * len(LOANS)).read_bytes()
        ways = (self._single, self._single, self._single, self._batch, self._by_file)
        places = [itertools.cycle(range(len(LOANS))) for _ in ways]
        works = [partial(self._ask, *one) for one in zip(ways, places, strict=True)]
        self._crew = Crew(service, works)

    @contextmanager
    def running(self) -> Iterator[Clients]:
        """Ask until the block ends; whatever one of them finds wrong fails the test."""
        with self._crew.running():
            yield self

    def check(self) -> None:
        """Fail if an answer was wrong."""
        self._crew.check()

    def _ask(
        self,
        way: Callable[[HTTPConnection, int], None],
        places: Iterator[int],
        connection: HTTPConnection,
    ) -> None:
        """Ask once, for the next loan."""
        way(connection, next(places))
        self.answers += 1

    def _single(self, connection: HTTPConnection, place: int) -> None:
        """Ask for one loan."""
        body = json.dumps(LOANS[place]).encode()
        reply = ask(connection, "POST", "/predict?return_probabilities=true", body)
        said = self._said(reply)
        version = said["model_version"]
        assert said["probability_class_1"] == [self._known[version][place]], version
        self.last["single"] = version

    def _batch(self, connection: HTTPConnection, _place: int) -> None:
        """Ask for all of them at once."""
        asked = {"data": LOANS, "return_probabilities": True}
        said = self._said(ask(connection, "POST", "/predict/batch", json.dumps(asked).encode()))
        self._compare(said["model_version"], said["probability_class_1"])
        self.last["batch"] = said["model_version"]

    def _by_file(self, connection: HTTPConnection, _place: int) -> None:
        """Ask for all of them as a file."""
        headers = {"Content-Type": "text/csv"}
        reply = ask(connection, "POST", "/predict/file", self._file, headers)
        assert reply.status == 200, reply
        rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
        versions = {row["model_version"] for row in rows}
        assert len(versions) == 1, versions
        version = versions.pop()
        self._compare(version, [float(row["probability_class_1"]) for row in rows])
        self.last["file"] = version

    def _compare(self, version: str, found: list[float]) -> None:
        """Check the probabilities of all of them."""
        pairs = zip(found, self._known[version], strict=True)
        assert max(abs(a - b) for a, b in pairs) < _WITHIN, version

    @staticmethod
    def _said(reply: Reply) -> dict[str, Any]:
        """Give an answer's document."""
        assert reply.status == 200, reply
        said: dict[str, Any] = reply.json()
        return said


@pytest.fixture(scope="module")
def other_models_dir(portfolio_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of another kind, with other inputs."""
    config = config_for(portfolio_csv, tmp_path_factory.mktemp("other"), "LogisticRegression")
    run(config, NOW, lambda _text: None)
    return config.models_dir


@pytest.fixture
def publisher(trained: Trained, other_models_dir: Path, tmp_path: Path) -> Publisher:
    """A registry with one version in service."""
    bases = published_bundle(trained.models_dir), published_bundle(other_models_dir)
    assert bases[0].metadata.model_name != bases[1].metadata.model_name
    found = Publisher(tmp_path / "models", bases)
    found.promote(found.publish())
    return found


@pytest.mark.parametrize("workers", scaled([1, 2], [1]))
def test_no_request_fails_while_models_change(
    serve: Serve, publisher: Publisher, tmp_path: Path, figures: Figures, workers: int
) -> None:
    service = serve(publisher.models_dir, MODEL_POLL_SECONDS="0.2", WORKERS=str(workers))
    counts = {"published": 0, "rolled back": 0, "broken": 0}
    waits = []
    with Clients(service, publisher, tmp_path).running() as clients:
        for change in range(CHANGES):
            if change % 5 == 4:
                counts["broken"] += 1
                _refused(service, publisher.publish_broken())
                continue
            if change % 5 == 2 or change % 10 == 5:  # the latter returns from a broken bundle
                counts["rolled back"] += 1
                version = publisher.roll_back()
            else:
                counts["published"] += 1
                version = publisher.publish()
                publisher.promote(version)
            waits.append(_served(clients, version))
    last = "degraded" if CHANGES % 5 == 0 else "healthy"
    assert service.get("/health").json()["status"] == last
    figures(
        f"{workers} workers, {CHANGES} changes ({counts}); {clients.answers:,} answers, 0 failed, "
        f"0 whose version and probability disagree; in all three routes after {max(waits):.2f} s "
        "at most (polling every 0.2 s)"
    )


def _served(clients: Clients, version: str) -> float:
    """Wait until all three routes answer with a version; give the seconds."""

    def by_all() -> bool:
        clients.check()
        return set(clients.last.values()) == {version}

    return wait_for(by_all, 20, f"{version} to be served: {clients.last}")


def _refused(service: Service, version: str) -> None:
    """Wait until the service says that it refused a version."""

    def told() -> bool:
        said = service.get("/health").json()
        return said["status"] == "degraded" and version in said["detail"]

    wait_for(told, 10, f"{version} to be refused")
    assert service.ready()
    assert 'mlpago_model_reloads_total{outcome="refused"}' in service.get("/metrics").body.decode()


def test_a_new_model_serves_within_two_seconds(
    serve: Serve, publisher: Publisher, figures: Figures
) -> None:
    service = serve(publisher.models_dir)
    body = json.dumps(LOANS[0]).encode()
    waits = []
    connection = service.connection()
    for _ in range(scaled(20, 3)):
        version = publisher.publish()
        publisher.promote(version)
        swapped = time.monotonic()
        while (
            ask(connection, "POST", "/predict", body, JSON_BODY).json()["model_version"] != version
        ):
            assert time.monotonic() - swapped < 2
        waits.append(time.monotonic() - swapped)
    connection.close()
    shutil.rmtree(publisher.models_dir)
    time.sleep(1.5)
    assert service.post("/predict", LOANS[0]).status == 200, "the loaded model goes on serving"
    figures(f"{len(waits)} swaps, served after {max(waits):.2f} s at most, default polling")
