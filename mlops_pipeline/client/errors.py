"""Every error of the client; its text is a Spanish sentence that a person may read.

ServiceError                the service answered with an error, or with something strange
├── ServiceUnreachable        no connection, or it broke
├── ServiceTimeout            no answer in time
├── Unauthorized              401: the API key is missing or wrong
├── UnknownPrediction         404: the log has no such prediction
├── TooLarge                  413: body or batch beyond the limit
├── InvalidLoan               422: fields and reasons in `fields`
└── ServiceOverloaded         503: come back after `retry_after` seconds
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from pydantic import TypeAdapter, ValidationError

from mlops_pipeline import messages
from mlops_pipeline.client.answers import FieldError

REQUEST_ID = "X-Request-ID"


class ServiceError(Exception):
    """Base of what the client raises: HTTP `status`, if there was an answer, and `request_id`."""

    def __init__(
        self, sentence: str, *, status: int | None = None, request_id: str | None = None
    ) -> None:
        """Say what happened."""
        super().__init__(sentence)
        self.status = status
        self.request_id = request_id


class ServiceUnreachable(ServiceError):  # noqa: N818 - the vocabulary of the service's users
    """There is no connection to the service, or it broke."""


class ServiceTimeout(ServiceError):  # noqa: N818
    """The service did not answer in time."""


class Unauthorized(ServiceError):  # noqa: N818
    """The API key is missing or wrong (401)."""


class UnknownPrediction(ServiceError):  # noqa: N818
    """The log has no prediction of that id (404)."""


class TooLarge(ServiceError):  # noqa: N818
    """The body or the batch is larger than the service takes (413)."""


class InvalidLoan(ServiceError):  # noqa: N818
    """What was sent is no loan that the service takes (422)."""

    fields: tuple[FieldError, ...] = ()


class ServiceOverloaded(ServiceError):  # noqa: N818
    """The service cannot answer now (503); `retry_after` in seconds, if it said so."""

    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class _Refusal:
    """The body of an error."""

    detail: str | tuple[FieldError, ...] | None = None


_REFUSAL = TypeAdapter(_Refusal)


def of_failure(failure: httpx.RequestError, url: httpx.URL) -> ServiceError:
    """Name what kept a request from being answered."""
    address = f"{url.scheme}://{url.netloc.decode()}"  # without user and password
    if isinstance(failure, httpx.TimeoutException):
        return ServiceTimeout(messages.service_timeout(address))
    return ServiceUnreachable(messages.service_unreachable(address))


def of_answer(answer: httpx.Response) -> ServiceError:
    """Name an error that the service answered; the body has been read."""
    status, request_id = answer.status_code, answer.headers.get(REQUEST_ID)
    try:
        detail = _REFUSAL.validate_json(answer.content).detail
    except ValidationError:
        detail = None  # some proxy's page
    fields = detail if isinstance(detail, tuple) else ()
    said = detail if isinstance(detail, str) else None
    named: ServiceError
    match status:
        case 401:
            named = Unauthorized(messages.unauthorized(said))
        case 404 if answer.request.url.path.partition("/predictions/")[2]:
            named = UnknownPrediction(messages.no_such_prediction(said))
        case 413:
            named = TooLarge(messages.too_large(said))
        case 422:
            named = InvalidLoan(messages.loan_refused([said] if said else _reasons(fields)))
            named.fields = fields
        case 503:
            seconds = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
            named = ServiceOverloaded(messages.overloaded(said, seconds))
            named.retry_after = seconds
        case _ if answer.is_redirect:
            named = ServiceError(messages.redirected(status))
        case _:
            named = ServiceError(messages.service_refused(status, said))
    named.status, named.request_id = status, request_id
    return named


def _reasons(fields: tuple[FieldError, ...]) -> list[str]:
    """Word refused fields, those of a batch with their loan's position."""
    return [
        (f"[{one.index}] " if one.index is not None else "")
        + (f"{one.field}: {one.msg}" if one.field else one.msg)
        for one in fields
    ]


def retry_after(header: str | None, now: datetime) -> float | None:
    """Give the seconds that a `Retry-After` header asks for: a number of them, or a date.

    >>> retry_after("5", datetime(2026, 1, 1, tzinfo=UTC))
    5.0
    >>> retry_after("Thu, 01 Jan 2026 00:00:30 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    """
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone
        return None


def strange(answer: httpx.Response) -> ServiceError:
    """Name an answer that is not of the agreed form."""
    return ServiceError(
        messages.strange_answer(),
        status=answer.status_code,
        request_id=answer.headers.get(REQUEST_ID),
    )
