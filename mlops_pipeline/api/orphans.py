"""A worker whose parent was killed ends too.

uvicorn's workers would go on: answering with settings of old, and holding the port so that the
service cannot be started again.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5


async def end_with_parent() -> None:
    """End this process in good order once the one that started it has ended; none: return."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    while parent.is_alive():
        await asyncio.sleep(LOOK_SECONDS)
    logger.error("parent_ended", extra={"parent": parent.pid})
    os.kill(os.getpid(), signal.SIGTERM)
