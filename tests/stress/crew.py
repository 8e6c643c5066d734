"""Threads that keep a service busy, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Protocol

Work = Callable[[HTTPConnection], None]

_LONGEST_REQUEST = 90  # seconds


class Reached(Protocol):
    """What can be asked: a service, wherever it runs."""

    def connection(self) -> HTTPConnection:
        """Give a connection that is not open yet."""


class Crew:
    """One thread for each work, which does it over and over until the block ends."""

    def __init__(self, service: Reached, works: Sequence[Work]) -> None:
        self._service = service
        self._stop = threading.Event()
        self._failed: list[BaseException] = []
        self._threads = [threading.Thread(target=self._do, args=(work,)) for work in works]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work until the block ends; whatever one of them finds wrong fails the test."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(_LONGEST_REQUEST)
        assert not any(thread.is_alive() for thread in self._threads), "a request hangs"
        self.check()

    def check(self) -> None:
        """Fail if one of them found something wrong."""
        assert not self._failed, self._failed[:3]

    def _do(self, work: Work) -> None:
        """Do one thread's work."""
        connection = self._service.connection()
        try:
            while not self._stop.is_set():
                work(connection)
        except BaseException as error:
            self._failed.append(error)
            raise
        finally:
            connection.close()
