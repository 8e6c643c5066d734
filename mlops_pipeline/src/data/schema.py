"""The loan, defined once: 22 input columns and the target.

The API's model, the file reader's checks, the dashboard's form and the generator's header
derive from `COLUMNS`. Each column has two bands of values:

- *plausible*: inside, the value is used as it came; outside, it becomes unknown (NaN) or is
  kept, as `outside` says, and a warning names it;
- *possible*: outside, the loan is refused (HTTP 422, rejected row in a file).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

TARGET = "Pago_atiempo"
DATE = "fecha_prestamo"
MAX_TEXT = 64


class Kind(StrEnum):
    """How a column's values are written."""

    AMOUNT = "amount"  # any real number
    INTEGER = "integer"  # a whole number
    CODE = "code"  # a whole number that names a category
    CATEGORY = "category"  # a text that names a category
    MOMENT = "moment"  # ISO 8601 date, with or without a time of day


class KnownAt(StrEnum):
    """When a column's value becomes known."""

    APPLICATION = "application"
    AFTER_THE_LOAN = "after_the_loan"


class Outside(StrEnum):
    """What happens to a value outside its plausible band."""

    KEEP = "keep"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Band:
    """A closed interval of numbers, in the column's unit."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        """Tell whether `value` lies in the interval; NaN does not."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the loan.

    Attributes:
        unit: "COP", "miles de COP", "meses", "años", "conteo", "puntos" or "".
        nullable: whether null is accepted (the real portfolio has nulls there).
        required: whether the column must be present at all.
        plausible: the band of values used as they come; None for texts.
        possible: the band outside of which a loan is refused; None for texts.
        categories: the known texts, in the order of their codes 0, 1, ...
        accepts_numbers: whether a text column also takes numbers (each an unknown category).

    """

    name: str
    kind: Kind
    description: str
    unit: str = ""
    nullable: bool = False
    required: bool = True
    known_at: KnownAt = KnownAt.APPLICATION
    plausible: Band | None = None
    possible: Band | None = None
    outside: Outside = Outside.KEEP
    categories: tuple[str, ...] = ()
    accepts_numbers: bool = False
    example: float | str | None = None

    @property
    def is_text(self) -> bool:
        """Whether values are kept as texts."""
        return self.kind is Kind.CATEGORY

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are possible."""
        return self.kind in (Kind.INTEGER, Kind.CODE)


_COUNT = Band(0, 1_000)
_MONEY = Band(0, 1e12)
_THOUSANDS = Band(0, 1e9)

