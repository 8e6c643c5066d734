"""A prediction's request as other programs would make it; never with a real API key."""

from __future__ import annotations

import json
import shlex

from mlops_pipeline import messages
from mlops_pipeline.dashboard.prediction.fields import Document

_PATH = "/predict?return_probabilities=true"


def curl(address: str, document: Document, *, with_key: bool) -> str:
    """Give the request as a command of a POSIX shell."""
    parts = [
        f"curl -sS {shlex.quote(address.rstrip('/') + _PATH)}",
        "-H 'content-type: application/json'",
    ]
    if with_key:
        parts.append(f"-H 'x-api-key: {messages.KEY_PLACEHOLDER}'")
    parts.append(f"--data-raw {shlex.quote(_json(document))}")
    return " \\\n  ".join(parts)


def python(address: str, document: Document, *, with_key: bool) -> str:
    """Give the request as a Python program that needs the repository's client alone."""
    key = f', api_key="{messages.KEY_PLACEHOLDER}"' if with_key else ""
    loan = "".join(f"    {name!r}: {value!r},\n" for name, value in document.items())
    return (
        "from mlops_pipeline.client import ScoringClient\n\n"
        f"loan = {{\n{loan}}}\n"
        f"with ScoringClient({address!r}{key}) as service:\n"
        "    prediction = service.predict(loan)\n"
        "print(prediction.decision, prediction.probability, prediction.prediction_id)\n"
    )


def _json(document: Document) -> str:
    """Write a loan as JSON."""
    return json.dumps(document, ensure_ascii=False, indent=2)
