"""Work on large arrays, some of it at a time: numpy lets other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import joblib

T = TypeVar("T")
R = TypeVar("R")


def in_threads(work: Callable[[T], R], things: Iterable[T], jobs: int) -> list[R]:
    """Give what `work` makes of each thing, in their order, `jobs` of them at a time."""
    found: list[R] = joblib.Parallel(n_jobs=jobs, prefer="threads")(
        joblib.delayed(work)(thing) for thing in things
    )
    return found
