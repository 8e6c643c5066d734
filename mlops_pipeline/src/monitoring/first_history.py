"""The history that a bundle brings along: its training and its out-of-time loans, as counts."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from mlops_pipeline import messages
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.aggregates import Aggregates, dump_aggregates, load_aggregates

_TRAINING, _OUT_OF_TIME = "training", "out_of_time"


@dataclass(frozen=True, slots=True)
class FirstHistory:
    """What a new installation knows: the loans the model learnt from, and the later ones."""

    training: Aggregates
    out_of_time: Aggregates


def dump_history(history: FirstHistory) -> bytes:
    """Write a history as JSON."""
    parts = {_TRAINING: history.training, _OUT_OF_TIME: history.out_of_time}
    return orjson.dumps(
        {name: orjson.Fragment(dump_aggregates(one)) for name, one in parts.items()}
    )


def load_history(content: bytes) -> FirstHistory:
    """Read a history.

    Raises:
        WindowError: it is none.

    """
    try:
        document = orjson.loads(content)
        parts = [orjson.dumps(document[name]) for name in (_TRAINING, _OUT_OF_TIME)]
    except (ValueError, LookupError, TypeError) as error:
        raise WindowError(messages.unreadable_tally()) from error
    return FirstHistory(*map(load_aggregates, parts))
