"""`build_features` for 1 and for 1,000,000 loans, beside the same features in pandas.

python -m benchmarks.features [--rows 1000000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import resource

import numpy as np
import pandas as pd

from benchmarks.timing import interleaved, report
from mlops_pipeline.src.data.cleaning import clean, clean_loan
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.samples import sample_documents
from mlops_pipeline.src.data.schema import DATE, TEXTS
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.ft_engineering import build_feature_row, build_features

SAMPLE = 10_000


def in_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the 35 features the way a notebook would: one new column after the other."""
    out = frame.drop(columns=[DATE]).copy()
    for column in TEXTS:
        codes = {text: float(code) for code, text in enumerate(column.categories)}
        out[column.name] = frame[column.name].map(codes)
    dates = pd.to_datetime(frame[DATE], unit="s")
    out["mes_prestamo"] = dates.dt.month
    out["dia_semana"] = dates.dt.day_of_week
    out["trimestre"] = dates.dt.quarter
    out["dias_desde_epoca"] = frame[DATE] // 86_400
    salary = frame["salario_cliente"].replace(0, np.nan)
    out["ratio_cuota_salario"] = frame["cuota_pactada"] / salary
    out["ratio_deuda_ingreso"] = frame["total_otros_prestamos"] / salary
    out["ratio_capital_salario"] = frame["capital_prestado"] / salary
    for name, source in (
        ("tiene_mora", "saldo_mora"),
        ("tiene_codeudor_mora", "saldo_mora_codeudor"),
    ):
        out[name] = (frame[source] > 0).astype(float).where(frame[source].notna())
    out["nivel_endeudamiento"] = frame["saldo_total"] * 1_000 / salary
    sectors = [f"creditos_sector{name}" for name in ("Financiero", "Cooperativo", "Real")]
    out["total_creditos_sector"] = frame[sectors[0]] + frame[sectors[1]] + frame[sectors[2]]
    out["ratio_financiero"] = frame[sectors[0]] / out["total_creditos_sector"].replace(0, np.nan)
    out["ingreso_disponible"] = (
        frame["salario_cliente"] - frame["cuota_pactada"] - frame["total_otros_prestamos"]
    )
    out["ratio_puntajes"] = frame["puntaje"] / frame["puntaje_datacredito"].replace(0, np.nan)
    return out.astype(np.float32)


def as_frame(loans: LoanTable) -> pd.DataFrame:
    """Give a table as a DataFrame."""
    return pd.DataFrame({**loans.numbers, **loans.texts, DATE: loans.seconds})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()

    raw = LoanTable.from_loans([loan_from_json(one) for one in sample_documents(SAMPLE, 1)])
    sample, _ = clean(raw)
    one, _ = clean_loan(raw.loan(0))
    one_table = sample.take(slice(0, 1))
    one_frame = as_frame(one_table)
    report(
        "one loan",
        interleaved(
            {
                "pandas": lambda: in_pandas(one_frame),
                "build_features (arrays, n = 1)": lambda: build_features(one_table),
                "build_feature_row (scalars)": lambda: build_feature_row(one),
            },
            asked.rounds,
            repeats=50,
        ),
        base="pandas",
    )

    many = sample.take(np.resize(np.arange(SAMPLE), asked.rows))
    frame = as_frame(many)
    expected = in_pandas(frame.head(SAMPLE))
    found = build_features(sample)
    np.testing.assert_array_equal(found.values, expected[list(found.names)].to_numpy())
    report(
        f"{asked.rows:,} loans",
        interleaved(
            {"pandas": lambda: in_pandas(frame), "build_features": lambda: build_features(many)},
            asked.rounds,
        ),
        base="pandas",
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process (both contenders): {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
