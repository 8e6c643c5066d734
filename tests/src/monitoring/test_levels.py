"""A level says how large a change is and how sure it is."""

from __future__ import annotations

import pytest

from mlops_pipeline.src.monitoring.levels import (
    ALARM,
    MISSING_BANDS,
    NOTICE,
    PSI_BANDS,
    STRANGE_BANDS,
    Bands,
    Level,
    worst,
)


@pytest.mark.parametrize("bands", [PSI_BANDS, MISSING_BANDS, STRANGE_BANDS])
def test_bands_begin_where_they_say(bands: Bands) -> None:
    ends = (bands.yellow, bands.orange, bands.red)
    assert [bands.level(end, 0.0) for end in ends] == [Level.YELLOW, Level.ORANGE, Level.RED]
    below = [bands.level(end - 1e-9, 0.0) for end in ends]
    assert below == [Level.GREEN, Level.YELLOW, Level.ORANGE]


def test_the_published_bands_are_used() -> None:
    assert (PSI_BANDS.orange, PSI_BANDS.red) == (0.10, 0.25)


def test_a_large_change_that_is_not_sure_is_no_alarm() -> None:
    assert PSI_BANDS.level(3.0, NOTICE + 1e-9) is Level.GREEN
    assert PSI_BANDS.level(3.0, NOTICE) is Level.YELLOW
    assert PSI_BANDS.level(3.0, ALARM) is Level.RED


def test_a_sure_change_without_size_is_green() -> None:
    assert PSI_BANDS.level(0.001, 0.0) is Level.GREEN
    assert PSI_BANDS.level(float("nan"), 0.0) is Level.GREEN


def test_levels_are_ordered() -> None:
    assert worst([Level.GREEN, Level.ORANGE, Level.YELLOW, Level.INSUFFICIENT]) is Level.ORANGE
    assert worst([Level.INSUFFICIENT, Level.GREEN]) is Level.GREEN
    assert worst([]) is Level.INSUFFICIENT
    assert [level.severity for level in Level] == [-1, 0, 1, 2, 3]
    assert [level.lowered for level in Level] == [
        Level.INSUFFICIENT,
        Level.GREEN,
        Level.GREEN,
        Level.YELLOW,
        Level.ORANGE,
    ]
