"""What a person or a supervisor asks of a running command: stop, but not in the middle."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TERMINATED = 128 + signal.SIGTERM


def _in_main_thread() -> bool:
    """Tell whether signal handlers may be set here."""
    return threading.current_thread() is threading.main_thread()


@contextmanager
def orderly_termination() -> Iterator[None]:
    """Let SIGTERM end the program as an exit does, so that what it started ends with it.

    What breaks on the way out, such as a pool of processes that was just being started, does not
    turn the exit into a failure.
    """
    if not _in_main_thread():
        yield
        return

    asked: list[int] = []

    def terminated(number: int, _frame: object) -> None:
        asked.append(number)
        sys.exit(TERMINATED)

    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    except Exception as error:  # whatever it is; it goes on, but for its meaning after a SIGTERM
        if asked:
            raise SystemExit(TERMINATED) from error
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put Ctrl-C and SIGTERM off until the end of the block, which should be short."""
    if not _in_main_thread():
        yield
        return
    asked: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda number, _frame: asked.append(number)) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
        for number in asked:
            signal.raise_signal(number)
