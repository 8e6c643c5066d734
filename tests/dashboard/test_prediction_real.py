"""The sixth tab of the whole page in front of the real service, which wants a key."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mlops_pipeline import messages
from mlops_pipeline.api.keys import new_key
from mlops_pipeline.dashboard.prediction import fields
from mlops_pipeline.dashboard.prediction.form import field_key
from mlops_pipeline.src.data.schema import BY_NAME, example_loan
from mlops_pipeline.src.model_deploy import ModelDeployment
from tests.conftest import Trained
from tests.dashboard.pages import NOBODY, opened, page, texts
from tests.servers import serving
from tests.support import Value

pytestmark = pytest.mark.e2e

# A loan that the model judges otherwise: the page cannot say the same of both by chance.
OTHER: dict[str, Value] = {
    **example_loan(),
    "edad_cliente": 23,
    "capital_prestado": 9_500_000,
    "plazo_meses": 36,
    "puntaje_datacredito": 610,
    "promedio_ingresos_datacredito": None,
}


def predict(app: AppTest, loan: dict[str, Value]) -> AppTest:
    """Write a loan into the form and ask for its prediction."""
    for name, value in loan.items():
        key, text = field_key(name), fields.field_text(BY_NAME[name], value)
        if BY_NAME[name].is_text:
            app.selectbox(key=key).set_value(text)
        else:
            app.text_input(key=key).set_value(text or "")
    app.button(key="pred_predecir").click()
    return opened(app)


def test_the_form_predicts_what_the_service_says(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, tmp_path: Path
) -> None:
    key, digest = new_key()
    headers = {"X-API-Key": key}
    monkeypatch.setenv("API_KEY", key)
    threshold = ModelDeployment.load(trained.models_dir).rule.threshold
    seen = set()
    with serving(trained.models_dir, tmp_path, API_KEYS=digest) as server:
        app = page(monkeypatch, trained.models_dir, server.url, tab=messages.TAB_PREDICTION)
        for loan in (example_loan(), OTHER):
            alone = server.post(
                "/predict", json=loan, params={"return_probabilities": "true"}, headers=headers
            ).json()
            predict(app, loan)
            (probability,) = alone["probability_class_1"]
            assert messages.compared_with_threshold(probability, threshold) in texts(app)
            assert alone["interpretation"][0].split(" ", 1)[1] in texts(app)
            logged = server.get(f"/predictions/{app.code[0].value}", headers=headers).json()
            assert (logged["inputs"], logged["probability"]) == (loan, probability)
            seen.add(probability)
    assert len(seen) == 2
    assert key not in "\n".join([texts(app), *(one.value for one in app.code)])


def test_a_service_that_is_away_is_explained_and_the_form_kept(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    app = page(monkeypatch, trained.models_dir, NOBODY, tab=messages.TAB_PREDICTION)
    predict(app, OTHER)
    assert messages.ERROR_TITLES["unreachable"] in texts(app)
    assert app.text_input(key=field_key("edad_cliente")).value == "23"
