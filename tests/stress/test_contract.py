"""schemathesis: requests made from the document, and whether the answers are what it says."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.stress.conftest import Figures, Serve
from tests.stress.support import HOST, numbered_loan, scaled

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

KEY = "llave-de-prueba"
EXAMPLES_AN_OPERATION = scaled(300, 10)
AT_LEAST = scaled(2_000, 200)
SEED = scaled([], ["--seed=4"])  # always the same where a submission is judged
_COUNTED = re.compile(r"([\d,]+) generated")


def test_schemathesis_finds_nothing(serve: Serve, tmp_path: Path, figures: Figures) -> None:
    service = serve(API_KEYS=hashlib.sha256(KEY.encode()).hexdigest())
    key = {"X-API-Key": KEY, "Content-Type": "application/json"}
    assert service.post("/predict", numbered_loan(1), key).status == 200, "something to read"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": "tests.stress.contract_hooks",
    }
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"http://{HOST}:{service.port}/openapi.json",
            f"--header=X-API-Key:{KEY}",
            "--checks=all",
            f"--max-examples={EXAMPLES_AN_OPERATION}",
            "--request-timeout=60",  # a lane starts with its first job, at low priority
            "--generation-database=none",
            "--continue-on-failure",
            "--no-color",
            "--warnings=off",
            *SEED,
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    counted = _COUNTED.search(done.stdout)
    assert counted is not None, done.stdout
    generated = int(counted[1].replace(",", ""))
    assert generated >= AT_LEAST
    assert service.ready()
    assert "Traceback" not in service.errors.read_text()
    figures(f"{generated:,} requests made by schemathesis, all checks: nothing found")
