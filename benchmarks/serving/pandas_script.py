"""The script that scores a file with the pandas pipeline; prints the seconds of its work.

python -m benchmarks.serving.pandas_script MODEL LOANS.csv|LOANS.parquet OUT.csv
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import joblib
import pandas as pd

from benchmarks.serving.pandas_model import THRESHOLD


def main() -> None:
    """Score the file."""
    model_file, source, out = map(Path, sys.argv[1:])
    model = joblib.load(model_file)
    start = time.perf_counter()
    loans = pd.read_parquet(source) if source.suffix == ".parquet" else pd.read_csv(source)
    probability = model.predict_proba(loans)[:, 1]
    scored = pd.DataFrame({
        "row": range(1, len(loans) + 1),
        "probability_class_1": probability,
        "prediction": (probability >= THRESHOLD).astype(int),
    })  # fmt: skip
    scored.to_csv(out, index=False)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
