"""Whole files: each row is scored or rejected, in order, chunk by chunk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlops_pipeline.src.data import readers
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.schema import COLUMNS
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import MissingColumnsError, UnreadableFileError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.scoring.files import score_file
from mlops_pipeline.src.scoring.scorer import Scores
from tests.conftest import Trained
from tests.support import document, random_documents, write_csv

NAMES = [column.name for column in COLUMNS]


def by_months(loans: LoanTable) -> Scores:
    """Score by the months alone, so that each row can be told by its score."""
    assert len(loans)
    probability = loans.numbers["plazo_meses"] / 100
    return Scores(probability, (probability >= 0.5).astype(np.int8), ())


def test_rows_are_scored_or_rejected_in_the_file_s_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "CHUNK_ROWS", 4)
    documents = [document(plazo_meses=float(months)) for months in range(1, 11)]
    documents[2] = document(plazo_meses=-1.0)
    documents[4:8] = [document(edad_cliente=3.0)] * 4  # a chunk without any usable row
    path = write_csv(tmp_path / "a.csv", documents, [""] * 10, NAMES)
    chunks = list(score_file(path, by_months))
    assert [len(chunk) for chunk in chunks] == [4, 4, 2]
    assert [chunk.loans.lines.tolist() for chunk in chunks] == [[2, 3, 5], [], [10, 11]]
    assert [[row.line for row in chunk.rejected] for chunk in chunks] == [[4], [6, 7, 8, 9], []]
    assert [chunk.scores.probability.tolist() for chunk in chunks] == [
        [0.01, 0.02, 0.04],
        [],
        [0.09, 0.10],
    ]
    assert chunks[0].rejected[0].reason.startswith("plazo_meses: -1 ")


def test_a_file_is_read_as_its_chunks_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "CHUNK_ROWS", 2)
    seen: list[int] = []

    def predict(loans: LoanTable) -> Scores:
        seen.append(len(loans))
        return by_months(loans)

    path = write_csv(tmp_path / "a.csv", [document()] * 7, [""] * 7, NAMES)
    chunks = score_file(path, predict)
    assert seen == []
    next(chunks)
    assert seen == [2]


def test_a_wrong_file_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(MissingColumnsError):
        score_file(tmp_path / "a.csv", by_months)
    with pytest.raises(UnreadableFileError):
        score_file(tmp_path / "none.parquet", by_months)


def test_a_header_alone_gives_no_chunk(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [], [], NAMES)
    assert list(score_file(path, by_months)) == []


def test_scores_are_those_of_the_library(tmp_path: Path, trained: Trained) -> None:
    model = ModelDeployment.load(trained.models_dir)
    path = write_csv(tmp_path / "a.csv", random_documents(60, 5), [""] * 60, NAMES)
    expected = model.predict(read_portfolio(path, with_target=False).loans)
    (chunk,) = score_file(path, model.predict)
    assert np.array_equal(chunk.scores.probability, expected.probability)
    assert np.array_equal(chunk.scores.decision, expected.decision)
