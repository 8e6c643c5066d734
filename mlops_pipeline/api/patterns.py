"""What texts look like, for the OpenAPI document: the checks themselves are pydantic's and ours.

The pattern of a date is exact, so that whoever makes requests from the document makes no date
that is refused; the service also takes spaces around it, which the document does not promise.
"""

from __future__ import annotations

from typing import Any

from mlops_pipeline.src.data.schema import MAX_TEXT

_DAYS = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = "[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,9})?)?"
_OFFSET = "(?:Z|[+-](?:0[0-9]|1[0-9]|2[0-3]):?[0-5][0-9])"


_LEAP_DAY = "(?:199[26]|20(?:[02468][048]|[13579][26]))-02-29"

# `POSSIBLE_YEARS`; with an offset, the first and the last year's edges may be of another year.
MOMENT = (
    f"^(?:(?:(?:199[0-9]|20[0-9]{{2}}|2100)-{_DAYS}|{_LEAP_DAY})(?:{_TIME})?"
    f"|(?:(?:199[1-9]|20[0-9]{{2}})-{_DAYS}|{_LEAP_DAY}){_TIME}{_OFFSET})$"
)

MOMENT_SCHEMA: dict[str, Any] = {"type": "string", "pattern": MOMENT}

# Spaces alone are no text.
TEXT_SCHEMA: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_TEXT,
    "pattern": "\\S",
}
