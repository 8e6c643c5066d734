"""The framework's own errors, answered like ours."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from mlops_pipeline import messages
from mlops_pipeline.api.errors import Refused, internal, invalid_items


def install(app: FastAPI) -> None:
    """Let the application answer its errors in Spanish, in one shape."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)


def _response(refused: Refused) -> Response:
    """Give a refusal as the framework's answer."""
    return JSONResponse({"detail": refused.detail}, refused.status, refused.headers)


async def _refused(_request: Request, error: Exception) -> Response:
    """Answer a refusal of a route."""
    return _response(error if isinstance(error, Refused) else internal())


async def _invalid(_request: Request, error: Exception) -> Response:
    """422: name each parameter, what came and what is allowed."""
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    return _response(invalid_items(found))


async def _http(_request: Request, error: Exception) -> Response:
    """Answer the framework's own refusals (404, 405, ...)."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"detail": messages.http(status)}, status_code=status, headers=headers)


async def _failed(_request: Request, _error: Exception) -> Response:
    """500: the error is in the log, not in the answer."""
    return _response(internal())
