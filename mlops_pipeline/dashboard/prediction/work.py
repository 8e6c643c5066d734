"""The many loans of one origin: what was given last, and the results that it has not replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlops_pipeline import messages
from mlops_pipeline.dashboard.prediction import sources
from mlops_pipeline.dashboard.prediction.batch import BatchJob
from mlops_pipeline.dashboard.prediction.large_file import ScoredLarge
from mlops_pipeline.dashboard.prediction.troubles import Trouble
from mlops_pipeline.src.errors import InputError


@dataclass(slots=True)
class Work:
    """A file or a table: read, sent, answered.

    Attributes:
        source: an upload's id, or a fingerprint of the table.
        unread: why it could not be read.
        is_large: whether it goes to the service whole.
        job: its loans, where it does not.
        large: its results, where it does.
        stopped: why the last sending came to no end.

    """

    source: str
    name: str
    unread: str | None = None
    is_large: bool = False
    job: BatchJob | None = None
    large: ScoredLarge | None = None
    stopped: Trouble | None = None

    @classmethod
    def read(cls, source: str, name: str, content: bytes | memoryview) -> Work:
        """Read the rows of a file or a table."""
        try:
            rows = sources.read_rows(name, content, sources.MAX_ROWS)
        except InputError as error:
            return cls(source, name, unread=str(error))
        if rows is None:
            return cls(source, name, is_large=True)
        if len(rows) == 0:
            return cls(source, name, unread=messages.NO_ROWS)
        return cls(source, name, job=BatchJob.of(name, rows))

    @property
    def has_results(self) -> bool:
        """Whether the service has answered anything."""
        return self.large is not None or (self.job is not None and self.job.done > 0)

    @property
    def is_finished(self) -> bool:
        """Whether it has answered all."""
        return self.has_results and (self.job is None or self.job.is_complete)

    def unsent(self) -> Work:
        """Give the same rows without any answer."""
        job = None if self.job is None else BatchJob.of(self.job.name, self.job.rows)
        return Work(self.source, self.name, is_large=self.is_large, job=job)


@dataclass(slots=True)
class Bench:
    """What came from one origin.

    Attributes:
        given: the last file, or the table as it is.
        earlier: the one before it that has results, until `given` has some.

    """

    given: Work | None = None
    earlier: Work | None = None

    @property
    def source(self) -> str | None:
        """What was given last, by its id."""
        return None if self.given is None else self.given.source

    @property
    def kept(self) -> Work | None:
        """The earlier work whose results still stand."""
        return None if self.given is None or self.given.has_results else self.earlier

    def give(self, source: str, read: Callable[[], Work]) -> None:
        """Take another file or table; results that there are stay until it has its own."""
        if source == self.source:
            return
        if self.given is not None and self.given.has_results:
            self.earlier = self.given
        if self.earlier is not None and self.earlier.source == source:
            self.given, self.earlier = self.earlier, None
        else:
            self.given = read()

    def again(self) -> None:
        """Make finished work ready to be sent once more; its results stay meanwhile."""
        if self.given is not None and self.given.is_finished:
            self.earlier, self.given = self.given, self.given.unsent()
