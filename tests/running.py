"""The training run as its user starts it, and its tables."""

from __future__ import annotations

import csv
from pathlib import Path

from mlops_pipeline import cli


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def train(data: Path, folder: Path, *options: str) -> int:
    return cli.main(
        [
            "train",
            *("--data", str(data)),
            *("--models-dir", str(folder / "models")),
            *("--results-dir", str(folder / "results")),
            *options,
        ]
    )
