"""The address of the prediction log's database, checked before anything connects to it."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from mlops_pipeline import messages


def check_url(url: str) -> None:
    """Check that a text names a database in which the log can be kept; connect to nothing.

    Raises:
        ValueError: it does not; the sentence holds nothing of the text, as it may be a password.

    """
    parsed_url(url)


def parsed_url(url: str) -> URL:
    """Give the parts of an address: a file of SQLite's, or a base on a PostgreSQL server.

    A password with an unescaped `@` or `/` is refused rather than guessed: a part of it would
    become the server's name, which errors and logs tell.

    Raises:
        ValueError: see `check_url`.

    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(messages.LOG_BAD_DATABASE_URL) from None
    kind = parsed.drivername.partition("+")[0]
    if kind == "sqlite":
        # sqlite://folder/file.db has two slashes only: "folder" would be the server.
        good = parsed.host is None and parsed.database not in {None, "", ":memory:"}
    else:
        marks = url.count("@")
        clear = marks == 0 or (marks == 1 and parsed.username is not None)
        good = kind in {"postgresql", "postgres"} and clear
    if not good:
        raise ValueError(messages.LOG_BAD_DATABASE_URL)
    return parsed
