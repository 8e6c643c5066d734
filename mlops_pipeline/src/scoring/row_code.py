"""A bundle's way from one loan to its model inputs, written out as one Python function.

A call for each feature and each input costs more than what they compute. The definitions stay
where they are: the function calls the catalogue's own functions, in an order, and with tables of
categories, that are worked out once from the encoder. For the champion it reads like this:

    def row(loan):
        cuota_pactada = loan["cuota_pactada"]
        salario_cliente = loan["salario_cliente"]
        ...
        ratio_cuota_salario = make_ratio_cuota_salario(xp, cuota_pactada, salario_cliente)
        if not -top < ratio_cuota_salario < top:
            ratio_cuota_salario = nan
        ...
        return (*slots_0[tipo_credito], capital_prestado, ..., ratio_cuota_salario, ...)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from mlops_pipeline.src.data.moments import SECONDS_PER_DAY
from mlops_pipeline.src.data.schema import BY_NAME, DATE
from mlops_pipeline.src.features.catalogue import BY_FEATURE, Feature, Role, columns_of
from mlops_pipeline.src.features.encoder import Encoder, Slot
from mlops_pipeline.src.features.numbers import FLOAT32_OVERFLOW, SCALARS
from mlops_pipeline.src.ft_engineering import CODES

Row = Callable[[Mapping[str, Any]], Sequence[float]]


def row_function(encoder: Encoder) -> Row:
    """Give the function from one cleaned loan to its inputs, in the encoder's order.

    Rounded to float32, they equal the loan's row in `Encoder.transform`, bit for bit. A number
    may be whole (`int`); an unknown one may be None, or not be there where it is not required.
    """
    names: dict[str, Any] = {"nan": math.nan, "top": FLOAT32_OVERFLOW, "xp": SCALARS}
    lines = [line for name in sorted(columns_of(encoder.features)) for line in _column(name)]
    for name in encoder.features:
        lines += _derived(BY_FEATURE[name])
        names[f"make_{name}"] = BY_FEATURE[name].compute
    values: list[str] = []
    for place, (name, run) in enumerate(groupby(encoder.slots, attrgetter("feature"))):
        slots = tuple(run)
        if BY_FEATURE[name].role is Role.CATEGORY:
            names[f"slots_{place}"] = _Categories(name, slots)
            values.append(f"*slots_{place}[{name}]")
            continue
        for number, slot in enumerate(slots):
            if slot.reader is None:
                values.append(name)
            else:
                names[f"read_{place}_{number}"] = slot.reader
                values.append(f"read_{place}_{number}({name})")
    body = "\n    ".join([*lines, f"return ({', '.join(values)},)"])
    # All names in it are the catalogue's and the schema's own, never a file's or a request's.
    exec(f"def row(loan):\n    {body}\n", names)  # noqa: S102  # pylint: disable=exec-used
    row: Row = names["row"]
    return row


def _column(name: str) -> Sequence[str]:
    """Give the lines that read a column; an unknown number becomes NaN."""
    column = BY_NAME[name]
    line = f"{name} = loan[{name!r}]" if column.required else f"{name} = loan.get({name!r})"
    if column.is_text or (column.required and not column.nullable):
        return (line,)
    return line, f"if {name} is None:", f"    {name} = nan"


def _derived(feature: Feature) -> Sequence[str]:
    """Give the lines that compute a feature, none for a column taken as it is."""
    name = feature.name
    if feature.compute is None:
        return ()
    if feature.role is Role.CALENDAR:
        return (f"{name} = make_{name}({DATE} // {SECONDS_PER_DAY})",)
    line = f"{name} = make_{name}(xp, {', '.join(feature.sources)})"
    if len(feature.sources) == 1:
        return (line,)
    return line, f"if not -top < {name} < top:", f"    {name} = nan"


class _Categories(dict[Any, tuple[float, ...]]):
    """The inputs of each category of a column, by its code or text; what is not there is made."""

    def __init__(self, name: str, slots: Sequence[Slot]) -> None:
        self._codes = CODES[name] if BY_NAME[name].is_text else None
        self._readers = tuple(slot.reader for slot in slots)
        known = {code for slot in slots for code in slot.codes}
        super().__init__({key: self[key] for key in (*(self._codes or known), None)})

    def __missing__(self, key: Any) -> tuple[float, ...]:
        """Give the inputs of a category that no training loan had, or of none."""
        if self._codes is None:
            value = math.nan if key is None else key
        else:
            value = self._codes.get(key, math.nan)
        return tuple(value if read is None else read(value) for read in self._readers)
