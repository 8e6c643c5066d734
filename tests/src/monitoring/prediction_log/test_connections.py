"""What a connection to the server is told; no server is needed for that."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from mlops_pipeline.src.monitoring.prediction_log.postgres import _connect_args

URL = "postgresql://ana@servidor/registro"


@pytest.mark.parametrize("reading", [False, True])
def test_both_ends_notice_that_the_other_is_lost(reading: bool) -> None:
    found = _connect_args(make_url(URL), reading=reading)
    quiet = found["keepalives_idle"], found["keepalives_interval"], found["keepalives_count"]
    assert found["keepalives"] == 1
    options = str(found["options"])
    for name, value in zip(("idle", "interval", "count"), quiet, strict=True):
        assert f"-c tcp_keepalives_{name}={value}" in options
    idle, interval, count = map(int, quiet)
    assert idle + interval * count < 15  # seconds until a lost machine's turn to count is free
    assert f"-c tcp_user_timeout={found['tcp_user_timeout']}" in options
    assert ("default_transaction_read_only=on" in options) is reading


def test_what_the_url_says_goes_before() -> None:
    url = make_url(f"{URL}?keepalives_idle=60&options=-c%20work_mem%3D8MB")
    found = _connect_args(url, reading=False)
    assert "keepalives_idle" not in found  # the driver takes it from the URL
    assert found["keepalives_interval"] == 2
    assert str(found["options"]).startswith("-c work_mem=8MB -c ")
