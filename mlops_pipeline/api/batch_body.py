"""A batch's body to a table of loans, checked column by column.

pydantic's core checks types, bands and names; what would need a call of Python for each value
(dates, whole numbers) is checked with NumPy for all loans at once. Wherever that finds a fault, the
loan's own model (`wire.LoanApplication`) reads the loans again and words the errors; so the two
cannot disagree on what is accepted without a test seeing it, and never on the words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from mlops_pipeline.api import errors
from mlops_pipeline.api.fields import quotes_of, refuse_repeated, within_reason
from mlops_pipeline.api.wire import BatchShape, LoanApplication, PlainBatch
from mlops_pipeline.src.data.convert import loan_from_checked
from mlops_pipeline.src.data.moments import parse_moment, parse_moments
from mlops_pipeline.src.data.schema import BY_NAME, COLUMNS, DATE, NUMERIC, TEXTS, Column
from mlops_pipeline.src.data.table import LoanTable

_PLAIN: TypeAdapter[Any] = TypeAdapter(PlainBatch)
_SHAPE: TypeAdapter[Any] = TypeAdapter(BatchShape)
_LOAN: TypeAdapter[Any] = TypeAdapter(LoanApplication)
_NAMES = frozenset(BY_NAME)
_REQUIRED = frozenset(column.name for column in COLUMNS if column.required)

Documents = Sequence[dict[str, Any]]


class Batch(NamedTuple):
    """A checked batch."""

    loans: LoanTable
    return_probabilities: bool


class _FaultError(ValueError):
    """Something in a column is not as it should be."""


def read_batch(body: bytes, max_loans: int) -> Batch:
    """Give the loans of a batch's body.

    Raises:
        Refused: the body is no batch (422), it is empty (400) or has too many loans (413).

    """
    try:
        plain = _PLAIN.validate_json(body)
        _check_names(plain)
        documents = plain["data"]
        _check_size(len(documents), max_loans)
        loans = _table(documents)
    except (ValidationError, _FaultError):
        return _worded(body, max_loans)
    if body.count(b'"') != _quotes(plain):
        refuse_repeated(body)
    return Batch(loans, plain.get("return_probabilities", False))


def _quotes(plain: Mapping[str, Any]) -> int:
    """Give how many quotation marks a checked batch is written with (see `fields`)."""
    return 2 * len(plain) + sum(quotes_of(len(one), one) for one in plain["data"])


def _check_names(plain: Mapping[str, Any]) -> None:
    """Check that every object has the fields that it must have, and no others."""
    if not {"data"} <= plain.keys() <= {"data", "return_probabilities"}:
        raise _FaultError
    for one in plain["data"]:
        if not _REQUIRED <= one.keys() <= _NAMES:
            raise _FaultError


def _check_size(found: int, max_loans: int) -> None:
    """Refuse an empty batch, and one that is too large."""
    if not found:
        raise errors.empty_batch()
    if found > max_loans:
        raise errors.too_many_loans(found, max_loans)


def _worded(body: bytes, max_loans: int) -> Batch:
    """Read the body with the loan's own model, loan by loan, until there are errors enough.

    All at once, a body of 16 MiB could have millions of errors.
    """
    try:
        document = from_json(body, allow_inf_nan=True)
        shape = _SHAPE.validate_python(within_reason(document, ("data", "return_probabilities")))
    except ValidationError as error:
        raise errors.invalid(error) from None
    except ValueError:
        raise errors.not_json() from None
    _check_size(len(shape["data"]), max_loans)
    refuse_repeated(body)
    found: list[Mapping[str, Any]] = []
    loans = []
    for place, one in enumerate(shape["data"]):
        try:
            loans.append(loan_from_checked(_LOAN.validate_python(within_reason(one)).__dict__))
        except ValidationError as error:
            found.extend(errors.located(error, "body", "data", place))
            if len(found) > errors.MAX_ERRORS:
                break
    if found:
        raise errors.invalid_items(found)
    return Batch(LoanTable.from_loans(loans), shape.get("return_probabilities", False))


def _table(documents: Documents) -> LoanTable:
    """Give the loans as columns; null becomes NaN."""
    return LoanTable(
        numbers={column.name: _numbers(documents, column) for column in NUMERIC},
        texts={column.name: _texts(documents, column.name) for column in TEXTS},
        seconds=_moments([one[DATE] for one in documents]),
        lines=np.arange(len(documents), dtype=np.int64),
    )


def _numbers(documents: Documents, column: Column) -> NDArray[np.float64]:
    """Give a numeric column; NaN where it is null or, where it may be, not there."""
    name = column.name
    if column.nullable:
        values = np.array([one.get(name) for one in documents], dtype=np.float64)
    else:
        values = np.fromiter(map(itemgetter(name), documents), np.float64, len(documents))
    if column.is_whole and not np.array_equal(values, np.floor(values), equal_nan=True):
        raise _FaultError(name)
    return values


def _texts(documents: Documents, name: str) -> NDArray[np.object_]:
    """Give a column of texts; a number in its place is written out."""
    values = np.empty(len(documents), dtype=np.object_)
    values[:] = [f"{v:g}" if isinstance(v := one[name], float) else v for one in documents]
    return values


def _moments(texts: Sequence[str]) -> NDArray[np.int64]:
    """Give the dates in seconds."""
    seconds = parse_moments(texts)
    if seconds is not None:
        return seconds
    try:
        return np.array([parse_moment(text) for text in texts], dtype=np.int64)
    except ValueError as error:
        raise _FaultError(DATE) from error
