"""How tests read the service's log: one prediction, a page, all pages."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from tests.api.support import WITH_KEY


def found(client: TestClient, prediction_id: str) -> Any:
    answer = client.get(f"/predictions/{prediction_id}", headers=WITH_KEY)
    assert answer.status_code == 200
    return answer.json()


def listed(client: TestClient, **params: Any) -> Any:
    answer = client.get("/predictions", params=params, headers=WITH_KEY)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(client: TestClient, **params: Any) -> list[dict[str, Any]]:
    """Follow the cursor to the end."""
    rows: list[dict[str, Any]] = []
    page = listed(client, **params)
    while True:
        rows += page["predictions"]
        if page["next_cursor"] is None:
            return rows
        page = listed(client, **params, cursor=page["next_cursor"])
