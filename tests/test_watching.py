"""The model in service beside windows: each has segments, each comparison is made once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mlops_pipeline import messages, watching
from mlops_pipeline.src.data.schema import HEADER, TARGET
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.documents import CountsDocument
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.variables import SCORE
from mlops_pipeline.watching import Watch, Window
from tests.conftest import Trained
from tests.support import random_documents, write_csv


@pytest.fixture(scope="module")
def watch(trained: Trained) -> Watch:
    """The trained model's."""
    return Watch(ModelDeployment.load(trained.models_dir))


@pytest.fixture
def window(watch: Watch, tmp_path: Path) -> Window:
    """A file of 300 loans."""
    loans = random_documents(300, 21)
    return watch.file(write_csv(tmp_path / "a.csv", loans, [1] * 300))


def test_a_file_and_the_first_window_have_segments(watch: Watch, window: Window) -> None:
    for found in (window, watch.first()):
        assert sum(one.tally.loans for one in found.segments) == found.loans > 0
        names = {one.tipo_laboral for one in found.segments}
        assert names <= set(watch.categories("tipo_laboral"))
        versions = {one.model_version for one in found.parts}
        assert {one.model_version for one in found.segments} == versions == {watch.version}
    kinds = watch.categories("tipo_credito")
    assert sum(window.segment(None, kind).loans for kind in kinds) == 300
    assert messages.OTHER_SEGMENTS in kinds


def test_a_file_tells_the_outcomes_that_it_knows(watch: Watch, tmp_path: Path) -> None:
    loans = random_documents(60, 22)
    outcomes = ["1", "0", ""] * 20
    found = watch.watched(watch.file(write_csv(tmp_path / "b.csv", loans, outcomes)), Span.MONTH)
    assert (found.report.window.loans, found.report.window.outcomes) == (60, 40)
    assert found.report.window.late == 20
    assert sum(point.window.late for point in found.history.points) == 20

    columns = [name for name in HEADER if name != TARGET]
    without = watch.file(write_csv(tmp_path / "c.csv", loans, [""] * 60, columns))
    assert watch.report(without).window.outcomes == 0
    assert without.loans == 60


def test_a_loan_whose_outcome_is_none_is_not_counted(watch: Watch, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "d.csv", random_documents(3, 23), ["1", "tal vez", "0"])
    window = watch.file(path)
    assert (window.loans, window.rejected) == (2, 1)


def test_a_segment_is_watched_like_any_window(watch: Watch, window: Window) -> None:
    some = window.segment("Empleado", None).between(date(2025, 1, 1), date(2025, 3, 31))
    watched = watch.watched(some, Span.MONTH)
    assert watched.report.window.loans == some.loans > 0
    assert [point.period for point in watched.history.points] == ["2025-01", "2025-02", "2025-03"]
    nobody = watch.watched(window.segment(messages.UNSEEN, None), Span.DAY)
    assert nobody.report.window.loans == 0
    assert nobody.history.note == messages.empty_history()


def test_each_comparison_is_made_once(
    watch: Watch, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = watch.watched(window, Span.WEEK)

    def again(*_: object) -> None:
        raise AssertionError("compared again")

    monkeypatch.setattr(watching, "detect_drift", again)
    assert watch.watched(window, Span.WEEK) == before
    with pytest.raises(AssertionError, match="again"):
        watch.watched(window, Span.MONTH)


def test_scores_of_another_model_are_no_drift_of_this_one(watch: Watch, window: Window) -> None:
    former = replace(window, parts=tuple(replace(p, model_version="v0") for p in window.parts))
    report, own = watch.report(former), watch.report(window)
    assert (report.window.scored, own.window.scored) == (0, 300)
    both = watch.report(replace(window, parts=(*former.parts, *window.parts)))
    assert (both.window.loans, both.window.scored) == (600, 300)
    score = {one.name: one for one in (*both.variables, *both.shown)}[SCORE]
    assert score.ks == {one.name: one for one in (*own.variables, *own.shown)}[SCORE].ks
    points = watch.history(former, Span.MONTH).points
    assert points
    assert all(point.window.scored == 0 for point in points)


def test_a_sign_is_given_with_each_comparison(trained: Trained, window: Window) -> None:
    signs: list[int] = []
    watch = Watch(ModelDeployment.load(trained.models_dir), lambda: signs.append(1))
    points = watch.history(window, Span.MONTH).points
    assert len(signs) == len(points) > 1


def test_counts_of_another_grid_are_refused(watch: Watch) -> None:
    counts = CountsDocument(
        "Tráfico", "v1", "otra", "day", None, None, None, None, 0, "traffic", 0, 0, (), ()
    )
    with pytest.raises(WindowError, match="otro modelo"):
        watch.counted(counts)
