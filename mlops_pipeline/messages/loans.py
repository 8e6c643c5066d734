"""What is wrong, or doubtful, about a loan's value."""

from __future__ import annotations

from mlops_pipeline.messages.numbers import number, shown


def bad_date(text: str) -> str:
    """Say that a text is no date."""
    return f"{shown(text)} no es una fecha; se espera AAAA-MM-DD o AAAA-MM-DD HH:MM:SS (ISO 8601)"


def impossible_date(text: str, years: tuple[int, int]) -> str:
    """Say that a date lies outside the possible years."""
    first, last = years
    return f"{shown(text)} está fuera de las fechas posibles (años {first} a {last})"


def not_a_number(text: str) -> str:
    """Say that a text is no number."""
    return f"{shown(text)} no es un número (decimales con punto, sin separador de miles)"


def required_value() -> str:
    """Say that a value is missing where there must be one."""
    return "falta el valor y es obligatorio"


def impossible(value: float, low: float, high: float) -> str:
    """Say that a number lies outside its possible band."""
    return f"{number(value)} está fuera de lo posible [{number(low)}; {number(high)}]"


def not_whole(value: float) -> str:
    """Say that a number should be whole."""
    return f"{number(value)} debe ser un número entero"


def too_long(length: int, limit: int) -> str:
    """Say that a text is too long."""
    return f"el texto tiene {length} caracteres; se aceptan hasta {limit}"


def bad_target(text: str) -> str:
    """Say that the target is neither 0 nor 1."""
    return f"{shown(text)} no es 0 (en mora) ni 1 (a tiempo)"


_FINDINGS = {
    "outside_plausible_kept": "{} es poco plausible; se usa tal como llegó",
    "outside_plausible_unknown": "{} es poco plausible; se toma como desconocido",
    "outside_plausible_unused": "{} es poco plausible; no influye: el modelo no usa este campo",
    "zero_without_bureau_record": (
        "{} sin registro en la central de riesgo no es un conteo; se toma como desconocido"
    ),
    "unknown_category": "{} no es una categoría conocida; se toma como desconocida",
    "outside_training_data": "{} está fuera de los datos con que se entrenó el modelo",
}


def finding(code: str, value: float | str) -> str:
    """Say what was found about a value."""
    return _FINDINGS[code].format(shown(value) if isinstance(value, str) else number(value))
