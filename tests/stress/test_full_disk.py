"""A full disk under the log: refused, nothing acknowledged unlogged, recovery by itself."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.src.registry.support import small_disk
from tests.stress.conftest import Figures, Serve
from tests.stress.load import Load, check_log
from tests.stress.support import MIB, Service, numbered_loan, scaled, wait_for
from tests.stress.test_kills import logged

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def assert_full(service: Service) -> None:
    """Check what is answered where nothing can be stored."""
    refused = service.post("/predict", numbered_loan(-1))
    assert refused.status == 503
    assert int(refused.headers["retry-after"]) > 0
    assert "disco" in refused.json()["detail"]
    # What else writes in the file, the counting or a checkpoint, may leave room for a commit more.
    wait_for(lambda: _readiness(service) == {503}, 10, "the disk to stay full")
    assert service.get("/livez").status == 200


def _readiness(service: Service) -> set[int]:
    """Give what many questions in a row are answered."""
    return {service.get("/readyz").status for _ in range(50)}


def test_a_full_disk_is_refused_and_recovered_from(
    serve: Serve, tmp_path: Path, figures: Figures
) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(MIB // 2))
        database = disk / "predictions.sqlite3"
        service = serve(DATABASE_URL=f"sqlite:///{database}")
        service.database = database
        recoveries = []
        with Load(service, batches=1, size=50).running() as load:
            for turn in range(scaled(6, 2)):
                wait_for(lambda: not service.ready(), 60, "the disk to be full")
                assert_full(service)
                time.sleep(1)
                if turn == 0:
                    ballast.unlink()
                else:
                    size = f"remount,size={2 + 2 * turn}m"
                    subprocess.run(["mount", "-o", size, str(disk)], check=True)
                recoveries.append(load.wait_for_more())
        assert set(load.statuses) == {200, 503}
        assert load.cut == 0
        service.stop()
        rows = check_log(logged(service), load.acknowledged)
        figures(
            f"full {len(recoveries)} times; {len(load.acknowledged):,} loans acknowledged, "
            f"0 lost; {rows:,} in the log; {load.statuses[503]:,} answers of 503; predicting "
            f"again at most {max(recoveries):.2f} s after space returned"
        )
