"""What the service must not carry."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

TRAINING_ONLY = ("sklearn", "xgboost", "lightgbm", "joblib", "pandas", "scipy", "onnx", "pyarrow")


def test_the_service_imports_no_training_library() -> None:
    script = f"import sys, api_main; print([m for m in {TRAINING_ONLY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
