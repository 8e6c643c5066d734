"""Where the time of one prediction, and of a batch, goes inside the process.

    python -m benchmarks.serving.profile [--calls 2048] [--rounds 7] [--markdown]

The steps are the product's own functions, called one by one on one core. Below them the whole
application, called through ASGI without a socket: what is left of its time is routing, request
id, limits and metrics. What the HTTP server and the kernel add is the difference to the
figures of `benchmarks.serving`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import uvloop
from pydantic import TypeAdapter

from benchmarks.serving import messages, results
from benchmarks.serving.bench import choose_cores, workspace
from benchmarks.serving.in_process import IN_FLIGHT, Application, running
from benchmarks.serving.load import BATCH_LOANS, batch_body
from benchmarks.serving.results import Section
from benchmarks.serving.servers import DURABLE, EXAMPLE, OFF, ROOT
from benchmarks.timing import interleaved
from mlops_pipeline.api.answers import prediction_json
from mlops_pipeline.api.wire import BatchRequest, LoanApplication
from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.convert import loan_from_checked
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_id
from mlops_pipeline.src.registry import store
from mlops_pipeline.src.scoring.bundle import ModelBundle, from_files
from mlops_pipeline.src.scoring.one_loan import LoanCleaner, LoanEncoder
from mlops_pipeline.src.scoring.onnx_model import OnnxModel

Steps = Mapping[str, Callable[[], object]]

NOW_MS = 1_767_225_600_000
TIMESTAMP = "2026-01-01T00:00:00Z"
BATCH_ROUNDS = 5


def steps_of_one(bundle: ModelBundle) -> Steps:
    """Give the steps of one prediction, each ready to be called again and again."""
    adapter: TypeAdapter[Any] = TypeAdapter(LoanApplication)
    cleaner, encoder = LoanCleaner(bundle.domain), LoanEncoder(bundle.encoder)
    single = OnnxModel(bundle.graph).single(encoder.size, bundle.metadata.score_column)
    calibrate = bundle.decision.calibration.scalar()
    application = adapter.validate_json(EXAMPLE)
    loan = loan_from_checked(application.__dict__)
    cleaned, _ = cleaner.clean(loan)
    encoder.write(cleaned, single.memory)
    raw = single.score()
    version, name = bundle.metadata.version, new_prediction_id(NOW_MS)
    probability = [calibrate(raw)]
    return {
        messages.VALIDATION: partial(adapter.validate_json, EXAMPLE),
        messages.CONVERSION: lambda: loan_from_checked(application.__dict__),
        messages.CLEANING: partial(cleaner.clean, loan),
        messages.FEATURES: partial(encoder.write, cleaned, single.memory),
        messages.GRAPH: single.score,
        messages.CALIBRATION: partial(calibrate, raw),
        messages.IDENTIFIER: partial(new_prediction_id, NOW_MS),
        messages.ANSWER: partial(
            prediction_json, [1], probability, [name], version, TIMESTAMP, []
        ),
    }  # fmt: skip


def steps_of_many(bundle: ModelBundle) -> Steps:
    """Give the steps of a batch."""
    adapter: TypeAdapter[Any] = TypeAdapter(BatchRequest)
    body = batch_body()
    model, column = OnnxModel(bundle.graph), bundle.metadata.score_column
    applications = adapter.validate_json(body).data
    table = LoanTable.from_loans([loan_from_checked(one.__dict__) for one in applications])
    cleaned, _ = clean(table)
    matrix = build_features(cleaned)
    inputs = bundle.encoder.transform(matrix)
    raw = model.score(inputs, column)
    probability = bundle.decision.calibration.apply(raw)
    decisions = bundle.decision.rule.decide(probability).tolist()
    names = [new_prediction_id(NOW_MS) for _ in applications]
    return {
        messages.VALIDATION: partial(adapter.validate_json, body),
        messages.CONVERSION: lambda: LoanTable.from_loans(
            [loan_from_checked(one.__dict__) for one in applications]
        ),
        messages.CLEANING: lambda: (clean(table), bundle.domain.flags(cleaned)),
        messages.FEATURES: lambda: bundle.encoder.transform(build_features(cleaned)),
        messages.GRAPH: partial(model.score, inputs, column),
        messages.CALIBRATION: partial(bundle.decision.calibration.apply, raw),
        messages.IDENTIFIER: lambda: [new_prediction_id(NOW_MS) for _ in applications],
        messages.ANSWER: lambda: prediction_json(
            decisions, probability.tolist(), names, bundle.metadata.version, TIMESTAMP, []
        ),
    }


def _whole(rounds: int, calls: int, models_dir: Path, folder: Path) -> Mapping[str, float]:
    """Give the seconds of a whole prediction: log off; durable alone; durable, many at a time."""

    async def measure() -> Mapping[str, float]:
        found: dict[str, list[float]] = {name: [] for name in messages.WHOLE}
        async with (
            running(models_dir, folder, OFF) as off,
            running(models_dir, folder, DURABLE) as durable,
        ):
            turns: tuple[tuple[Application, int], ...] = (
                (off, 1),
                (durable, 1),
                (durable, IN_FLIGHT),
            )
            for turn in range(rounds + 1):
                for taken, (application, at_once) in zip(found.values(), turns, strict=True):
                    start = time.perf_counter()
                    await application.predict(calls, at_once)
                    if turn:  # the first round warms up
                        taken.append((time.perf_counter() - start) / calls)
        return {name: statistics.median(taken) for name, taken in found.items()}

    return uvloop.run(measure())


def _section(
    title: str, header: tuple[str, ...], steps: Mapping[str, float], scale: float, total: float
) -> Section:
    """Tabulate seconds; shares are of `total`."""
    rows = tuple(
        (name, messages.decimal(scale * one, 1), _share(one / total)) for name, one in steps.items()
    )
    return Section(title, header, rows)


def _share(share: float) -> str:
    """Write a share of the whole; what is more than the whole has none."""
    return messages.percent(share) if share <= 1 else "—"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.profile")
    parser.add_argument("--models-dir", type=Path, default=ROOT / "models")
    parser.add_argument("--calls", type=int, default=2_048)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args()
    os.sched_setaffinity(0, {choose_cores().server})
    bundle = from_files(store.read_files(store.latest_folder(asked.models_dir)))

    one = interleaved(steps_of_one(bundle), asked.rounds, repeats=asked.calls)
    with workspace(None) as folder:
        whole = _whole(asked.rounds, asked.calls, asked.models_dir.resolve(), folder)
    total = whole[messages.WHOLE[0]]
    rest = {messages.REST: total - sum(one.values())}
    many = interleaved(steps_of_many(bundle), BATCH_ROUNDS)
    known = sum(many.values())
    title = messages.profile_batch(BATCH_LOANS)
    sections = [
        _section(messages.PROFILE, messages.PROFILE_HEADER, one | rest | dict(whole), 1e6, total),
        _section(title, messages.PROFILE_BATCH_HEADER, many | {messages.SUM: known}, 1e3, known),
    ]
    print((results.markdown if asked.markdown else results.text)(sections))


if __name__ == "__main__":
    main()
