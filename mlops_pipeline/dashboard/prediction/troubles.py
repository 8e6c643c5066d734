"""What kept the service from answering, as a person is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlops_pipeline import messages
from mlops_pipeline.client import (
    InvalidLoan,
    ServiceError,
    ServiceOverloaded,
    ServiceTimeout,
    ServiceUnreachable,
    TooLarge,
    Unauthorized,
    UnknownPrediction,
)
from mlops_pipeline.src.data.schema import BY_NAME

_FORBIDDEN = 403
_KINDS: Mapping[type[ServiceError], str] = {
    ServiceUnreachable: "unreachable",
    ServiceTimeout: "timeout",
    Unauthorized: "unauthorized",
    UnknownPrediction: "unknown",
    TooLarge: "too_large",
    InvalidLoan: "invalid",
    ServiceOverloaded: "overloaded",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happened and what can be done about it.

    Attributes:
        kind: a stable name.
        said: in the client's words, with what the service said.
        fields: why the service refused each of a loan's fields.
        request_id: names the request in the service's technical log.

    """

    kind: str
    said: str
    fields: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None

    @property
    def title(self) -> str:
        """Name it."""
        return messages.ERROR_TITLES[self.kind]

    @property
    def advice(self) -> str:
        """Say what to do."""
        return messages.ERROR_ADVICE[self.kind]


def trouble_of(error: ServiceError, request_id: str | None = None) -> Trouble:
    """Explain an error of the client.

    Args:
        error: what the client raised.
        request_id: what the request was named, for where no answer came that would say it.

    """
    kind = "forbidden" if error.status == _FORBIDDEN else _KINDS.get(type(error), "other")
    fields: dict[str, str] = {}
    if isinstance(error, InvalidLoan):
        for one in error.fields:
            if one.field in BY_NAME:
                fields.setdefault(str(one.field), one.msg)
    return Trouble(kind, str(error), fields, error.request_id or request_id)


def bad_address(error: ValueError) -> Trouble:
    """Explain that the service's address is none."""
    return Trouble("address", str(error))
