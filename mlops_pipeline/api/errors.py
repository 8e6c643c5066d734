"""Errors to answers: HTTP status codes and Spanish words, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from mlops_pipeline import messages
from mlops_pipeline.src.data.schema import BY_NAME
from mlops_pipeline.src.errors import NoModelError

RETRY_SECONDS = 5


class EmptyBatchError(Exception):
    """A batch without loans."""


def install(app: FastAPI) -> None:
    """Let the application answer its errors this way."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(EmptyBatchError, _empty_batch)
    app.add_exception_handler(NoModelError, _no_model)
    app.add_exception_handler(HTTPException, _http)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """422: name each field, what came and what is allowed."""
    found: Sequence[Mapping[str, Any]] = (
        error.errors() if isinstance(error, RequestValidationError) else ()
    )
    return JSONResponse({"detail": [item(one) for one in found]}, status_code=422)


async def _empty_batch(_request: Request, _error: Exception) -> JSONResponse:
    """400: nothing to predict."""
    return JSONResponse({"detail": messages.EMPTY_BATCH}, status_code=400)


async def _no_model(_request: Request, error: Exception) -> JSONResponse:
    """503: there is no model to answer with."""
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return JSONResponse({"detail": str(error)}, status_code=503, headers=headers)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    """Answer the framework's own refusals (404, 405, ...) in Spanish."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"detail": messages.http(status)}, status_code=status, headers=headers)


def item(error: Mapping[str, Any]) -> dict[str, Any]:
    """Give one validation error: its type and place as pydantic names them, in Spanish words."""
    kind, place = str(error["type"]), [_place(part) for part in error["loc"]]
    named = place[-1] if place else ""
    context = error.get("ctx", {})
    message = messages.validation(kind, error.get("input"), context, str(named), tuple(BY_NAME))
    # pydantic names the branch of a union behind the field: the field is what the client knows.
    while place and place[-1] not in BY_NAME and place[-1] in ("float", "constrained-str"):
        place.pop()
    return {"type": kind, "loc": place, "msg": message}


def _place(part: object) -> str | int:
    """Give a part of an error's place as JSON can say it."""
    return part if isinstance(part, int) else str(part)
