"""What the metrics show of drift, as plain figures."""

from __future__ import annotations

from typing import Any

from mlops_pipeline.monitor.answers import Answers


def figures(answers: Answers) -> dict[str, Any]:
    """Give the figures of the window that is watched by default.

    Raises:
        LogUnavailableError: the log's database cannot be read now.

    """
    source, report, progress = answers.watched_now()
    until = None if progress is None else progress.counted_until
    return {
        "window": source.value,
        "level": report.level.severity,
        "loans": report.window.loans,
        "pending": 0 if progress is None else progress.pending,
        "counted_until": None if until is None else until.timestamp(),
        "variables": {
            one.name: {
                "level": None if one.level is None else one.counted_level.severity,
                "psi": one.psi,
                "ks": one.ks,
                "missing": one.missing,
            }
            for one in (*report.variables, *report.shown)
        },
    }
