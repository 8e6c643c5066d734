"""A batch's body to a table of loans, checked column by column.

`batch_wire` reads it and checks types, bands and names; what is left (dates, whole numbers, texts)
is checked with NumPy for all loans at once. Wherever that finds a fault, the loan's own model
(`wire.LoanApplication`) reads the loans again and words the errors; so the two cannot disagree on
what is accepted without a test seeing it, and never on the words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from mlops_pipeline.api import batch_wire, errors
from mlops_pipeline.api.batch_wire import ReadBatch
from mlops_pipeline.api.fields import refuse_repeated, within_reason
from mlops_pipeline.api.wire import BatchShape, LoanApplication
from mlops_pipeline.src.data.convert import loan_from_checked
from mlops_pipeline.src.data.moments import parse_moment, parse_moments
from mlops_pipeline.src.data.schema import DATE, MAX_TEXT, NUMERIC, TEXTS, Column
from mlops_pipeline.src.data.table import LoanTable

_SHAPE: TypeAdapter[Any] = TypeAdapter(BatchShape)
_LOAN: TypeAdapter[Any] = TypeAdapter(LoanApplication)
_QUOTE = ord('"')
_PIECE = 1 << 16


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
        found = batch_wire.decode(body)
        _check_size(found.size, max_loans)
        loans = _table(found)
    except (*batch_wire.UNREADABLE, _FaultError):
        return _worded(body, max_loans)
    if _quotes(body) != found.quotes:
        refuse_repeated(body)
    return Batch(loans, found.return_probabilities)


def _quotes(body: bytes) -> int:
    """Count quotation marks, a piece that fits the cache at a time: `bytes.count` is slower."""
    letters = np.frombuffer(body, np.uint8)
    pieces = (letters[at : at + _PIECE] for at in range(0, len(letters), _PIECE))
    return sum(int(np.count_nonzero(piece == _QUOTE)) for piece in pieces)


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


def _table(found: ReadBatch) -> LoanTable:
    """Give the loans as columns; null becomes NaN."""
    return LoanTable(
        numbers={column.name: _numbers(found, column) for column in NUMERIC},
        texts={column.name: _texts(found.others[column.name]) for column in TEXTS},
        seconds=_moments(found.others[DATE]),
        lines=np.arange(found.size, dtype=np.int64),
    )


def _numbers(found: ReadBatch, column: Column) -> NDArray[np.float64]:
    """Give a numeric column."""
    if column.required:
        numbers = found.numbers[column.name]
    else:
        numbers = np.array(found.others[column.name], dtype=np.float64)
    if column.is_whole and not np.array_equal(numbers, np.floor(numbers)):
        raise _FaultError(column.name)
    return numbers


def _texts(values: Sequence[float | str | None]) -> NDArray[np.object_]:
    """Give a column of texts; each distinct value is looked at once."""
    known = {value: _text(value) for value in set(values)}
    texts = np.empty(len(values), dtype=np.object_)
    texts[:] = [known[value] for value in values]
    return texts


def _text(value: float | str | None) -> str | None:
    """Give a text as it is kept: without the spaces around it; a number is written out."""
    if value is None:
        return None
    text = value.strip(" ") if isinstance(value, str) else f"{value:g}"
    if text != text.strip() or not 0 < len(text) <= MAX_TEXT:
        raise _FaultError(text)
    return text


def _moments(texts: Sequence[str]) -> NDArray[np.int64]:
    """Give the dates in seconds."""
    seconds = parse_moments(texts)
    if seconds is not None:
        return seconds
    try:
        return np.array([parse_moment(text) for text in texts], dtype=np.int64)
    except ValueError as error:
        raise _FaultError(DATE) from error
