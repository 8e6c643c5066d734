"""The dashboard's page as `AppTest` draws it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mlops_pipeline import messages
from mlops_pipeline.dashboard.service import service_status
from tests.conftest import ROOT

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens there


def page(
    monkeypatch: pytest.MonkeyPatch, models_dir: Path, api: str = NOBODY, **asked: str
) -> AppTest:
    """Open the page with some parameters in its address."""
    monkeypatch.setenv("MODELS_DIR", str(models_dir))
    monkeypatch.setenv("API_URL", api)
    service_status.clear()
    app = AppTest.from_file(str(ROOT / "app_streamlit.py"), default_timeout=60)
    app.query_params.update(asked)
    return opened(app)


def opened(app: AppTest) -> AppTest:
    """Draw the page; nothing may fail."""
    app.run()
    assert not app.exception
    return app


def on_tab(app: AppTest, tab: str) -> AppTest:
    """Switch to another tab, as a click does."""
    app.session_state["tab"] = tab
    return opened(app)


def texts(app: AppTest) -> str:
    """Give all that the page says."""
    lists = (app.markdown, app.caption, app.error, app.warning, app.success, app.info, app.header)
    return "\n".join(str(one.value) for some in lists for one in some)


def metric(app: AppTest, label: str) -> str:
    """Give a key figure."""
    return str(next(one.value for one in app.metric if one.label == label))


def heading(app: AppTest) -> str:
    """Give the open tab's name; one tab is open."""
    (found,) = [one.value for one in app.header]
    assert found in messages.TABS
    return str(found)
