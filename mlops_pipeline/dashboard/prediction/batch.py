"""Loans sent to the service piece by piece: nothing sent twice, every row with result or reason.

A job can be left and taken up again at any time: what was answered is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.client import FieldError, InvalidLoan, Predictions, TooLarge, ValueWarning
from mlops_pipeline.dashboard.prediction import sources
from mlops_pipeline.dashboard.prediction.fields import Value
from mlops_pipeline.dashboard.prediction.figures import ScoreCounts, count_scores
from mlops_pipeline.dashboard.prediction.sources import Rows
from mlops_pipeline.src.data.readers import RejectedRow

# Loans in one request: well below the service's usual limit, so that progress is seen.
PIECE = 2_000


class Sender(Protocol):
    """What a job needs of the client."""

    def predict_batch(self, loans: Iterable[Mapping[str, object]]) -> Predictions:
        """Predict many loans, all or none."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """One loan's result: the service's answer, or why there is none."""

    decision: int | None = None
    probability: float | None = None
    interpretation: str = ""
    prediction_id: str | None = None
    model_version: str = ""
    warnings: tuple[ValueWarning, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A row of the source in its order: the loan as read (or the row as it came) and its answer.

    `answer` is None while the loan has not been sent.
    """

    line: int
    document: Mapping[str, Value] | None
    content: str
    answer: Answer | None


@dataclass(slots=True)
class BatchJob:
    """A source's loans on their way.

    Attributes:
        piece: loans in the next request.
        waiting: positions of the loans that have no answer yet, in their order.
        answers: by position.
        order: every row of the source: loans by position, and the others.

    """

    name: str
    rows: Rows
    order: tuple[int | RejectedRow, ...]
    piece: int = PIECE
    waiting: list[int] = field(default_factory=list)
    answers: dict[int, Answer] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, rows: Rows, piece: int = PIECE) -> BatchJob:
        """Start with no loan sent."""
        wanted = 0 if rows.loans is None else len(rows.loans)
        return cls(name, rows, _in_order(rows), piece, list(range(wanted)))

    @property
    def wanted(self) -> int:
        """The number of loans that can be sent."""
        return 0 if self.rows.loans is None else len(self.rows.loans)

    @property
    def done(self) -> int:
        """How many of them have an answer."""
        return len(self.answers)

    @property
    def is_complete(self) -> bool:
        """Whether every loan has one."""
        return not self.waiting

    def step(self, service: Sender) -> None:
        """Send one piece; of a refused one, set the loans apart that are to blame.

        Raises:
            ServiceError: no answer came for another reason; no loan of the piece has an answer.

        """
        if self.rows.loans is None or not self.waiting:
            return
        sent = self.waiting[: self.piece]
        try:
            found = service.predict_batch(sources.documents(self.rows.loans, sent))
        except InvalidLoan as error:
            blamed = _blamed(error.fields, len(sent))
            if not blamed:
                raise
            self._note({sent[place]: Answer(reason=why) for place, why in blamed.items()})
        except TooLarge as error:
            if len(sent) == 1:
                self._note({sent[0]: Answer(reason=str(error))})
            self.piece = max(1, len(sent) // 2)
        else:
            self._note(dict(zip(sent, _answers(found), strict=True)))

    def _note(self, found: Mapping[int, Answer]) -> None:
        """Keep answers; their loans wait no longer."""
        self.answers.update(found)
        self.waiting = [row for row in self.waiting if row not in found]

    @property
    def versions(self) -> set[str]:
        """The models that answered."""
        return {one.model_version for one in self.answers.values() if one.model_version}

    @property
    def median(self) -> float | None:
        """The median probability; None without predictions."""
        known = self._probabilities()
        return float(np.median(known)) if len(known) else None

    def _probabilities(self) -> NDArray[np.float64]:
        return np.array(
            [a.probability for a in self.answers.values() if a.probability is not None], np.float64
        )

    def without_prediction(self, most: int) -> list[ResultRow]:
        """Give the first rows that have a reason instead of a prediction."""
        refused = {place for place, answer in self.answers.items() if answer.reason}
        some = (one for one in self.order if not isinstance(one, int) or one in refused)
        return self._rows(list(islice(some, most)))

    def scores(self) -> ScoreCounts:
        """Count the predicted loans by probability."""
        known = [a for a in self.answers.values() if a.probability is not None]
        return count_scores(
            np.array([a.probability for a in known], dtype=np.float64),
            np.array([a.decision for a in known], dtype=np.int8),
        )

    def results(self, start: int = 0, stop: int | None = None) -> list[ResultRow]:
        """Give the source's rows in their order, from `start` up to `stop`."""
        return self._rows(self.order[start:stop])

    def _rows(self, some: Sequence[int | RejectedRow]) -> list[ResultRow]:
        """Give rows with their answers."""
        places = [one for one in some if isinstance(one, int)]
        loans = self.rows.loans
        if loans is None or not places:
            return [_refused(one) for one in some if not isinstance(one, int)]
        read = dict(zip(places, sources.documents(loans, places), strict=True))
        return [
            ResultRow(int(loans.lines[one]), read[one], "", self.answers.get(one))
            if isinstance(one, int)
            else _refused(one)
            for one in some
        ]


def _refused(row: RejectedRow) -> ResultRow:
    """Give a row that could not be sent."""
    return ResultRow(row.line, None, row.content, Answer(reason=row.reason))


def _in_order(rows: Rows) -> tuple[int | RejectedRow, ...]:
    """Give a source's rows by their lines: loans by position, and the others."""
    lines = [] if rows.loans is None else rows.loans.lines.tolist()
    order: list[tuple[int, int | RejectedRow]] = [(row.line, row) for row in rows.rejected]
    order += [(line, place) for place, line in enumerate(lines)]
    order.sort(key=lambda one: one[0])
    return tuple(one for _, one in order)


def _blamed(fields: tuple[FieldError, ...], sent: int) -> dict[int, str]:
    """Give the loans of a request that were refused, by position, with the reasons."""
    reasons: dict[int, list[str]] = defaultdict(list)
    for one in fields:
        if one.index is not None and 0 <= one.index < sent:
            reasons[one.index].append(f"{one.field}: {one.msg}" if one.field else one.msg)
    return {place: "; ".join(why) for place, why in reasons.items()}


def _answers(found: Predictions) -> list[Answer]:
    """Give each loan's answer."""
    warnings: dict[int, list[ValueWarning]] = defaultdict(list)
    for one in found.warnings:
        warnings[one.index].append(one)
    probabilities = found.probability_class_1
    return [
        Answer(
            decision=decision,
            probability=probabilities[place] if probabilities else None,
            interpretation=found.interpretation[place],
            prediction_id=found.prediction_id[place] if found.prediction_id else None,
            model_version=found.model_version,
            warnings=tuple(warnings.get(place, ())),
        )
        for place, decision in enumerate(found.predictions)
    ]
