"""Dates: every accepted shape, every refused one, and the fast way equal to the slow one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline.src.data.moments import (
    format_moment,
    parse_moment,
    parse_moments,
    possible_moments,
)
from tests.support import document, printable, tables_of

NOON = int(datetime(2025, 3, 9, 12, 0, 0, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-09 12:00",
        "2025-03-09 12:00:00",
        "2025-03-09T12:00:00",
        "2025-03-09T12:00:00.0",
        "2025-03-09 12:00:00.999999",
        "2025-03-09 12:00:00.999999999",
        "2025-03-09T17:00:00Z",
        "2025-03-09T17:00Z",
        "2025-03-09T17:00:00.5+00:00",
        "2025-03-09T12:00:00-05:00",
        "2025-03-09T12:00:00-0500",
        "2025-03-10T02:00:00+09:00",
        "2025-03-08T18:00:00-23:00",
    ],
)
def test_every_shape_gives_colombian_wall_clock_seconds(text: str) -> None:
    assert parse_moment(text) == NOON


def test_a_date_alone_is_its_midnight() -> None:
    assert parse_moment("2025-03-09") == NOON - 12 * 3_600


def test_midnight_in_london_is_the_evening_before_in_bogota() -> None:
    assert format_moment(parse_moment("2025-01-01T00:00:00Z")) == "2024-12-31 19:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ayer",
        "2025-02-30",
        "2025-02-29",
        "2025-13-01",
        "2025-00-10",
        "2025-01-00",
        "0000-01-01",
        "2025-1-1",
        "20250101",
        "2025-W10-7",
        "2025-068",
        "09/03/2025",
        "2025/03/09",
        " 2025-03-09",
        "2025-03-09\n",
        "2025-03-09Z",
        "2025-03-09 24:00:00",
        "2025-03-09 12:60:00",
        "2025-03-09 23:59:60",
        "2025-03-09 12",
        "2025-03-09  12:00:00",
        "2025-03-09t12:00:00",
        "2025-03-09T12:00:00.",
        "2025-03-09T12:00:00z",
        "2025-03-09T12:00:00+05",
        "2025-03-09T12:00:00+24:00",
        "2025-03-09T12:00:00+05:75",
        "2025-03-09T12:00:00 +05:00",
        "2025-03-09 12:00:00\x00",
        "٢٠٢٥-03-09",
        "２０２５-03-09",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:00:00-08:00",
        "1741521600",
    ],
)
def test_what_is_no_date_is_refused_with_what_came(text: str) -> None:
    with pytest.raises(ValueError, match="no es una fecha; se espera AAAA-MM-DD") as caught:
        parse_moment(text)
    assert f"«{printable(text)}»" in str(caught.value)


@pytest.mark.parametrize("text", ["1700-05-05", "1989-12-31 23:59:59", "2101-01-01", "9999-12-31"])
def test_dates_that_no_loan_can_have_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="fuera de las fechas posibles") as caught:
        parse_moment(text)
    assert "1990 a 2100" in str(caught.value)


def test_the_possible_years_are_those_of_colombian_time() -> None:
    assert format_moment(parse_moment("2101-01-01T04:59:59Z")) == "2100-12-31 23:59:59"
    with pytest.raises(ValueError, match="fechas posibles"):
        parse_moment("1990-01-01T04:59:59Z")


def test_possible_moments_has_closed_ends() -> None:
    first, last = parse_moment("1990-01-01"), parse_moment("2100-12-31 23:59:59")
    seconds = np.array([first - 1, first, last, last + 1])
    assert possible_moments(seconds).tolist() == [False, True, True, False]


@given(
    st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30)),  # noqa: DTZ001 - wall clock
    st.integers(-23 * 60, 23 * 60),
)
def test_any_offset_names_the_same_moment(wall: datetime, minutes: int) -> None:
    colombian = wall.replace(microsecond=0, tzinfo=timezone(timedelta(hours=-5)))
    elsewhere = colombian.astimezone(timezone(timedelta(minutes=minutes)))
    assert parse_moment(elsewhere.isoformat()) == parse_moment(wall.strftime("%Y-%m-%d %H:%M:%S"))


@given(st.integers(parse_moment("1990-01-01"), parse_moment("2100-12-31 23:59:59")))
def test_what_is_written_reads_back(seconds: int) -> None:
    assert parse_moment(format_moment(seconds)) == seconds


@pytest.mark.parametrize("separator", [" ", "T"])
def test_a_column_of_one_shape_is_read_at_once_and_alike(separator: str) -> None:
    texts = [f"20{year}-02-28{separator}0{year % 10}:59:01" for year in range(10, 99)]
    read = parse_moments(texts)
    assert read is not None
    assert read.tolist() == [parse_moment(text) for text in texts]


def test_both_separators_may_stand_in_one_column() -> None:
    read = parse_moments(["2025-03-09 12:00:00", "2025-03-09T12:00:00"])
    assert read is not None
    assert read.tolist() == [NOON, NOON]


def test_no_texts_give_no_moments() -> None:
    read = parse_moments([])
    assert read is not None
    assert read.tolist() == []


_PIECES = st.text(alphabet="0123456789-: TtZ+.\x00٢ \n", min_size=0, max_size=20)


@given(
    st.lists(
        st.sampled_from(
            [
                "2025-03-09",
                "2025-03-10",
                "2025-02-30",
                "1700-01-01",
                "2025-03-09 12:00:00",
                "2025-03-09T24:00:00",
                "2025-03-09_12:00:00",
                "2025-03-0912:00:000",
                "2025-03-9 ",
                "20250309  ",
                "2025-W10-7",
                "2025-03-09 12:00Z  ",
                "٢٠٢٥-03-09",
                "2025-03-0\x00",
            ]
        )
        | _PIECES,
        min_size=1,
        max_size=3,
    )
)
def test_the_fast_way_never_accepts_what_the_slow_one_refuses(texts: list[str]) -> None:
    read = parse_moments(texts)
    if read is not None:
        assert read.tolist() == [parse_moment(text) for text in texts]


def test_a_date_alone_and_its_midnight_are_the_same_loan() -> None:
    loans = tables_of(
        document(fecha_prestamo="2025-03-09"), document(fecha_prestamo="2025-03-09T05:00:00Z")
    )
    assert loans.seconds[0] == loans.seconds[1]
