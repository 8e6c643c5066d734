"""Swagger and ReDoc without the internet: their files come from a package."""

from __future__ import annotations

from pathlib import Path

import fastapi_offline
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

FOLDER = "/docs/static"
# ReDoc's script would fetch a logo from its maker: the browser is told to ask no other host.
_ONLY_THIS_HOST = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
_FILES = Path(fastapi_offline.__file__).parent / "static"


def install(app: FastAPI) -> None:
    """Serve both pages and their files."""
    app.mount(FOLDER, StaticFiles(directory=_FILES), name="docs")

    @app.get("/docs", include_in_schema=False)
    async def swagger(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=app.title,
            swagger_js_url=f"{root}{FOLDER}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{FOLDER}/swagger-ui.css",
            swagger_favicon_url=f"{root}{FOLDER}/favicon.png",
        )
        return _closed(page)

    @app.get("/redoc", include_in_schema=False)
    async def redoc(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_redoc_html(
            openapi_url=f"{root}/openapi.json",
            title=app.title,
            redoc_js_url=f"{root}{FOLDER}/redoc.standalone.js",
            redoc_favicon_url=f"{root}{FOLDER}/favicon.png",
            with_google_fonts=False,
        )
        return _closed(page)


def _closed(page: HTMLResponse) -> HTMLResponse:
    """Keep a page from asking other hosts for anything."""
    page.headers["Content-Security-Policy"] = _ONLY_THIS_HOST
    return page
