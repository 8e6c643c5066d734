"""The reports' files: their names, and how they are written: as a whole or not at all."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

MODEL_RESULTS = "model_results.csv"
EVALUATION_REPORT = "evaluation_report.txt"
DATA_QUALITY = "data_quality.json"
LEAKAGE_AUDIT = "leakage_audit.json"
REJECTED_ROWS = "filas_rechazadas.csv"
RESULTADOS = "RESULTADOS.md"


def replace_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files by name into a folder, each in one step; the folder is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        replace_file(folder / name, content)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file in one step; a failure leaves the old one and nothing beside it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
