"""The ordinary loan: what nearly every body is, checked by pydantic's core in one pass.

The full check (`wire.LoanApplication`) calls Python for each whole number, and cleaning looks at
each value once more for what to warn of. A loan is ordinary if all its values lie where neither
has anything to say: its types are as narrow as that, for the model in service. What is not
ordinary is not wrong: the full check and the cleaning decide about it.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from mlops_pipeline.api.fields import quotes_of
from mlops_pipeline.src.data.moments import parse_moment
from mlops_pipeline.src.data.schema import BUREAU_SCORE, COLUMNS, DATE, Band, Column, Kind
from mlops_pipeline.src.data.table import Loan
from mlops_pipeline.src.scoring.domain import TrainingDomain
from mlops_pipeline.src.scoring.one_loan import silent_bands


class OrdinaryLoans:
    """Reads the ordinary loans of one model."""

    def __init__(self, domain: TrainingDomain) -> None:
        """Compile the types."""
        bands = silent_bands(domain)
        fields = {column.name: _field(column, bands, domain) for column in COLUMNS}
        # pylint: disable-next=invalid-name
        OrdinaryLoan = TypedDict("OrdinaryLoan", fields)  # type: ignore[misc]
        # Unknown names are told by their quotation marks, which costs less than to look each up.
        OrdinaryLoan.__pydantic_config__ = ConfigDict(  # type: ignore[attr-defined]
            strict=True, extra="ignore"
        )
        self._validate = TypeAdapter(OrdinaryLoan).validator.validate_json

    def read(self, body: bytes) -> Loan | None:
        """Give the loan, to be scored as `silent`; None where it is not ordinary.

        Whole numbers stay `int` and unknown ones None, as `row_code` takes them.
        """
        try:
            loan = self._validate(body)
            loan[DATE] = parse_moment(loan[DATE])
        except ValueError:  # pydantic's ValidationError is one
            return None
        return loan if body.count(b'"') == quotes_of(len(loan), loan) else None


def _field(column: Column, bands: dict[str, Band], domain: TrainingDomain) -> Any:
    """Give a column's type."""
    kind = _type(column, bands, domain)
    if column.nullable and column.name != BUREAU_SCORE:  # without it some zeros are unknown
        kind = kind | None
    return kind if column.required else NotRequired[kind]


def _type(column: Column, bands: dict[str, Band], domain: TrainingDomain) -> Any:
    """Give the same without null."""
    if column.kind is Kind.MOMENT:
        return str
    if column.is_text:
        return Literal[column.categories]
    band = bands[column.name]
    if not column.is_whole:
        return Annotated[float, Field(ge=band.low, le=band.high)]
    codes = domain.codes.get(column.name)
    if codes is not None:
        known = tuple(int(code) for code in codes if code in band)
        return Literal[known] if known else Literal[""]
    return Annotated[int, Field(ge=math.ceil(band.low), le=math.floor(band.high))]
