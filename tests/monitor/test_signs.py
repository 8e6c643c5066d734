"""A long comparison gives signs, and the service does not take them for an answer."""

from __future__ import annotations

import asyncio
import io
from types import SimpleNamespace
from typing import Any

import pytest

from mlops_pipeline import messages
from mlops_pipeline.api import frames, lanes
from mlops_pipeline.api.errors import Refused
from mlops_pipeline.api.lanes import Job, Words
from mlops_pipeline.monitor import process
from mlops_pipeline.monitor.process import Signs
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.watching import Watch
from tests.conftest import Trained


def test_each_comparison_may_give_a_sign_but_not_every_moment(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    signs, moments = Signs(out), iter(range(1_000))
    clock = SimpleNamespace(monotonic=lambda: signs._given + next(moments))
    monkeypatch.setattr(process, "time", clock)
    watch = Watch(ModelDeployment.load(trained.models_dir), signs.give)
    periods = len(watch.history(watch.first(), Span.MONTH).points)
    out.seek(0)
    found = [*iter(lambda: frames.read(out), None)]
    assert {(tuple(one.header.items()), one.body) for one in found} == {
        (((frames.PROGRESS, True),), b"")
    }
    assert 0 < len(found) < periods


def job(stream: asyncio.StreamReader) -> Job:
    """Give the job of a process that says this."""
    talking: Any = SimpleNamespace(stdout=stream)
    return Job(
        talking,
        lambda _records, _seconds: None,
        Words(messages.MONITOR_STALLED, messages.MONITOR_ENDED),
    )


def test_signs_are_waited_through_and_silence_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "PROGRESS_SECONDS", 0.4)
    sign = b"".join(frames.encode({frames.PROGRESS: True}, b""))

    async def main() -> None:
        stream = asyncio.StreamReader()
        talking = job(stream)
        waiting = asyncio.ensure_future(talking.receive())
        for _ in range(6):  # longer in all than one may be silent
            await asyncio.sleep(0.1)
            stream.feed_data(sign)
        stream.feed_data(b"".join(frames.encode({"status": 200}, b"{}")))
        assert await waiting == ({"status": 200}, b"{}")
        before = talking.stalled
        with pytest.raises(Refused) as caught:
            await talking.receive()
        assert (before, talking.stalled) == (False, True)
        assert messages.MONITOR_STALLED in caught.value.answer().body.decode()

    asyncio.run(main())
