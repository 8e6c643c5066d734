"""What the person has chosen to look at. The choices live in the page's address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# Keys of the widgets, and names in the page's address: those that a colleague may be sent.
SOURCE, SINCE, UNTIL = "ventana", "desde", "hasta"
TIPO_LABORAL, TIPO_CREDITO = "tipo_laboral", "tipo_credito"
TAB, VARIABLE, SPAN = "tab", "variable", "por"

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


class Source(StrEnum):
    """Where the window's loans come from; their names stand in the page's address."""

    AUTO = "automatica"  # real traffic once there is enough of it, else out-of-time
    OUT_OF_TIME = "prueba"
    TRAFFIC = "trafico"
    FILE = "archivo"


@dataclass(frozen=True, slots=True)
class Filters:
    """The chosen window, period (both days included) and segment; None: all of it."""

    source: Source = Source.AUTO
    since: date | None = None
    until: date | None = None
    tipo_laboral: str | None = None
    tipo_credito: str | None = None

    @property
    def is_segment(self) -> bool:
        """Whether a part of the loans was chosen by their kind."""
        return self.tipo_laboral is not None or self.tipo_credito is not None

    @property
    def is_backwards(self) -> bool:
        """Whether the period ends before it begins."""
        return self.since is not None and self.until is not None and self.since > self.until


def unusable(
    asked: Mapping[str, str], allowed: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, str], ...]:
    """Give the names and values of an address that mean nothing here.

    Args:
        asked: the address's parameters; names that nobody knows are left alone.
        allowed: the values of each name that is a choice.

    >>> unusable({"ventana": "luna", "desde": "ayer", "utm": "x"}, {"ventana": ["prueba"]})
    (('ventana', 'luna'), ('desde', 'ayer'))
    """
    wrong = [
        (name, value)
        for name, value in asked.items()
        if (name in allowed and value not in allowed[name])
        or (name in (SINCE, UNTIL) and not _is_day(value))
    ]
    return tuple(wrong)


def _is_day(text: str) -> bool:
    """Tell whether a text is a day that can be chosen."""
    try:
        return not text or FIRST_DAY <= date.fromisoformat(text) <= LAST_DAY
    except ValueError:
        return False
