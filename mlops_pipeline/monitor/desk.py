"""What the process has at hand: the model in service, the log's address, what it made of both."""

from __future__ import annotations

from collections.abc import Callable

from mlops_pipeline import messages
from mlops_pipeline.api import errors
from mlops_pipeline.monitor.answers import Answers
from mlops_pipeline.src.errors import CorruptBundleError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.kept.counter import LogCounter
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.reference import load_reference
from mlops_pipeline.src.registry.manifest import REFERENCE
from mlops_pipeline.src.registry.store import ServedFiles
from mlops_pipeline.watching import Watch


class Desk:
    """Makes each thing when it is first needed, anew for another model."""

    def __init__(self, database_url: str | None, sign: Callable[[], None]) -> None:
        """Take the log's address (None: no log is kept), and what is called as work goes on."""
        self._url = database_url
        self._sign = sign
        self._files: ServedFiles | None = None
        self._store: CountsStore | None = None
        self._answers: Answers | None = None
        self._counter: LogCounter | None = None

    def take(self, files: ServedFiles) -> None:
        """Take the model that the service serves now."""
        self._files, self._answers, self._counter = files, None, None

    def answers(self, digest: str) -> Answers:
        """Give who answers about the model of a digest.

        Raises:
            CorruptBundleError: another one is here, or it cannot be loaded.

        """
        files = self._served(digest)
        if self._answers is None:
            counts = None if self._url is None else self.counts  # opened when needed
            self._answers = Answers(Watch(ModelDeployment.of(files), self._sign), counts)
        return self._answers

    def counter(self, digest: str) -> LogCounter:
        """Give who counts for the model of a digest; raises like `answers` and `counts`."""
        files = self._served(digest)
        if self._counter is None:
            grid = load_reference(files.contents[REFERENCE]).grid
            self._counter = LogCounter(self.counts(), grid)
        return self._counter

    def counts(self) -> CountsStore:
        """Give the kept counts, opened; it is tried anew until they open.

        Raises:
            Refused: no log is kept (503).
            LogUnavailableError: the log's database cannot be opened.
            UnknownLogSchemaError: it holds tables that this program does not know.

        """
        if self._url is None:
            raise errors.unavailable(messages.LOG_IS_OFF)
        if self._store is None:
            store = CountsStore(self._url)
            store.open()
            self._store = store
        return self._store

    def _served(self, digest: str) -> ServedFiles:
        """Give the files of the model of a digest."""
        if self._files is None or self._files.digest != digest:
            raise CorruptBundleError(messages.MONITOR_HAS_NO_SUCH_MODEL)
        return self._files
