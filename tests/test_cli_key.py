"""`python -m mlops_pipeline key`: a key that the service accepts."""

from __future__ import annotations

import pytest

from mlops_pipeline.api.keys import Keys
from mlops_pipeline.cli import main


def test_the_service_knows_the_key_by_the_digest_alone(capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for _ in range(2):
        assert main(["key"]) == 0
        key, digest = (line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines())
        assert key not in digest
        assert Keys([digest]).accept({b"x-api-key": key.encode()})
        assert not Keys([digest]).accept({b"x-api-key": key[:-1].encode()})
        found.append(key)
    assert found[0] != found[1]
