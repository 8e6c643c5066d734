"""What the OpenAPI document says of texts is what the service takes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline.api.patterns import MOMENT
from mlops_pipeline.src.data.moments import format_moment, parse_moment


@given(st.from_regex(re.compile(MOMENT, re.ASCII), fullmatch=True))
def test_every_date_that_the_document_allows_is_taken(text: str) -> None:
    parse_moment(text)


@given(st.integers(parse_moment("1990-01-01"), parse_moment("2100-12-31 23:59:59")))
def test_the_document_allows_every_possible_date(seconds: int) -> None:
    text = format_moment(seconds)
    assert re.match(MOMENT, text)
    assert re.match(MOMENT, text[:10])
    assert re.match(MOMENT, text.replace(" ", "T"))


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("2024-02-29", True),
        ("2000-02-29", True),
        ("2100-02-29", False),
        ("2025-02-29", False),
        ("1989-12-31", False),
        ("2101-01-01", False),
        ("2025-04-31", False),
        ("2025-06-01T10:30Z", True),
        ("2025-06-01T10:30:00.123456789-05:00", True),
        ("2025-06-01T10:30:00+2400", False),
        ("1990-01-01T00:00Z", False),
        ("2025-06-01T24:00", False),
        ("", False),
    ],
)
def test_the_documents_pattern_and_the_check_agree(text: str, allowed: bool) -> None:
    assert bool(re.match(MOMENT, text)) == allowed
    if allowed:
        parse_moment(text)
    else:
        with pytest.raises(ValueError, match="fecha"):
            parse_moment(text)
