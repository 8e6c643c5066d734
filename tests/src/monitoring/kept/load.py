"""A process that counts a log (the address is its argument) without end, in small steps.

It says `ready` once it begins; it is meant to be killed.
"""

from __future__ import annotations

import sys
import time

from mlops_pipeline.src.monitoring.kept.counter import LogCounter
from tests.src.monitoring.kept.support import counts
from tests.src.monitoring.support import reference


def main(url: str) -> None:
    """Count."""
    with counts(url) as store:
        counter = LogCounter(store, reference().grid)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            if not counter.step(17).more:
                time.sleep(0.002)


if __name__ == "__main__":
    main(sys.argv[1])
