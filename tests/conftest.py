"""Fixtures: a model trained once on generated loans, and the service in front of it."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from mlops_pipeline.api.app import create_app
from mlops_pipeline.pipeline import RunConfig, run
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.generator import write_portfolio
from mlops_pipeline.src.features.selection import LeakagePolicy
from mlops_pipeline.src.model_training_evaluation import TrainingOptions
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training.candidates import BY_NAME
from mlops_pipeline.training_run import Run

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = ROOT.parent / "shared" / "data" / "Base_de_datos.csv"
FIGURE = "figure"  # the property of a test's report under which it tells what it counted
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The real portfolio, which stays outside the repository."""
    if not REAL_DATA.exists():
        pytest.skip("the real portfolio (../shared/data) is not on this machine")
    return REAL_DATA


@pytest.fixture(scope="session")
def portfolio_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four thousand generated loans."""
    path = tmp_path_factory.mktemp("data") / "cartera.csv"
    write_portfolio(4_000, 7, path)
    return path


def config_for(data: Path, folder: Path, *names: str, **changes: object) -> RunConfig:
    """Give the configuration of a run with some candidates only."""
    settings: dict[str, object] = {
        "data": data,
        "models_dir": folder / "models",
        "results_dir": folder / "results",
        "leakage": LeakagePolicy.QUARANTINE,
        "training": TrainingOptions(
            rule=DecisionRule.from_costs(10, 1),
            seed=42,
            candidates=tuple(BY_NAME[name] for name in names),
        ),
    }
    return RunConfig(**{**settings, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Trained:
    """A finished run and where it published."""

    run: Run
    models_dir: Path
    results_dir: Path
    said: tuple[str, ...]


@pytest.fixture(scope="session")
def trained(portfolio_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model trained on the generated loans and published."""
    folder = tmp_path_factory.mktemp("run")
    said: list[str] = []
    config = config_for(portfolio_csv, folder, "LogisticRegression", "LGBMClassifier")
    finished = run(config, NOW, said.append)
    return Trained(finished, config.models_dir, config.results_dir, tuple(said))


@pytest.fixture(scope="session")
def client(trained: Trained) -> Iterator[TestClient]:
    """The service with the trained model."""
    with TestClient(create_app(Settings(models_dir=trained.models_dir))) as found:
        yield found


@pytest.fixture
def client_without_model(tmp_path: Path) -> Iterator[TestClient]:
    """The service where nothing was published."""
    with TestClient(create_app(Settings(models_dir=tmp_path))) as found:
        yield found


def pytest_configure() -> None:
    """Keep numerical libraries to one thread each, as tests share two cores; and hear Ctrl-C."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    # A job in the background may begin with Ctrl-C ignored, and so would all that it starts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Tests of the prediction log ask for it, each with a database of its own.
    os.environ["PREDICTION_LOG"] = "off"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that have most slow tests; they would be long last ones."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


# Folders whose modules share a costly session fixture.
TOGETHER = ("tests/e2e/", "tests/reporting/", "tests/src/monitoring/prediction_log/")


class ByModule(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Keeps a module's tests in one process, and those of the folders above."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if module.startswith(folder)), module)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    """Share the tests out like that; `--dist loadgroup` does nothing under pytest 9.2."""
    return ByModule(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted, in whichever process they ran."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    figures = [
        text
        for report in reports
        if report.when == "call"
        for name, text in report.user_properties
        if name == FIGURE
    ]
    if figures:
        terminalreporter.section("figures")
        for text in figures:
            terminalreporter.write_line(text)
