"""Days and periods in Spanish."""

from __future__ import annotations

from datetime import date

_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")


def day_name(day: date) -> str:
    """Write a day.

    >>> day_name(date(2026, 11, 3))
    '3 nov 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def period_name(period: str) -> str:
    """Name a day, week or month as monitoring labels them.

    >>> [period_name(one) for one in ("2025-07", "2025-W27", "2025-07-01", "2025-07/2025-08")]
    ['jul 2025', 'sem 27 de 2025', '1 jul 2025', 'jul 2025 a ago 2025']
    """
    begin, _, end = period.partition("/")
    if end:
        return f"{period_name(begin)} a {period_name(end)}"
    year, _, rest = period.partition("-")
    if rest.startswith("W"):
        return f"sem {int(rest[1:])} de {year}"
    month, _, day = rest.partition("-")
    name = f"{_MONTHS[int(month) - 1]} {year}"
    return f"{int(day)} {name}" if day else name
