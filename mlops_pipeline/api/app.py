"""The application factory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

import mlops_pipeline
from mlops_pipeline import messages
from mlops_pipeline.api import errors
from mlops_pipeline.api.routes import router
from mlops_pipeline.api.service import Serving
from mlops_pipeline.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Give the service; the published model is loaded when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.serving = Serving.load(settings.models_dir)
        yield

    app = FastAPI(
        title=messages.API_TITLE,
        description=messages.API_DESCRIPTION,
        version=mlops_pipeline.__version__,
        lifespan=lifespan,
    )
    app.include_router(router)
    errors.install(app)
    return app


def serve(app: FastAPI, settings: Settings) -> None:
    """Answer requests until the process is told to end."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        loop="uvloop",
        http="httptools",
    )