COLUMNS: tuple[Column, ...] = (
    Column(
        "tipo_credito",
        Kind.CODE,
        "Código de la línea de crédito (en la cartera: 4, 6, 7, 9, 10, 68)",
        plausible=Band(1, 99),
        possible=Band(0, 999),
        example=4,
    ),
    Column(
        DATE,
        Kind.MOMENT,
        "Fecha de desembolso, ISO 8601, con o sin hora (hora de Colombia)",
        example="2026-02-23 10:30:00",
    ),
    Column(
        "capital_prestado",
        Kind.AMOUNT,
        "Monto prestado",
        "COP",
        plausible=Band(100_000, 100_000_000),
        possible=Band(1, 1e10),
        example=3_000_000,
    ),
    Column(
        "plazo_meses",
        Kind.INTEGER,
        "Plazo del préstamo",
        "meses",
        plausible=Band(1, 120),
        possible=Band(1, 600),
        example=12,
    ),
    Column(
        "edad_cliente",
        Kind.INTEGER,
        "Edad del cliente (121 a 123 en la cartera es un valor centinela: desconocida)",
        "años",
        plausible=Band(18, 100),
        possible=Band(18, 130),
        outside=Outside.UNKNOWN,
        example=42,
    ),
    Column(
        "tipo_laboral",
        Kind.CATEGORY,
        "Vinculación laboral del cliente",
        categories=("Empleado", "Independiente"),
        example="Empleado",
    ),
    Column(
        "salario_cliente",
        Kind.AMOUNT,
        "Ingreso mensual declarado",
        "COP",
        plausible=Band(100_000, 1e9),
        possible=_MONEY,
        example=3_500_000,
    ),
    Column(
        "total_otros_prestamos",
        Kind.AMOUNT,
        "Total de otros préstamos declarados por el cliente",
        "COP",
        plausible=Band(0, 1e9),
        possible=_MONEY,
        example=1_000_000,
    ),
    Column(
        "cuota_pactada",
        Kind.AMOUNT,
        "Cuota mensual pactada",
        "COP",
        plausible=Band(5_000, 20_000_000),
        possible=Band(1, 1e10),
        example=290_000,
    ),
    Column(
        "puntaje",
        Kind.AMOUNT,
        "Puntaje interno de comportamiento de pago; se calcula con los pagos ya hechos",
        "puntos",
        nullable=True,
        required=False,
        known_at=KnownAt.AFTER_THE_LOAN,
        plausible=Band(-50, 100),
        possible=Band(-10_000, 10_000),
        example=95.227787,
    ),
    Column(
        "puntaje_datacredito",
        Kind.AMOUNT,
        "Puntaje de la central de riesgo; 0 o menos: sin registro",
        "puntos",
        nullable=True,
        plausible=Band(1, 999),
        possible=Band(-100, 1_000),
        outside=Outside.UNKNOWN,
        example=790,
    ),
    Column(
        "cant_creditosvigentes",
        Kind.INTEGER,
        "Créditos vigentes en la central de riesgo",
        "conteo",
        plausible=Band(0, 100),
        possible=_COUNT,
        example=5,
    ),
    Column(
        "huella_consulta",
        Kind.INTEGER,
        "Consultas recientes a la central de riesgo",
        "conteo",
        plausible=Band(0, 60),
        possible=_COUNT,
        example=3,
    ),
    Column(
        "saldo_mora",
        Kind.AMOUNT,
        "Saldo en mora en la central de riesgo",
        "miles de COP",
        nullable=True,
        plausible=Band(0, 1e6),
        possible=_THOUSANDS,
        example=0,
    ),
    Column(
        "saldo_total",
        Kind.AMOUNT,
        "Saldo total en la central de riesgo",
        "miles de COP",
        nullable=True,
        plausible=Band(0, 1e7),
        possible=_THOUSANDS,
        example=16_000,
    ),
    Column(
        "saldo_principal",
        Kind.AMOUNT,
        "Saldo como deudor principal en la central de riesgo",
        "miles de COP",
        nullable=True,
        plausible=Band(0, 1e7),
        possible=_THOUSANDS,
        example=14_500,
    ),
    Column(
        "saldo_mora_codeudor",
        Kind.AMOUNT,
        "Saldo en mora como codeudor en la central de riesgo",
        "miles de COP",
        nullable=True,
        plausible=Band(0, 1e6),
        possible=_THOUSANDS,
        example=0,
    ),
    Column(
        "creditos_sectorFinanciero",
        Kind.INTEGER,
        "Créditos vigentes en el sector financiero",
        "conteo",
        plausible=Band(0, 100),
        possible=_COUNT,
        example=2,
    ),
    Column(
        "creditos_sectorCooperativo",
        Kind.INTEGER,
        "Créditos vigentes en el sector cooperativo",
        "conteo",
        plausible=Band(0, 100),
        possible=_COUNT,
        example=0,
    ),
    Column(
        "creditos_sectorReal",
        Kind.INTEGER,
        "Créditos vigentes en el sector real",
        "conteo",
        plausible=Band(0, 100),
        possible=_COUNT,
        example=1,
    ),
    Column(
        "promedio_ingresos_datacredito",
        Kind.AMOUNT,
        "Ingreso mensual promedio estimado por la central de riesgo",
        "COP",
        nullable=True,
        plausible=Band(0, 1e8),
        possible=_MONEY,
        example=2_100_000,
    ),
    Column(
        "tendencia_ingresos",
        Kind.CATEGORY,
        "Tendencia de los ingresos según la central de riesgo",
        nullable=True,
        categories=("Creciente", "Estable", "Decreciente"),
        accepts_numbers=True,
        example="Creciente",
    ),
)

BY_NAME: Mapping[str, Column] = MappingProxyType({column.name: column for column in COLUMNS})
NUMERIC: tuple[Column, ...] = tuple(c for c in COLUMNS if c.plausible is not None)
TEXTS: tuple[Column, ...] = tuple(c for c in COLUMNS if c.is_text)
HEADER: tuple[str, ...] = (*BY_NAME, TARGET)

# A loan's date: years outside this range cannot be a loan of this portfolio.
POSSIBLE_YEARS = (1990, 2100)

# What the credit bureau counts. Where it has no record of the customer (no score), its zeros
# were not observed: docs/decisions/0002-sin-registro-en-la-central.md has the figures.
BUREAU_SCORE = "puntaje_datacredito"
BUREAU_COUNTS: tuple[str, ...] = (
    "cant_creditosvigentes",
    "huella_consulta",
    "creditos_sectorFinanciero",
    "creditos_sectorCooperativo",
    "creditos_sectorReal",
)


def example_loan() -> dict[str, float | str | None]:
    """Give one ordinary loan, as a client of the API would send it."""
    return {column.name: column.example for column in COLUMNS}
