"""The commands that show the loans a plan is about, by period."""

from __future__ import annotations

from collections.abc import Callable

from mlops_pipeline import messages
from mlops_pipeline.src.monitoring.periods import Span

# Gives the command that shows a window, since a day (None: to be chosen), by such periods; empty
# where no command shows it.
Look = Callable[[str | None, Span], str]


def look_at_log(since: str | None, by: Span) -> str:
    """Give the command that shows logged loans."""
    return messages.drift_command(since, by.value)


def look_at_log_from(first: str) -> Look:
    """Show logged loans from a day of arrival on, whatever the dates of the loans themselves.

    >>> look = look_at_log_from("2026-11-01")
    >>> look("2025-02-03", Span.DAY)
    'python -m mlops_pipeline drift --since 2026-11-01 --by day'
    >>> look(None, Span.WEEK)
    'python -m mlops_pipeline drift --since AAAA-MM-DD --by week'
    """
    return lambda since, by: look_at_log(None if since is None else first, by)


def look_at_file(path: str | None = None) -> Look:
    """Show a file's loans.

    Args:
        path: as the command takes it; None: it is not known here.

    >>> look_at_file("mi cartera.csv")("2025-02-03", Span.DAY)
    "python -m mlops_pipeline drift --window 'mi cartera.csv' --by day"

    """
    return lambda _since, by: messages.file_drift_command(by.value, path)


def look_at_default(_since: str | None, by: Span) -> str:
    """Give the command that shows what is watched without further words."""
    return messages.plain_drift_command(by.value)


def look_nowhere(_since: str | None, _by: Span) -> str:
    """Give no command: none shows these loans."""
    return ""
