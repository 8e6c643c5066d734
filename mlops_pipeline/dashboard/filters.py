"""What the person has chosen to look at. The choices live in the page's address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Source(StrEnum):
    """Where the window's loans come from; the values stand in the page's address."""

    AUTO = "auto"  # real traffic once there is enough of it, else out-of-time
    OUT_OF_TIME = "prueba"
    TRAFFIC = "trafico"
    FILE = "archivo"


@dataclass(frozen=True, slots=True)
class Filters:
    """The chosen window, period and segment; None: all of it."""

    source: Source = Source.AUTO
    since: date | None = None
    until: date | None = None
    tipo_laboral: str | None = None
    tipo_credito: str | None = None
