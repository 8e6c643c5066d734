"""The encoder: what it learns is data, and the inputs it gives are the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import TypeAdapter

from mlops_pipeline.src.data.schema import NUMERIC
from mlops_pipeline.src.features.catalogue import CATALOGUE, FEATURE_NAMES, Role
from mlops_pipeline.src.features.encoder import (
    MIN_LOANS,
    Encoder,
    Slot,
    SlotKind,
    Treatment,
    fit_encoder,
)
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.ft_engineering import build_features
from tests.support import same_values, table

ENCODER = TypeAdapter(Encoder)


def matrix(**columns: list[float] | NDArray[np.float64]) -> FeatureMatrix:
    """Give named columns as features."""
    values = np.column_stack([np.asarray(column, dtype=np.float32) for column in columns.values()])
    return FeatureMatrix(np.ascontiguousarray(values), tuple(columns))


def inputs(encoder: Encoder, features: FeatureMatrix) -> dict[str, list[float]]:
    """Give each input by its name."""
    encoded = encoder.transform(features)
    return {name: encoded[:, at].tolist() for at, name in enumerate(encoder.input_names)}


@pytest.fixture(scope="module")
def features() -> FeatureMatrix:
    return build_features(table(600, 1))


@pytest.mark.parametrize("treatment", Treatment)
def test_inputs_are_float32_in_c_order_one_for_each_name(
    features: FeatureMatrix, treatment: Treatment
) -> None:
    encoder = fit_encoder(features, treatment)
    encoded = encoder.transform(features)
    assert encoded.dtype == np.float32
    assert encoded.flags.c_contiguous
    assert encoded.shape == (600, len(encoder.input_names))
    assert len(set(encoder.input_names)) == len(encoder.input_names)
    assert encoder.features == FEATURE_NAMES
    assert encoder.treatment is treatment


@pytest.mark.parametrize("treatment", [Treatment.IMPUTED, Treatment.SCALED])
def test_nothing_unknown_is_left_where_the_algorithm_takes_none(
    features: FeatureMatrix, treatment: Treatment
) -> None:
    encoder = fit_encoder(features, treatment)
    assert np.isfinite(encoder.transform(features)).all()
    unknown = FeatureMatrix(np.full_like(features.values[:3], np.nan), features.names)
    assert np.isfinite(encoder.transform(unknown)).all()


def test_native_inputs_are_the_features_themselves(features: FeatureMatrix) -> None:
    encoder = fit_encoder(features, Treatment.NATIVE)
    encoded = encoder.transform(features)
    for at, slot in enumerate(encoder.slots):
        if slot.kind is SlotKind.VALUE:
            assert same_values(encoded[:, at].copy(), features.column(slot.feature).copy())
    categories = {one.name for one in CATALOGUE if one.role is Role.CATEGORY}
    assert {s.feature for s in encoder.slots if s.kind is not SlotKind.VALUE} == categories


def test_the_median_of_the_known_stands_for_the_unknown() -> None:
    train = matrix(plazo_meses=[1, 2, 4, 100, np.nan])
    encoder = fit_encoder(train, Treatment.IMPUTED)
    assert inputs(encoder, train) == {"plazo_meses": [1, 2, 4, 100, 3]}


@pytest.mark.parametrize("treatment", [Treatment.IMPUTED, Treatment.SCALED])
@pytest.mark.parametrize("unknown", [MIN_LOANS - 1, MIN_LOANS])
def test_being_unknown_is_an_input_from_twenty_loans_on(treatment: Treatment, unknown: int) -> None:
    train = matrix(saldo_total=[5.0] * 100 + [np.nan] * unknown)
    found = inputs(fit_encoder(train, treatment), matrix(saldo_total=[7.0, np.nan]))
    if unknown < MIN_LOANS:
        assert list(found) == ["saldo_total"]
    else:
        assert found["saldo_total=unknown"] == [0, 1]
    assert found["saldo_total"][1] == 5


def test_scaled_values_are_cut_at_the_percentiles_of_the_training_loans() -> None:
    train = matrix(plazo_meses=np.arange(101.0))
    encoder = fit_encoder(train, Treatment.SCALED)
    new = matrix(plazo_meses=[-1e9, 0, 1, 50, 99, 100, 1e9, np.nan])
    assert inputs(encoder, new) == {"plazo_meses": [1, 1, 1, 50, 99, 99, 99, 50]}
    uncut = fit_encoder(train, Treatment.IMPUTED)
    assert inputs(uncut, new)["plazo_meses"][0] == -1e9


@pytest.mark.parametrize("treatment", Treatment)
def test_a_feature_without_any_known_value(treatment: Treatment) -> None:
    encoder = fit_encoder(matrix(saldo_mora=[np.nan] * 50), treatment)
    found = inputs(encoder, matrix(saldo_mora=[np.nan, 3.0]))
    if treatment is Treatment.NATIVE:
        assert list(found) == ["saldo_mora"]
        assert np.isnan(found["saldo_mora"][0])
    else:
        assert found == {"saldo_mora": [0, 3], "saldo_mora=unknown": [1, 0]}


@pytest.mark.parametrize("treatment", Treatment)
def test_frequent_categories_have_an_input_and_the_others_share_one(treatment: Treatment) -> None:
    codes = [4.0] * 30 + [9.0] * MIN_LOANS + [10.0] * (MIN_LOANS - 1)
    encoder = fit_encoder(matrix(tipo_credito=codes), treatment)
    assert inputs(encoder, matrix(tipo_credito=[4, 9, 10, 68, np.nan])) == {
        "tipo_credito=4": [1, 0, 0, 0, 0],
        "tipo_credito=9": [0, 1, 0, 0, 0],
        "tipo_credito=other_category": [0, 0, 1, 1, 0],
    }


def test_an_unknown_category_has_an_input_where_it_is_frequent() -> None:
    encoder = fit_encoder(matrix(tendencia_ingresos=[0.0] * 30 + [np.nan] * 20), Treatment.NATIVE)
    assert inputs(encoder, matrix(tendencia_ingresos=[0, 2, np.nan])) == {
        "tendencia_ingresos=0": [1, 0, 0],
        "tendencia_ingresos=other_category": [0, 1, 0],
        "tendencia_ingresos=unknown": [0, 0, 1],
    }


def test_a_category_column_without_any_known_value() -> None:
    encoder = fit_encoder(matrix(tipo_laboral=[np.nan] * 25), Treatment.SCALED)
    assert inputs(encoder, matrix(tipo_laboral=[np.nan, 1])) == {
        "tipo_laboral=other_category": [0, 1],
        "tipo_laboral=unknown": [1, 0],
    }


@pytest.mark.parametrize("treatment", Treatment)
def test_an_encoder_may_be_fitted_on_no_loans(treatment: Treatment) -> None:
    nothing = build_features(table(2, 2)).take(np.array([], dtype=np.int64))
    encoder = fit_encoder(nothing, treatment)
    assert encoder.transform(nothing).shape == (0, len(encoder.slots))
    assert encoder.features == FEATURE_NAMES


@pytest.mark.parametrize("treatment", Treatment)
def test_the_order_of_the_columns_does_not_matter(
    features: FeatureMatrix, treatment: Treatment
) -> None:
    encoder = fit_encoder(features, treatment)
    turned = features.select(features.names[::-1])
    assert same_values(encoder.transform(turned), encoder.transform(features))


@pytest.mark.parametrize("treatment", Treatment)
def test_a_loan_alone_is_encoded_like_the_same_loan_among_many(
    features: FeatureMatrix, treatment: Treatment
) -> None:
    encoder = fit_encoder(features, treatment)
    encoded = encoder.transform(features)
    for row in range(0, 600, 50):
        alone = encoder.transform(features.take(np.array([row])))
        assert same_values(alone, encoded[[row]])


@pytest.mark.parametrize("treatment", Treatment)
def test_more_features_than_needed_do_no_harm_and_fewer_are_an_error(
    features: FeatureMatrix, treatment: Treatment
) -> None:
    some = features.select(("plazo_meses", "tipo_credito", "saldo_total"))
    encoder = fit_encoder(some, treatment)
    assert encoder.features == some.names
    assert same_values(encoder.transform(features), encoder.transform(some))
    with pytest.raises(KeyError, match="saldo_total"):
        encoder.transform(some.select(("plazo_meses", "tipo_credito")))


@pytest.mark.parametrize("treatment", Treatment)
def test_transforming_leaves_the_features_alone(
    features: FeatureMatrix, treatment: Treatment
) -> None:
    before = features.values.copy()
    fit_encoder(features, treatment).transform(features)
    assert same_values(features.values, before)


@pytest.mark.parametrize("treatment", Treatment)
def test_an_encoder_survives_json(features: FeatureMatrix, treatment: Treatment) -> None:
    encoder = fit_encoder(features, treatment)
    again = ENCODER.validate_json(ENCODER.dump_json(encoder))
    assert again == encoder
    new = build_features(table(50, 9))
    assert same_values(again.transform(new), encoder.transform(new))


_COLUMN = st.lists(
    st.floats(width=32, allow_infinity=False, allow_subnormal=True), min_size=1, max_size=60
)


@given(_COLUMN, st.sampled_from(Treatment))
def test_what_is_learned_survives_json_to_the_last_bit(
    column: list[float], treatment: Treatment
) -> None:
    train = matrix(capital_prestado=column)
    encoder = fit_encoder(train, treatment)
    again = ENCODER.validate_json(ENCODER.dump_json(encoder))
    assert again == encoder
    assert same_values(again.transform(train), encoder.transform(train))


@given(_COLUMN, st.sampled_from([Treatment.IMPUTED, Treatment.SCALED]))
def test_inputs_stay_within_what_was_seen(column: list[float], treatment: Treatment) -> None:
    train = matrix(capital_prestado=column)
    known = np.array(column, dtype=np.float32)
    known = known[~np.isnan(known)]
    values = inputs(fit_encoder(train, treatment), train)["capital_prestado"]
    if known.size:
        assert known.min() <= min(values) <= max(values) <= known.max()
    else:
        assert set(values) == {0.0}


def test_a_slot_names_what_it_says() -> None:
    assert Slot("tipo_credito", SlotKind.CATEGORY, (4.0,)).name == "tipo_credito=4"
    assert Slot("plazo_meses", SlotKind.VALUE).name == "plazo_meses"
    assert Slot("plazo_meses", SlotKind.UNKNOWN).name == "plazo_meses=unknown"


def test_numeric_features_keep_the_catalogue_s_order(features: FeatureMatrix) -> None:
    encoder = fit_encoder(features, Treatment.NATIVE)
    values = [slot.feature for slot in encoder.slots if slot.kind is SlotKind.VALUE]
    assert values[: len(NUMERIC) - 1] == [c.name for c in NUMERIC if c.name != "tipo_credito"]
