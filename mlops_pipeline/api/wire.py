"""What comes over the wire: models of requests.

`LoanApplication` is built from the loan's definition (`src.data.schema.COLUMNS`): types,
bands, nulls and descriptions are stated there and nowhere else.
"""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    create_model,
    with_config,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mlops_pipeline.api.patterns import MOMENT_SCHEMA, TEXT_SCHEMA
from mlops_pipeline.src.data.moments import parse_moment
from mlops_pipeline.src.data.schema import COLUMNS, MAX_TEXT, Column, Kind, example_loan


def _whole(value: float) -> float:
    """Check that a number is whole, exactly: pydantic's `multiple_of` has a tolerance."""
    if not value.is_integer():
        raise PydanticCustomError("multiple_of", "not a whole number")
    return value


def _type(column: Column) -> Any:
    """Give the pydantic type of a column's values."""
    if column.kind is Kind.MOMENT:
        # Checked, it is the loan's date in seconds: nobody parses it twice.
        documented = WithJsonSchema(MOMENT_SCHEMA)
        return Annotated[_plain_type(column), AfterValidator(parse_moment), documented]
    if column.is_whole and column.possible is not None:
        whole = WithJsonSchema(
            {"type": "integer", "minimum": column.possible.low, "maximum": column.possible.high}
        )
        return Annotated[_plain_type(column), AfterValidator(_whole), whole]
    return _plain_type(column)


def _plain_type(column: Column) -> Any:
    """Give the same without the checks that pydantic can only do by calling Python."""
    if column.kind is Kind.MOMENT:
        return Annotated[str, StringConstraints(strip_whitespace=True)]
    if column.is_text:
        text = Annotated[
            str,
            StringConstraints(min_length=1, max_length=MAX_TEXT, strip_whitespace=True),
            WithJsonSchema(TEXT_SCHEMA),
        ]
        number = Annotated[float, Field(allow_inf_nan=False)]
        return text | number if column.accepts_numbers else text
    if column.possible is None:
        raise TypeError(f"{column.name} has no possible band")
    band = Field(ge=column.possible.low, le=column.possible.high, allow_inf_nan=False)
    return Annotated[float, band]


def _description(column: Column) -> str:
    """Describe a column: what it is, its unit, its plausible values."""
    text = f"{column.description} ({column.unit})" if column.unit else column.description
    if column.plausible is not None:
        text += f". Plausible: {column.plausible.low:,.0f} a {column.plausible.high:,.0f}"
    if column.categories:
        text += f". Valores: {', '.join(column.categories)}"
    return text


def _field(column: Column) -> Any:
    """Give a column's field: its type, with null where it may be, and whether it is required."""
    kind = _type(column)
    default = ... if column.required else None
    return (
        kind | None if column.nullable else kind,
        Field(default=default, description=_description(column), examples=[column.example]),
    )


class Wire(BaseModel):
    """Base of what comes in: numbers are numbers, and unknown names are errors."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Example(Wire):
    """Base of the application: carries the example that Swagger shows."""

    model_config = ConfigDict(json_schema_extra={"examples": [dict(example_loan())]})


_FIELDS: dict[str, Any] = {column.name: _field(column) for column in COLUMNS}
LoanApplication: type[Wire] = create_model(
    "LoanApplication",
    __base__=Example,
    __doc__="Una solicitud de préstamo: las 22 columnas de la cartera.",
    **_FIELDS,
)


class BatchRequest(Wire):
    """Varias solicitudes; se responden todas o ninguna."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"data": [dict(example_loan())], "return_probabilities": True}]
        }
    )

    # No loan at all is refused too, but with 400.
    data: list[LoanApplication] = Field(json_schema_extra={"minItems": 1})
    return_probabilities: bool = False


@with_config(ConfigDict(strict=True, extra="forbid"))
class BatchShape(TypedDict):
    """`BatchRequest`, whatever its loans are."""

    data: list[Any]
    return_probabilities: NotRequired[bool]
