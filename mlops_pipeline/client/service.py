"""Where the service is and how it is spoken to: what both clients share."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from mlops_pipeline import messages
from mlops_pipeline.client import errors, files
from mlops_pipeline.client.calls import Call, Retries

LOCAL = "http://127.0.0.1:8000"
DEFAULT_TIMEOUT = httpx.Timeout(30.0, connect=5.0)  # seconds; `read` is the gap between two bytes
_API_KEY = "X-API-Key"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Service:
    """The configured service: the only place that its API key is sent to."""

    base_url: str
    api_key: str | None
    retries: Retries

    def __post_init__(self) -> None:
        url = httpx.URL(self.base_url)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(messages.bad_address(self.base_url))

    def request(self, call: Call[Any], request_id: str | None) -> httpx.Request:
        """Make a call's request."""
        headers = self._headers(request_id)
        if call.body is not None:
            headers["Content-Type"] = _JSON
        return httpx.Request(
            call.method,
            self._url(call.path),
            params=call.query or None,
            headers=headers,
            content=call.body,
        )

    def file_request(
        self,
        content: Iterable[bytes] | AsyncIterable[bytes],
        size: int | None,
        media_type: str,
        output: files.Output,
        request_id: str | None,
    ) -> httpx.Request:
        """Make the request that sends a file and asks for its rows."""
        headers = {**self._headers(request_id), "Content-Type": media_type}
        if size is not None:
            headers["Content-Length"] = str(size)
        url = self._url("/predict/file")
        return httpx.Request(
            "POST", url, params={"output": output}, headers=headers, content=content
        )

    def _url(self, path: str) -> str:
        """Give the address of a path of the service."""
        return f"{self.base_url.rstrip('/')}{path}"

    def _headers(self, request_id: str | None) -> dict[str, str]:
        """Give the headers that every request carries."""
        named: Mapping[str, str | None] = {_API_KEY: self.api_key, errors.REQUEST_ID: request_id}
        return {name: value for name, value in named.items() if value is not None}


@contextmanager
def named_failures(request: httpx.Request) -> Iterator[None]:
    """Raise what goes wrong on the way as one of the client's errors."""
    try:
        yield
    except httpx.RequestError as failure:
        raise errors.of_failure(failure, request.url) from failure
