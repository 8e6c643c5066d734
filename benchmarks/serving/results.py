"""Results as a table with its verdicts, for a terminal or for a Markdown document."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.serving import messages


@dataclass(frozen=True, slots=True)
class Verdict:
    """One acceptance line: what was found, what was asked for, whether that was reached."""

    line: str
    found: str
    asked: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One measurement's table; ratios stand before absolute figures."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()


def at_least(line: str, found: float, asked: float, digits: int = 2) -> Verdict:
    """Judge a figure that should be high."""
    texts = messages.decimal(found, digits), messages.from_below(asked)
    return Verdict(line, *texts, found >= asked)


def at_most(line: str, found: float, asked: float, unit: str = "", digits: int = 2) -> Verdict:
    """Judge a figure that should be low."""
    texts = (messages.with_unit(value, unit, digits) for value in (found, asked))
    shown, limit = texts
    return Verdict(line, shown, messages.from_above(limit), found <= asked)


def ratios(values: Sequence[float], bases: Sequence[float]) -> tuple[float, str]:
    """Give the median of the rounds' ratios, and it as text with the lowest and the highest."""
    found = [value / base for value, base in zip(values, bases, strict=True)]
    middle = statistics.median(found)
    return middle, messages.with_range(middle, min(found), max(found))


def text(sections: Sequence[Section]) -> str:
    """Write sections for a terminal."""
    return "\n".join(_text(section) for section in sections)


def _text(section: Section) -> str:
    """Write one section, its columns aligned."""
    table = [section.header, *section.rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in table
    ]
    lines += [f"  {_verdict(one)}" for one in section.verdicts]
    lines += [f"  {note}" for note in section.notes]
    return "\n".join([f"\n{section.title}", *(line.rstrip() for line in lines)])


def _verdict(one: Verdict) -> str:
    """Write a verdict as one line."""
    return f"{messages.reached(one.reached)}: {one.line}: {one.found} ({one.asked})"


def markdown(sections: Sequence[Section]) -> str:
    """Write sections for a document."""
    return "\n".join(_markdown(section) for section in sections)


def _markdown(section: Section) -> str:
    """Write one section."""
    lines = [f"\n### {section.title}\n"]
    lines += [_row(section.header), _row(tuple("---" for _ in section.header))]
    lines += [_row(row) for row in section.rows]
    if section.verdicts:
        lines += ["", _row(messages.VERDICT_HEADER), _row(("---",) * 4)]
        lines += [
            _row((messages.reached(one.reached), one.line, one.found, one.asked))
            for one in section.verdicts
        ]
    for note in section.notes:
        lines += ["", note]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    """Write a table's row."""
    return f"| {' | '.join(cells)} |"
