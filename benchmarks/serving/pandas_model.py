"""What a data scientist would write: features in pandas, a scikit-learn pipeline, joblib.

The same kind of model as the published one: its features, its estimator's type and settings,
and the same rows (those of the CSV). Nothing is made slow on purpose: everything is vectorised,
dates are parsed with their format, and there is no cleaning of doubtful values at all.
"""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

TARGET = "Pago_atiempo"
THRESHOLD = 0.9
CATEGORIES = ["tipo_credito", "tipo_laboral", "tendencia_ingresos"]
SECTORS = ["creditos_sectorFinanciero", "creditos_sectorCooperativo", "creditos_sectorReal"]
NUMBERS = [
    "capital_prestado", "plazo_meses", "edad_cliente", "salario_cliente", "total_otros_prestamos",
    "cuota_pactada", "puntaje", "puntaje_datacredito", "cant_creditosvigentes", "huella_consulta",
    "saldo_mora", "saldo_total", "saldo_principal", "saldo_mora_codeudor", *SECTORS,
    "promedio_ingresos_datacredito",
]  # fmt: skip


def add_features(loans: pd.DataFrame) -> pd.DataFrame:
    """Give the loans with their derived features."""
    out = loans.copy()
    out[NUMBERS] = out[NUMBERS].astype(float)
    dates = pd.to_datetime(out["fecha_prestamo"], format="ISO8601")
    out["mes_prestamo"] = dates.dt.month
    out["dia_semana"] = dates.dt.dayofweek
    out["trimestre"] = dates.dt.quarter
    out["dias_desde_epoca"] = (dates - pd.Timestamp("1970-01-01")).dt.days
    salary = out["salario_cliente"].replace(0, float("nan"))
    out["ratio_cuota_salario"] = out["cuota_pactada"] / salary
    out["ratio_deuda_ingreso"] = out["total_otros_prestamos"] / salary
    out["ratio_capital_salario"] = out["capital_prestado"] / salary
    out["tiene_mora"] = (out["saldo_mora"] > 0).astype(int)
    out["tiene_codeudor_mora"] = (out["saldo_mora_codeudor"] > 0).astype(int)
    out["nivel_endeudamiento"] = out["saldo_total"] * 1_000 / salary
    out["total_creditos_sector"] = out[SECTORS].sum(axis=1)
    total = out["total_creditos_sector"].replace(0, float("nan"))
    out["ratio_financiero"] = out["creditos_sectorFinanciero"] / total
    out["ingreso_disponible"] = (
        out["salario_cliente"] - out["cuota_pactada"] - out["total_otros_prestamos"]
    )
    bureau = out["puntaje_datacredito"].replace(0, float("nan"))
    out["ratio_puntajes"] = out["puntaje"] / bureau
    return out


def train(data: Path, published: Path, out: Path) -> None:
    """Train the published model's estimator on a CSV, in such a pipeline, and write it."""
    loans = pd.read_csv(data)
    features = json.loads((published / "metadata.json").read_text(encoding="utf-8"))["features"]
    numbers = [name for name in features if name not in CATEGORIES]
    categories = [name for name in features if name in CATEGORIES]
    encode = Pipeline([
        ("impute", SimpleImputer(strategy="most_frequent")),
        ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
    ])  # fmt: skip
    columns = ColumnTransformer([
        ("numbers", SimpleImputer(strategy="median"), numbers),
        ("categories", encode, categories),
    ])  # fmt: skip
    pipeline = Pipeline([
        ("features", FunctionTransformer(add_features)),
        ("columns", columns),
        ("model", clone(joblib.load(published / "model.joblib"))),
    ])  # fmt: skip
    pipeline.fit(loans.drop(columns=TARGET), loans[TARGET])
    joblib.dump(pipeline, out)
