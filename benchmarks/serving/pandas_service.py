"""The service that a competent data scientist would put in front of the pandas pipeline.

Two ways of taking a batch, because both are common and their costs differ: loans of a pydantic
model with types and bands, as FastAPI's tutorial teaches and as the product checks them, and
plain dictionaries, which are not checked but fast.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Annotated

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel, Field

from benchmarks.serving.pandas_model import THRESHOLD

Count = Annotated[int, Field(ge=0, le=1_000)]
Pesos = Annotated[float, Field(ge=0, le=1e12)]
Thousands = Annotated[float, Field(ge=0, le=1e9)]
PlainLoan = dict[str, float | str | None]

app = FastAPI()
model = joblib.load(os.environ["PANDAS_MODEL"])


class Loan(BaseModel):
    """One loan."""

    tipo_credito: Annotated[int, Field(ge=0, le=999)]
    fecha_prestamo: str
    capital_prestado: Annotated[float, Field(ge=1, le=1e10)]
    plazo_meses: Annotated[int, Field(ge=1, le=600)]
    edad_cliente: Annotated[int, Field(ge=18, le=130)]
    tipo_laboral: str
    salario_cliente: Pesos
    total_otros_prestamos: Pesos
    cuota_pactada: Annotated[float, Field(ge=1, le=1e10)]
    puntaje: float | None = None
    puntaje_datacredito: Annotated[float, Field(ge=-100, le=1_000)] | None
    cant_creditosvigentes: Count
    huella_consulta: Count
    saldo_mora: Thousands | None
    saldo_total: Thousands | None
    saldo_principal: Thousands | None
    saldo_mora_codeudor: Thousands | None
    creditos_sectorFinanciero: Count  # noqa: N815 - spelled as in the data
    creditos_sectorCooperativo: Count  # noqa: N815
    creditos_sectorReal: Count  # noqa: N815
    promedio_ingresos_datacredito: Pesos | None
    tendencia_ingresos: str | None


class Batch(BaseModel):
    """Many loans."""

    data: list[Loan]
    return_probabilities: bool = False


class PlainBatch(BaseModel):
    """Many loans whose fields nobody checks."""

    data: list[PlainLoan]
    return_probabilities: bool = False


class Answer(BaseModel):
    """Predictions in the order of the loans."""

    predictions: list[int]
    probability_class_1: list[float] | None
    n_samples: int
    timestamp: str


@app.post("/predict")
def predict(loan: Loan, return_probabilities: bool = False) -> Answer:
    """Predict one loan."""
    return answer([loan.model_dump()], return_probabilities)


@app.post("/predict/batch")
def predict_batch(batch: Batch) -> Answer:
    """Predict many loans."""
    return answer([loan.model_dump() for loan in batch.data], batch.return_probabilities)


@app.post("/predict/batch/plain")
def predict_plain_batch(batch: PlainBatch) -> Answer:
    """Predict many loans, unchecked."""
    return answer(batch.data, batch.return_probabilities)


def answer(loans: list[PlainLoan], probabilities: bool) -> Answer:
    """Predict loans."""
    probability = model.predict_proba(pd.DataFrame(loans))[:, 1]
    return Answer(
        predictions=(probability >= THRESHOLD).astype(int).tolist(),
        probability_class_1=probability.tolist() if probabilities else None,
        n_samples=len(loans),
        timestamp=datetime.now(UTC).isoformat(),
    )
