"""Logs: one JSON object a line on standard error, facts only, never a client's data."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

_FIELDS = "%(levelname)s %(name)s %(message)s"


ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class FactsFormatter(JsonFormatter):
    """Writes where an error arose and of which kind; its text may hold a client's values."""

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - logging's name
        """Give the places and the names of an error and of those that it arose from."""
        found, error = [], ei[1]
        while error is not None:
            found.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__name__)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(found)


def configure_logging(level: str) -> None:
    """Let every logger write JSON, uvicorn's too, and let none write of each request.

    To be called when the service is imported: by then uvicorn, however it was started, has set
    up its own handlers, the access log's among them (it costs a fifth of the requests/s; who
    asked what is in the prediction log and in the metrics).
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        FactsFormatter(
            _FIELDS,
            timestamp=True,
            json_ensure_ascii=False,
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
            rename_fields={"levelname": "level", "name": "logger", "message": "event"},
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
        logger.setLevel(logging.NOTSET)
