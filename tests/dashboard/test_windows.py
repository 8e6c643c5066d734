"""Windows from real traffic and from files, good and bad."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from mlops_pipeline import messages
from mlops_pipeline.api.keys import new_key
from mlops_pipeline.dashboard import traffic, windows
from mlops_pipeline.dashboard.filters import Source
from mlops_pipeline.dashboard.local_model import LocalModel, local_model
from mlops_pipeline.dashboard.windows import Chosen
from mlops_pipeline.src.data.schema import HEADER, TARGET
from mlops_pipeline.src.monitoring.aggregates import LEAST_LOANS
from mlops_pipeline.src.monitoring.periods import Span
from tests.conftest import Trained
from tests.dashboard.pages import heading, metric, on_tab, opened, page, texts
from tests.servers import Server, serving, wait_until
from tests.support import Value, document, random_documents, write_csv

pytestmark = pytest.mark.e2e
TRAFFIC = messages.SOURCES["trafico"]
FILE = messages.SOURCES["archivo"]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """Ask a service anew in each test."""
    traffic._counts.clear()


@pytest.fixture(scope="module")
def server(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real service with an empty log."""
    folder = tmp_path_factory.mktemp("service")
    with serving(trained.models_dir, folder) as found:
        yield found


def counted(server: Server, loans: int) -> bool:
    """Tell whether so many loans are counted."""
    found = httpx.get(f"{server.url}/monitoring/counts").json()
    return loans == sum(int(part["tally"]["loans"]) for part in found["parts"])


def predict(server: Server, loans: list[dict[str, Value]]) -> None:
    """Ask for predictions, and wait until they are counted."""
    answer = httpx.post(f"{server.url}/predict/batch", json={"data": loans}, timeout=60)
    assert answer.status_code == 200


def test_traffic_from_none_to_enough(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, server: Server
) -> None:
    """An empty log, one of three loans, and one that is watched by default."""
    app = page(monkeypatch, trained.models_dir, server.url, ventana=TRAFFIC)
    assert messages.LIGHTS["up"] in texts(app)
    assert messages.EMPTY_WINDOW in texts(app)

    predict(server, [document() for _ in range(3)])
    wait_until(lambda: counted(server, 3), "three loans are counted", 30)
    _fresh_page(app)
    assert metric(app, messages.KPI_LOANS) == "3"
    assert messages.no_scores(LEAST_LOANS) in texts(app)
    assert "insuficiente" in texts(app).casefold()
    assert metric(app, messages.KPI_DRIFTING) == metric(app, messages.KPI_SHARE) == "—"
    for tab in messages.TABS[:5]:
        assert heading(on_tab(app, tab)) == tab
    automatic = page(monkeypatch, trained.models_dir, server.url)
    assert messages.AUTO_TOO_LITTLE in texts(automatic)

    predict(server, random_documents(400, 3))
    wait_until(lambda: counted(server, 403), "all loans are counted", 30)
    _fresh_page(automatic)
    assert metric(automatic, messages.KPI_LOANS) == "403"
    assert "Tráfico real" in texts(automatic)


def _fresh_page(app: AppTest) -> None:
    """Draw the page again, a while later."""
    traffic._counts.clear()
    opened(app)


def test_a_key_goes_to_the_configured_address_alone(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, tmp_path: Path
) -> None:
    """The service wants a key: under another name it is asked without, although it is the same."""
    key, digest = new_key()
    monkeypatch.setenv("API_KEY", key)
    with serving(trained.models_dir, tmp_path, API_KEYS=digest) as server:
        app = page(monkeypatch, trained.models_dir, server.url, ventana=TRAFFIC)
        assert messages.EMPTY_WINDOW in texts(app)
        app.text_input(key="api_address").set_value(f"http://localhost:{server.port}")
        assert messages.TRAFFIC_NEEDS_LOG in texts(opened(app))
    assert key not in texts(app)


def test_a_file_is_compared(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, portfolio_csv: Path
) -> None:
    app = page(monkeypatch, trained.models_dir, ventana=FILE)
    assert messages.NO_FILE_YET in texts(app)
    content = b"\n".join(portfolio_csv.read_bytes().splitlines()[:401])
    app.file_uploader(key="upload").set_value(("cartera.csv", content, "text/csv"))
    assert metric(opened(app), messages.KPI_LOANS) == "400"
    assert "cartera.csv" in texts(app)
    on_tab(app, messages.TAB_TIME)
    assert messages.LATE_EXPLAINED in texts(app)
    assert messages.NO_OUTCOMES not in texts(app)


def test_a_file_without_outcomes_says_so(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, tmp_path: Path
) -> None:
    columns = [name for name in HEADER if name != TARGET]
    path = write_csv(tmp_path / "a.csv", random_documents(60, 5), [""] * 60, columns)
    app = page(monkeypatch, trained.models_dir, ventana=FILE)
    app.file_uploader(key="upload").set_value(("sin.csv", path.read_bytes(), "text/csv"))
    on_tab(opened(app), messages.TAB_TIME)
    assert messages.NO_OUTCOMES in texts(app)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"a;b\n1;2\n"])
def test_a_corrupt_file_is_explained(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, content: bytes
) -> None:
    app = page(monkeypatch, trained.models_dir, ventana=FILE)
    app.file_uploader(key="upload").set_value(("mala.csv", content, "text/csv"))
    assert messages.FIX_FILE in texts(opened(app))
    assert "mala.csv" in texts(app)
    assert tempfile.gettempdir() not in texts(app)


def test_a_plans_command_begins_with_a_day_also_where_days_are_joined(trained: Trained) -> None:
    model = local_model(trained.models_dir)
    assert isinstance(model, LocalModel)
    first, *rest = model.watch.first().parts
    joined = replace(first, period="2026-11-01/2026-11-02")
    window = replace(model.watch.first(), parts=(joined, *rest))
    chosen = Chosen(model, window, "", "", Source.TRAFFIC)
    said = windows._look(chosen)("2025-01-01", Span.DAY)
    assert said == messages.drift_command("2026-11-01", Span.DAY.value)
