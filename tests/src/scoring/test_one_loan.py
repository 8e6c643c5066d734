"""One loan alone gives what it gives among many, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline.src.data.cleaning import clean, clean_loan
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.features.encoder import Treatment, fit_encoder
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.scoring.calibration import Calibration, CalibrationKind
from mlops_pipeline.src.scoring.domain import learn_domain
from mlops_pipeline.src.scoring.one_loan import LoanCleaner, LoanEncoder
from tests.support import Value, possible_documents, same_values, table, tables_of

TRAINING = table(400, 5)
FEATURES = build_features(clean(TRAINING)[0])


@pytest.mark.parametrize("treatment", list(Treatment))
@given(documents=st.lists(possible_documents(), min_size=1, max_size=5))
def test_inputs(treatment: Treatment, documents: list[dict[str, Value]]) -> None:
    encoder = fit_encoder(FEATURES, treatment)
    many = encoder.transform(build_features(clean(tables_of(*documents))[0]))
    alone = LoanEncoder(encoder)
    for row, one in enumerate(documents):
        found = alone.inputs(clean_loan(loan_from_json(one))[0])
        assert same_values(found, many[[row]])


@given(possible_documents())
def test_cleaning_and_flags(one: dict[str, Value]) -> None:
    cleaned, _ = clean(TRAINING)
    domain = learn_domain(cleaned, frozenset(cleaned.numbers))
    loan = loan_from_json(one)
    expected, flags = clean_loan(loan)
    found, named = LoanCleaner(domain).clean(loan)
    assert repr(found) == repr(expected)
    assert repr(named) == repr((*flags, *domain.loan_flags(expected)))


def test_most_training_loans_have_nothing_to_say() -> None:
    cleaned, _ = clean(TRAINING)
    cleaner = LoanCleaner(learn_domain(cleaned, frozenset(cleaned.numbers)))
    silent = [row for row in range(len(TRAINING)) if not cleaner.clean(TRAINING.loan(row))[1]]
    flagged = {int(row) for flag in clean(TRAINING)[1] for row in flag.rows}
    assert set(silent) == set(range(len(TRAINING))) - flagged


CALIBRATIONS = (
    Calibration(),
    Calibration(CalibrationKind.PLATT_PROBABILITY, 1.31, -0.27),
    Calibration(CalibrationKind.PLATT_MARGIN, -2.5, 3.1),
    Calibration(CalibrationKind.PLATT_MARGIN, 1e9, 0.0),
    Calibration(CalibrationKind.ISOTONIC, knots=((0.1, 0.2), (0.5, 0.7), (0.9, 0.95))),
)


@pytest.mark.parametrize("calibration", CALIBRATIONS)
@given(scores=st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_calibration(calibration: Calibration, scores: list[float]) -> None:
    many = calibration.apply(np.array(scores))
    alone = np.array(list(map(calibration.scalar(), scores)))
    assert same_values(alone, many)
