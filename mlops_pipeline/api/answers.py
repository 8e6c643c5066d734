"""Scores to the JSON that clients read, written once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import orjson

from mlops_pipeline import messages
from mlops_pipeline.src.data.cleaning import LoanFlag
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.scoring.scorer import LoanScore, Scores

Warnings = list[dict[str, Any]]

_INTERPRETATIONS = tuple(messages.interpretation(decision) for decision in (0, 1))


class Clock:
    """The time as answers show it, to the second; written anew only when the second changes."""

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def now(self) -> tuple[int, str]:
        """Give milliseconds since 1970 (UTC) and the text `YYYY-MM-DDTHH:MM:SSZ`."""
        milliseconds = time.time_ns() // 1_000_000
        second = milliseconds // 1_000
        if second != self._second:
            self._second = second
            self._text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
        return milliseconds, self._text


def warnings_of_one(score: LoanScore) -> Warnings:
    """Say what was found about one loan's values."""
    return [_warning(0, flag) for flag in score.flags] if score.flags else []


def warnings_of_many(loans: LoanTable, scores: Scores) -> Warnings:
    """Say what was found about the values of many loans, in their order."""
    found: Warnings = []
    for flag in scores.flags:
        rows = flag.rows.tolist()
        came = loans[flag.column][flag.rows].tolist()
        words = {value: _said(LoanFlag(flag.column, flag.finding, value)) for value in set(came)}
        found.extend({"index": row, **words[value]} for row, value in zip(rows, came, strict=True))
    found.sort(key=itemgetter("index"))
    return found


def logged_warnings(warnings: Warnings) -> str:
    """Give one loan's warnings as the log keeps them: without the loan's place in a request."""
    if not warnings:
        return "[]"
    names = ("field", "finding", "message")
    return orjson.dumps([{name: one[name] for name in names} for one in warnings]).decode()


def _warning(index: int, flag: LoanFlag) -> dict[str, Any]:
    """Say what was found about a value of a loan."""
    return {"index": index, **_said(flag)}


def _said(flag: LoanFlag) -> dict[str, str]:
    """Say what was found about a value."""
    code = flag.finding.value
    return {"field": flag.column, "finding": code, "message": messages.finding(code, flag.value)}


def prediction_json(
    decisions: Sequence[int],
    probabilities: Sequence[float] | None,
    ids: Sequence[str],
    version: str,
    timestamp: str,
    warnings: Warnings,
) -> bytes:
    """Write the answer that `wire.PredictionResponse` describes."""
    return orjson.dumps(
        {
            "predictions": decisions,
            "probability_class_1": probabilities,
            "interpretation": [_INTERPRETATIONS[decision] for decision in decisions],
            "n_samples": len(decisions),
            "model_version": version,
            "timestamp": timestamp,
            "warnings": warnings,
            "prediction_id": ids,
        }
    )


_ONE = tuple(
    (
        b'{"predictions":[%d],"probability_class_1":' % decision,
        b',"interpretation":[%b],"n_samples":1,"model_version":"' % orjson.dumps(text),
    )
    for decision, text in enumerate(_INTERPRETATIONS)
)


def one_prediction_json(
    decision: int,
    probability: float | None,
    prediction_id: str,
    version: str,
    timestamp: str,
    warnings: Warnings,
) -> bytes:
    """Write what `prediction_json` writes for one loan, of pieces that are ready but for a few."""
    start, middle = _ONE[decision]
    shown = b"null" if probability is None else orjson.dumps([probability])
    found = orjson.dumps(warnings) if warnings else b"[]"
    rest = f'{version}","timestamp":"{timestamp}","warnings":'.encode()
    return b'%b%b%b%b%b,"prediction_id":["%b"]}' % (
        start, shown, middle, rest, found, prediction_id.encode(),
    )  # fmt: skip
