"""Log predictions and print the ids that were acknowledged: `load URL RECORDS CLIENTS`."""

from __future__ import annotations

import asyncio
import os
import sys

from mlops_pipeline.src.errors import LogUnavailableError
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from tests.src.monitoring.prediction_log.support import record


async def main(url: str, records: int, clients: int) -> None:
    """Log so many records, from so many clients at a time."""
    store = PredictionStore(url)
    log = GroupCommit(store)
    log.start(asyncio.get_running_loop())

    async def client(count: int) -> None:
        for _ in range(count):
            new = record()
            while True:
                try:
                    await log.submit([new])
                    break
                except LogUnavailableError:
                    await asyncio.sleep(0.01)
            # A line is written whole or not at all, whenever the process is killed.
            os.write(sys.stdout.fileno(), f"{new.prediction_id}\n".encode())

    await asyncio.gather(*(client(records // clients) for _ in range(clients)))
    await log.close()
    store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
