"""Entries of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Urgency(StrEnum):
    """By when."""

    TODAY = "hoy"
    WEEK = "esta semana"
    MONTH = "este mes"
    NONE = "sin prisa"


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the plan.

    Attributes:
        rule: a stable name of the rule that gave it.
        what, why: sentences; the why holds the figures.
        command: what does it, or shows more; empty where it is done elsewhere.
        variables: what it is about, the most important first.

    """

    rule: str
    urgency: Urgency
    what: str
    why: str
    command: str
    variables: tuple[str, ...] = ()
