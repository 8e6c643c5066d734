"""What the service answers, typed; fields that a newer service adds are ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class Health:
    """`GET /health`: `status` is healthy or degraded, `detail` says why."""

    status: str
    timestamp: datetime
    model_loaded: bool
    model_version: str | None
    detail: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """`GET /readyz`: whether predictions can be made now, and what is missing."""

    ready: bool
    detail: tuple[str, ...] = ()
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureCounts:
    """How many features there are at each stage."""

    catalogue: int
    after_audit: int
    model_inputs: int


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """`GET /model/info`: which model decides, on what data, how good."""

    version: str
    created_at: datetime
    model_name: str
    feature_counts: FeatureCounts
    features: tuple[str, ...]
    data: Mapping[str, JsonValue]
    metrics: Mapping[str, JsonValue]
    audit: Mapping[str, JsonValue]
    hyperparameters: Mapping[str, JsonValue] = field(default_factory=dict)
    contains_client_rows: bool = False
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class ValueWarning:
    """A value that was used with reservations; `index` is the loan's position in the request."""

    field: str
    finding: str
    message: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class Prediction:
    """One loan's prediction.

    Attributes:
        decision: 1 pays on time, 0 risk of paying late.
        probability: of paying on time, [0, 1]; None if it was not asked for.
        prediction_id: names it in the prediction log; None where the service gives none.

    """

    decision: int
    probability: float | None
    interpretation: str
    prediction_id: str | None
    model_version: str
    timestamp: datetime
    warnings: tuple[ValueWarning, ...]
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions in the order of the loans, columns of equal length as the service sends them.

    Indexing and iterating give single loans' predictions.
    """

    predictions: tuple[int, ...]
    interpretation: tuple[str, ...]
    model_version: str
    timestamp: datetime
    warnings: tuple[ValueWarning, ...]
    probability_class_1: tuple[float, ...] | None = None
    prediction_id: tuple[str, ...] = ()
    request_id: str | None = None

    def __post_init__(self) -> None:
        columns = (self.interpretation, self.probability_class_1, self.prediction_id)
        if any(len(column) != len(self.predictions) for column in columns if column):
            raise ValueError("columns of different lengths")

    def __len__(self) -> int:
        """Give the number of loans."""
        return len(self.predictions)

    def __getitem__(self, index: int) -> Prediction:
        """Give one loan's prediction, by its position from 0."""
        probabilities, ids = self.probability_class_1, self.prediction_id
        position = range(len(self))[index]
        return Prediction(
            decision=self.predictions[position],
            probability=probabilities[position] if probabilities else None,
            interpretation=self.interpretation[position],
            prediction_id=ids[position] if ids else None,
            model_version=self.model_version,
            timestamp=self.timestamp,
            warnings=tuple(one for one in self.warnings if one.index == position),
            request_id=self.request_id,
        )

    def __iter__(self) -> Iterator[Prediction]:
        """Give the loans' predictions one by one."""
        return (self[position] for position in range(len(self)))


@dataclass(frozen=True, slots=True)
class LoggedPrediction:
    """A prediction as it stands in the log; `request_id` is that of the request that made it."""

    prediction_id: str
    created_at: datetime
    request_id: str | None
    model_version: str
    inputs: Mapping[str, JsonValue]
    probability: float
    threshold: float
    decision: int
    warnings: tuple[ValueWarning, ...]


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some logged predictions, and where the next ones start."""

    predictions: tuple[LoggedPrediction, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class MonitoredWindow:
    """Which window an answer about drift is of, and how far the log is counted.

    Attributes:
        window: out_of_time or traffic.
        since, until: days, both included; None: open.
        counted_until: what was logged up to here is counted; None: nothing is yet.
        counted_from: what was logged before is yet to be counted; None: nothing is left.
        pending: logged loans that are not counted, at the most; None: the log's database does not
            answer, so that nothing is known of the counting.
        default_window: what the service chooses by itself; None as `pending`.

    """

    origin: str
    window: str
    model_version: str
    since: date | None
    until: date | None
    tipo_laboral: str | None
    tipo_credito: str | None
    loans: int
    rejected: int
    counted_until: datetime | None
    counted_from: datetime | None
    pending: int | None
    default_window: str | None


@dataclass(frozen=True, slots=True)
class MonitoringDrift(MonitoredWindow):
    """`GET /monitoring/drift`: the report and the plan as the service's documentation has them."""

    report: Mapping[str, JsonValue]
    plan: tuple[Mapping[str, JsonValue], ...]
    request_id: str | None = None

    @property
    def level(self) -> str:
        """The level: insuficiente, verde, amarillo, naranja or rojo."""
        return str(self.report["level"])


@dataclass(frozen=True, slots=True)
class MonitoringHistory(MonitoredWindow):
    """`GET /monitoring/history`: a point for each period that has loans."""

    by: str
    history: Mapping[str, JsonValue]
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why a value was refused; `loc` leads to it, as pydantic names places."""

    type: str
    loc: tuple[str | int, ...]
    msg: str

    @property
    def field(self) -> str | None:
        """The field's name, if one is to blame."""
        names = [
            part for part in self.loc if isinstance(part, str) and part not in ("body", "data")
        ]
        return names[-1] if names else None

    @property
    def index(self) -> int | None:
        """The loan's position in a batch."""
        return next((part for part in self.loc if isinstance(part, int)), None)
