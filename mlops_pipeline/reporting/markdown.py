"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: Sequence[int] = (0,)) -> str:
    """Give a table: columns of texts (by position) to the left, figures to the right."""
    rules = ["---" if column in texts else "--:" for column in range(len(head))]
    return "\n".join(_line(row) for row in (head, rules, *rows))


def _line(cells: Sequence[str]) -> str:
    """Give one line of a table."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def section(title: str, *parts: str) -> str:
    """Give a section of paragraphs, tables and figures; empty parts are left out."""
    return "\n\n".join([f"## {title}", *(part for part in parts if part)])


def bullets(lines: Iterable[str]) -> str:
    """Give a list."""
    return "\n".join(f"- {line}" for line in lines)


def document(links: str, name: str) -> str:
    """Give a link to another report; `links` stands before its file's name."""
    return f"[`{name}`]({links}{name})"


def figure(words: str, links: str, name: str) -> str:
    """Give a picture; `links` stands before its file's name."""
    return f"![{words}]({links}{name})"
