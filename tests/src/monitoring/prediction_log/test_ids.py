"""Prediction ids: RFC 9562's layout, in the order of time."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline.src.monitoring.prediction_log.ids import (
    id_floor,
    moment_ms,
    new_prediction_id,
    new_prediction_ids,
)

MOMENTS = st.integers(0, 2**48 - 1)


@given(MOMENTS)
def test_an_id_is_a_uuid_of_version_7_with_its_moment(ms: int) -> None:
    text = new_prediction_id(ms)
    found = UUID(text)
    assert (str(found), found.version, found.variant) == (text, 7, RFC_4122)
    assert found.int >> 80 == ms == moment_ms(text)


@given(MOMENTS, MOMENTS)
def test_ids_as_text_are_in_the_order_of_their_moments(one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    assert id_floor(later) <= new_prediction_id(later)
    if earlier < later:
        assert new_prediction_id(earlier) < id_floor(later)


def test_ids_of_one_millisecond_differ() -> None:
    assert len({new_prediction_id(7) for _ in range(10_000)}) == 10_000


@given(MOMENTS, st.integers(0, 20))
def test_many_ids_at_once_are_ids_as_well(ms: int, count: int) -> None:
    texts = new_prediction_ids(ms, count)
    assert len(set(texts)) == len(texts) == count
    for text in texts:
        found = UUID(text)
        assert (str(found), found.version, found.variant) == (text, 7, RFC_4122)
        assert moment_ms(text) == ms


def test_all_the_variants_that_the_rfc_allows_come_up() -> None:
    assert {new_prediction_id(7)[19] for _ in range(1_000)} == set("89ab")
