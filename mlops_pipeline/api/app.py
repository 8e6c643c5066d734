"""The application factory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import uvicorn
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

import mlops_pipeline
from mlops_pipeline import messages
from mlops_pipeline.api import docs, handlers, hot_documented, monitoring, routes, temporary
from mlops_pipeline.api.front import ScoringApi
from mlops_pipeline.api.hot import Predictions
from mlops_pipeline.api.keys import Keys
from mlops_pipeline.api.metrics import KIND as METRICS
from mlops_pipeline.api.metrics import SHARED_FOLDER, Metrics
from mlops_pipeline.api.protocol import ScoringProtocol
from mlops_pipeline.api.state import running
from mlops_pipeline.api.uploads import KIND as FILES
from mlops_pipeline.settings import Settings

GRACE_SECONDS = 10
# A worker that gives no sign for so long is replaced. It gives none while it imports what it needs:
# with uvicorn's 5 s, a machine that is busy when the service starts would never have a worker.
WORKER_SECONDS = 30


def create_app(settings: Settings) -> ScoringApi:
    """Give the service; model, log and lanes come when it starts."""
    metrics, keys = Metrics(), Keys(settings.api_keys)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(temporary.sweep, FILES)
        async with running(settings, metrics, keys) as state:
            app.state.service = state
            hot = Predictions(settings, state)
            app.hot, app.single = hot.routes, hot.single  # type: ignore[attr-defined]
            yield
            app.hot, app.single = {}, None  # type: ignore[attr-defined]

    app = ScoringApi(
        keys,
        metrics,
        settings.max_in_flight,
        title=messages.API_TITLE,
        description=messages.API_DESCRIPTION,
        version=mlops_pipeline.__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.include_router(routes.router)
    app.include_router(monitoring.router)
    app.include_router(hot_documented.router)
    handlers.install(app)
    docs.install(app)
    return app


def serve(app: FastAPI, settings: Settings) -> None:
    """Answer requests until the process is told to end; several workers load `api_main` anew."""
    with ExitStack() as stack:
        if settings.workers > 1 and SHARED_FOLDER not in os.environ:
            temporary.sweep(METRICS)
            prefix = f"{temporary.named(METRICS, os.getpid())}-"
            folder = tempfile.TemporaryDirectory(prefix=prefix)
            os.environ[SHARED_FOLDER] = stack.enter_context(folder)
        uvicorn.run(
            app if settings.workers == 1 else "api_main:app",
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            loop="uvloop",
            http=ScoringProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody asks for the client's address
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_worker_healthcheck=WORKER_SECONDS,
        )
