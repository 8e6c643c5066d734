"""Features to model inputs: what is learned for it (medians, categories, bounds) is data.

The encoder only compares and chooses, it never computes: the same float32 inputs come out
wherever it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.features.catalogue import BY_FEATURE, Role
from mlops_pipeline.src.features.matrix import FeatureMatrix

# A category, or "unknown", gets an input of its own from this many training loans on.
MIN_LOANS = 20
WINSOR_SHARES = (0.01, 0.99)


class Treatment(StrEnum):
    """What an algorithm needs of its inputs."""

    NATIVE = "native"  # takes NaN as it is
    IMPUTED = "imputed"  # medians for NaN, and an indicator of it
    SCALED = "scaled"  # the same, and values cut at the training data's 1st and 99th percentile


class SlotKind(StrEnum):
    """What an input says about its feature."""

    VALUE = "value"
    CATEGORY = "category"
    OTHER_CATEGORY = "other_category"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Slot:
    """One model input.

    Attributes:
        codes: the category of a CATEGORY slot, all the known ones of an OTHER_CATEGORY slot.
        fill: stands for NaN in a VALUE slot; None leaves NaN.
        low, high: bounds of a VALUE slot; None leaves the value.

    """

    feature: str
    kind: SlotKind
    codes: tuple[float, ...] = ()
    fill: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def name(self) -> str:
        """The input's name, for people."""
        if self.kind is SlotKind.VALUE:
            return self.feature
        label = f"{self.codes[0]:g}" if self.kind is SlotKind.CATEGORY else self.kind.value
        return f"{self.feature}={label}"

    def read(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the input of n loans from their feature, shapes (n,)."""
        match self.kind:
            case SlotKind.CATEGORY:
                equal: NDArray[np.float32] = (values == self.codes[0]).astype(np.float32)
                return equal
            case SlotKind.OTHER_CATEGORY:
                known = np.isin(values, np.array(self.codes, dtype=np.float32))
                return (~known & ~np.isnan(values)).astype(np.float32)
            case SlotKind.UNKNOWN:
                return np.isnan(values).astype(np.float32)
            case SlotKind.VALUE:
                return self._value(values)

    def _value(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fill and cut a feature."""
        read: NDArray[np.float32] = values
        if self.fill is not None:
            read = np.where(np.isnan(read), np.float32(self.fill), read)
        if self.low is not None and self.high is not None:
            read = np.clip(read, np.float32(self.low), np.float32(self.high))
        return read

    @property
    def reader(self) -> Callable[[float], float] | None:
        """The function that does what `read` does for one loan; None: the value as it is.

        It takes the feature in float64: to round to float32 before or after gives the same.
        """
        match self.kind:
            case SlotKind.CATEGORY:
                code = self.codes[0]
                return lambda value: 1.0 if value == code else 0.0
            case SlotKind.OTHER_CATEGORY:
                codes = frozenset(self.codes)
                return lambda value: 0.0 if value in codes or isnan(value) else 1.0
            case SlotKind.UNKNOWN:
                return lambda value: 1.0 if isnan(value) else 0.0
            case SlotKind.VALUE:
                return self._value_reader()

    def _value_reader(self) -> Callable[[float], float] | None:
        """Fill and cut a feature."""
        if self.fill is None:
            return None
        fill = self.fill
        if self.low is None or self.high is None:
            return lambda value: fill if isnan(value) else value
        low, high = self.low, self.high
        return lambda value: fill if isnan(value) else min(max(value, low), high)


@dataclass(frozen=True, slots=True)
class Encoder:
    """Model inputs in their order."""

    treatment: Treatment
    slots: tuple[Slot, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The features that the inputs are made from, each once."""
        return tuple(dict.fromkeys(slot.feature for slot in self.slots))

    @property
    def input_names(self) -> tuple[str, ...]:
        """The inputs' names, in order."""
        return tuple(slot.name for slot in self.slots)

    def transform(self, features: FeatureMatrix) -> NDArray[np.float32]:
        """Give the model inputs of n loans: float32, shape (n, inputs), C order.

        Raises:
            KeyError: a feature that the encoder needs is not in the matrix.

        """
        out = np.empty((len(features), len(self.slots)), dtype=np.float32)
        for position, slot in enumerate(self.slots):
            out[:, position] = slot.read(features.column(slot.feature))
        return out


def fit_encoder(features: FeatureMatrix, treatment: Treatment) -> Encoder:
    """Learn the inputs from training loans."""
    slots: list[Slot] = []
    for name in features.names:
        values = features.column(name)
        if BY_FEATURE[name].role is Role.CATEGORY:
            slots.extend(_category_slots(name, values))
        else:
            slots.extend(_value_slots(name, values, treatment))
    return Encoder(treatment, tuple(slots))


def _category_slots(name: str, values: NDArray[np.float32]) -> Sequence[Slot]:
    """Give an input for each frequent category, one for the other ones, one for unknown."""
    codes, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    frequent = tuple(float(code) for code in codes[counts >= MIN_LOANS])
    slots = [Slot(name, SlotKind.CATEGORY, (code,)) for code in frequent]
    slots.append(Slot(name, SlotKind.OTHER_CATEGORY, frequent))
    if np.isnan(values).sum() >= MIN_LOANS:
        slots.append(Slot(name, SlotKind.UNKNOWN))
    return slots


def _value_slots(name: str, values: NDArray[np.float32], treatment: Treatment) -> Sequence[Slot]:
    """Give the input of a numeric feature and, where it needs one, of its being unknown."""
    if treatment is Treatment.NATIVE:
        return [Slot(name, SlotKind.VALUE)]
    known = values[~np.isnan(values)].astype(np.float64)
    fill = float(np.float32(np.median(known))) if known.size else 0.0
    low = high = None
    if treatment is Treatment.SCALED and known.size:
        low, high = (float(np.float32(bound)) for bound in np.quantile(known, WINSOR_SHARES))
    slots = [Slot(name, SlotKind.VALUE, fill=fill, low=low, high=high)]
    if len(values) - known.size >= MIN_LOANS:
        slots.append(Slot(name, SlotKind.UNKNOWN))
    return slots
