"""API keys: asked for wherever something of a client is told or changed, and nowhere else."""

from __future__ import annotations

import hashlib

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from mlops_pipeline import messages
from mlops_pipeline.api.front import OPEN_PATHS
from mlops_pipeline.api.keys import Keys, new_key
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.schema import example_loan
from tests.api.support import DIGEST, KEY, Exchange, part

OTHER, _ = new_key()
CLOSED = [
    ("POST", "/predict"),
    ("POST", "/predict/batch"),
    ("POST", "/predict/file"),
    ("GET", "/predictions"),
    ("GET", "/predictions/x"),
    ("GET", "/model/info"),
    ("GET", "/nowhere"),
    ("GET", "/metrics/"),
    ("GET", "/docsx"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": OTHER},
        {"X-API-Key": KEY[:-1]},
        {"X-API-Key": f"{KEY} "},
        {"X-API-Key": DIGEST},
        {"Authorization": f"Bearer {OTHER}"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"X-API-Key": OTHER, "Authorization": f"Bearer {KEY}"},
    ],
    ids=range(10),
)
def test_without_the_right_key_nothing_is_answered(
    logged: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    sent = Exchange(method, path, [part(b"{}", more=False)], headers).run(logged)
    assert sent.status == 401
    found = dict(sent.sent[0]["headers"])
    assert found[b"www-authenticate"] == b"ApiKey"
    assert messages.NO_API_KEY.encode() in sent.body


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": KEY},
        {"x-api-key": KEY},
        {"Authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer  {KEY} "},
    ],
    ids=range(4),
)
def test_the_right_key_opens(logged: TestClient, headers: dict[str, str]) -> None:
    assert logged.post("/predict", json=example_loan(), headers=headers).status_code == 200
    assert logged.get("/predictions", headers=headers).status_code == 200
    assert logged.get("/nowhere", headers=headers).status_code == 404


@pytest.mark.parametrize("path", sorted(OPEN_PATHS))
def test_what_tells_of_no_client_stays_open(logged: TestClient, path: str) -> None:
    assert logged.get(path).status_code == 200


def test_nothing_closed_hides_behind_an_open_path(logged: TestClient) -> None:
    for path in ("/docs/../predictions", "/docs//predictions", "/health/../predictions"):
        assert logged.get(path).status_code in {401, 404}
    sneaky = Exchange("GET", "/docs/../predictions", [part(b"", more=False)], {}).run(logged)
    assert sneaky.status == 404
    behind = Exchange("GET", "/docs/predictions", [], {}, root_path="/docs").run(logged)
    assert behind.status == 401


def test_every_configured_key_opens_and_only_their_hashes_are_known() -> None:
    pairs = [new_key() for _ in range(3)]
    keys = Keys([digest for _, digest in pairs])
    assert all(hashlib.sha256(key.encode()).hexdigest() == digest for key, digest in pairs)
    assert all(keys.accept({b"x-api-key": key.encode()}) for key, _ in pairs)
    assert not keys.accept({b"x-api-key": b"".join(key.encode() for key, _ in pairs)})
    assert not keys.accept({b"x-api-key": b"\xff\x00"})
    assert Keys([]).accept({})
    assert not Keys([])


@pytest.mark.parametrize("path", ["/predictions", "/predictions/x"])
def test_without_configured_keys_clients_data_are_not_given_out(
    plain: TestClient, path: str
) -> None:
    answer = plain.get(path, headers={"X-API-Key": KEY})
    assert answer.status_code == 403
    assert answer.json()["detail"] == messages.KEYS_NOT_CONFIGURED


@pytest.mark.parametrize(
    "given",
    ["secret", DIGEST[:-1], f"{DIGEST};{DIGEST}", f"{DIGEST},x"],
    ids=["a key", "cut short", "another separator", "one of two"],  # the hash is new in each run
)
def test_a_key_in_place_of_its_hash_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("API_KEYS", given)
    with pytest.raises(ValidationError):
        Settings()


def test_hashes_are_listed_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", f" {DIGEST.upper()} ,{'0' * 64},")
    assert Settings().api_keys == (DIGEST, "0" * 64)
