"""Numbers in Spanish: decimal comma, points between thousands; quoted texts."""

from __future__ import annotations

from decimal import Decimal

_WRITTEN_OUT = 1e15  # larger numbers are written with an exponent


def number(value: float) -> str:
    """Write a number with a decimal comma and points between thousands.

    >>> number(3000000.0), number(0.5), number(-1234.25), number(1e10)
    ('3.000.000', '0,5', '-1.234,25', '10.000.000.000')
    >>> number(12.0000001), number(1e300), number(10**400)
    ('12,0000001', '1e+300', '1,00000e+400')
    """
    if isinstance(value, int) and abs(value) >= _WRITTEN_OUT:
        text = f"{Decimal(value):.6g}"  # JSON has whole numbers beyond the largest float
    elif not abs(value) < _WRITTEN_OUT:
        text = f"{value:g}"
    elif round(value, 6) == round(value) != value:
        text = repr(float(value))  # rounded, it would pass for a whole number
    else:
        text = f"{value + 0.0:,.6f}".rstrip("0").rstrip(".")  # + 0.0: no -0
    return text.translate(str.maketrans(",.", ".,"))


def percent(share: float, digits: int = 1) -> str:
    """Write a share of 1 as a percentage.

    >>> percent(0.1239)
    '12,4 %'
    """
    return f"{100 * share:.{digits}f} %".replace(".", ",")


def shown(text: str) -> str:
    """Quote a text that came from outside: cut to a readable length, always printable."""
    text = "".join(mark if mark.isprintable() else "�" for mark in text[:200])
    text = text if len(text) <= 60 else text[:60] + "…"  # noqa: PLR2004
    return f"«{text}»"


def decimal(value: float, digits: int = 3) -> str:
    """Write a number with so many decimals and a decimal comma.

    >>> decimal(0.64576), decimal(-0.00001), decimal(1234567.8, 0), decimal(float("nan"))
    ('0,646', '0,000', '1.234.568', '—')
    """
    if value != value:  # noqa: PLR0124 - NaN
        return "—"
    return f"{round(value, digits) + 0.0:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def signed(value: float, digits: int = 3) -> str:
    """Write a difference with its sign.

    >>> signed(0.0123), signed(-0.5, 1)
    ('+0,012', '−0,5')
    """
    text = decimal(abs(value), digits)
    return f"−{text}" if round(value, digits) < 0 else f"+{text}"


def with_interval(value: float, low: float, high: float, digits: int = 3) -> str:
    """Write a value with its 95% interval.

    >>> with_interval(0.6458, 0.5864, 0.7046)
    '0,646 [0,586; 0,705]'
    """
    bounds = f"{decimal(low, digits)}; {decimal(high, digits)}"
    return f"{decimal(value, digits)} [{bounds}]"


def money(value: float) -> str:
    """Write a cost in the unit in which the costs were given.

    >>> money(0.41234), money(412345.6)
    ('0,412', '412.346')
    """
    return decimal(value, 0 if abs(value) >= 1_000 else 3)  # noqa: PLR2004
