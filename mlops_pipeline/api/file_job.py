"""A file of loans: read, scored, stored and answered chunk by chunk, with errors row by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlops_pipeline.api.answers import Clock
from mlops_pipeline.api.counted import counted
from mlops_pipeline.api.errors import Refused
from mlops_pipeline.api.file_rows import OUTPUTS, inputs_of, warnings_of
from mlops_pipeline.api.lane_log import LaneLog
from mlops_pipeline.src.errors import InputError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_ids
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.scoring.files import ScoredChunk, score_file

_CLOCK = Clock()


def answer(
    job: dict[str, Any], _body: bytes, model: ModelDeployment, log: LaneLog
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Give the answer to the file at `job["path"]`, a part for each chunk.

    Raises:
        Refused: it is no file of loans (422), or the log cannot take its predictions (503); also
            between two parts, if that is found out only then.

    """
    path, output = Path(job["path"]), OUTPUTS[job["output"]]
    version = model.metadata.version
    headers = {"content-type": output.media_type, "x-model-version": version}
    yielded = False
    try:
        for chunk in score_file(path, model.predict):
            now, _ = _CLOCK.now()
            ids = new_prediction_ids(now, len(chunk.loans))
            warnings = warnings_of(chunk)
            if log:
                log.write(_records(chunk, ids, warnings, model, job["request_id"]))
            head = b"" if yielded else output.head
            rows = output.rows(chunk, ids, warnings, version)
            told = {"status": 200, "headers": headers, "more": True, **counted(chunk.scores)}
            yield told, head + rows
            yielded = True
    except InputError as error:
        raise Refused(422, str(error).replace(str(path), path.name)) from error
    yield {"status": 200, "headers": headers, "more": False}, b"" if yielded else output.head


def _records(
    chunk: ScoredChunk,
    ids: list[str],
    warnings: list[str],
    model: ModelDeployment,
    request_id: str,
) -> list[PredictionRecord]:
    """Give what the log keeps of a chunk."""
    version, threshold = model.metadata.version, model.threshold
    rows = zip(
        ids,
        inputs_of(chunk.loans),
        chunk.scores.probability.tolist(),
        chunk.scores.decision.tolist(),
        warnings,
        strict=True,
    )
    return [
        PredictionRecord(
            prediction_id, request_id, version, inputs, probability, threshold, decision, said
        )
        for prediction_id, inputs, probability, decision, said in rows
    ]
