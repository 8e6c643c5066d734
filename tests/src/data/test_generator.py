"""The synthetic portfolio resembles the measured one in the figures that matter downstream."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from mlops_pipeline.src.data import generator
from mlops_pipeline.src.data.generator import (
    DEFAULT_ROWS,
    DEFAULT_SEED,
    generate_chunks,
    write_portfolio,
    writer,
)
from mlops_pipeline.src.data.generator.portfolio import Chunk

ROOT = Path(__file__).resolve().parents[3]
STORED = ROOT / "data" / "Base_de_datos.csv"
REAL = ROOT.parent / "shared" / "data" / "Base_de_datos.csv"
REAL_END = pd.Timestamp("2025-07-12 08:34:02")
SECTORS = ["creditos_sectorFinanciero", "creditos_sectorCooperativo", "creditos_sectorReal"]
NUMERIC = [
    "tipo_credito",
    "capital_prestado",
    "plazo_meses",
    "edad_cliente",
    "salario_cliente",
    "total_otros_prestamos",
    "cuota_pactada",
    "puntaje",
    "puntaje_datacredito",
    "cant_creditosvigentes",
    "huella_consulta",
    "saldo_mora",
    "saldo_total",
    "saldo_principal",
    "saldo_mora_codeudor",
    *SECTORS,
    "promedio_ingresos_datacredito",
]
MK = "mk_cuota_x_plazo_over_capital"


def derived(loans: pd.DataFrame) -> pd.DataFrame:
    days = loans["fecha_prestamo"] - pd.Timestamp("2024-11-26")
    score = loans["puntaje_datacredito"]
    return loans.assign(
        edad_cliente_clean=loans["edad_cliente"].where(loans["edad_cliente"] <= 100),
        puntaje_datacredito_clean=score.where(score > 0),
        **{MK: loans["cuota_pactada"] * loans["plazo_meses"] / loans["capital_prestado"]},
        days_since_first=days.dt.days,
        LATE=1 - loans["Pago_atiempo"],
        trabajo_independiente=(loans["tipo_laboral"] == "Independiente").astype(int),
        null_promedio=loans["promedio_ingresos_datacredito"].isna().astype(int),
    )


def psi(before: pd.Series, after: pd.Series) -> float:
    edges = np.unique(before.quantile(np.linspace(0, 1, 11)))[1:-1]
    shares = [
        np.bincount(np.searchsorted(edges, part.dropna()), minlength=edges.size + 1) / part.count()
        for part in (before, after)
    ]
    old, new = (np.maximum(share, 1e-4) for share in shares)
    return float(np.sum((new - old) * np.log(new / old)))


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    text = files(generator).joinpath("measured.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.fixture(scope="module")
def default_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("portfolio") / "loans.csv"
    write_portfolio(DEFAULT_ROWS, DEFAULT_SEED, out)
    return out


@pytest.fixture(scope="module")
def loans(default_file: Path) -> pd.DataFrame:
    return derived(pd.read_csv(default_file, parse_dates=["fecha_prestamo"]))


def test_stored_file_is_the_default_one(default_file: Path) -> None:
    assert STORED.read_bytes() == default_file.read_bytes()


def test_file_looks_like_the_real_one(default_file: Path) -> None:
    header, first, *_ = default_file.read_text(encoding="utf-8").splitlines()
    assert header.split(",")[:3] == ["tipo_credito", "fecha_prestamo", "capital_prestado"]
    assert header.split(",")[-2:] == ["tendencia_ingresos", "Pago_atiempo"]
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    assert len(cells) == 23
    assert len(cells["fecha_prestamo"]) == len("2024-11-26 08:00:00")
    assert "." in cells["capital_prestado"]
    assert "." not in cells["cuota_pactada"]
    assert b"\r" not in default_file.read_bytes()


def test_nulls(loans: pd.DataFrame, measured: dict[str, Any]) -> None:
    columns = measured["null_patterns"]["cols"]
    patterns = measured["null_patterns"]["patterns"]
    for place, column in enumerate(columns):
        nulls = sum(size for key, (size, _) in patterns.items() if key[place] == "1")
        assert abs(loans[column].isna().mean() - nulls / measured["rows"]) < 0.02, column
    always = set(loans.columns) - set(columns) - {"edad_cliente_clean", "puntaje_datacredito_clean"}
    assert loans[sorted(always)].notna().all(axis=None)
    assert (loans["saldo_mora"].isna() == loans["saldo_total"].isna()).all()
    without_income = loans["promedio_ingresos_datacredito"].isna()
    assert loans.loc[without_income, "tendencia_ingresos"].isna().all()
    without_loans = loans["cant_creditosvigentes"] == 0
    assert (loans["saldo_principal"].isna() == without_loans).all()


@pytest.mark.parametrize("column", [*NUMERIC, MK])
def test_marginals_of_the_whole(loans: pd.DataFrame, measured: dict[str, Any], column: str) -> None:
    probability = np.asarray(measured["quantile_grid"])
    points = np.asarray(measured["quantiles"][column], dtype=np.float64)
    values = np.sort(loans[column].dropna().to_numpy(dtype=np.float64))
    # The profile's figures are rounded; at an atom the distribution jumps across a probability.
    margin = np.abs(points) * 1e-4
    below = np.searchsorted(values, points - margin, side="left") / values.size
    upto = np.searchsorted(values, points + margin, side="right") / values.size
    gap = np.maximum(np.maximum(below - probability, probability - upto), 0.0)
    assert gap.max() <= 0.08


@pytest.mark.skipif(not REAL.exists(), reason="the real portfolio is not beside the repository")
@pytest.mark.parametrize("column", [*NUMERIC, MK])
def test_marginals_of_the_earlier_part(loans: pd.DataFrame, column: str) -> None:
    real = derived(pd.read_csv(REAL, parse_dates=["fecha_prestamo"]))[column].dropna()
    drawn = loans.loc[loans["fecha_prestamo"] <= REAL_END, column].dropna()
    assert ks_2samp(drawn, real).statistic <= 0.08


def test_rank_correlations(loans: pd.DataFrame, measured: dict[str, Any]) -> None:
    names = measured["spearman"]["cols"]
    target = np.asarray(measured["spearman"]["matrix"], dtype=np.float64)
    drawn = loans[names].corr(method="spearman").to_numpy()
    pairs = np.triu_indices(len(names), 1)
    gaps = np.abs(target - drawn)[pairs]
    # A missing income has no correlation with the income.
    assert np.isnan(gaps).sum() <= 1
    assert np.nanmean(gaps) <= 0.05
    assert np.nanquantile(gaps, 0.95) <= 0.08


def test_calendar(loans: pd.DataFrame, measured: dict[str, Any]) -> None:
    dates = loans["fecha_prestamo"]
    by_month = dates.dt.strftime("%Y-%m").value_counts()
    assert by_month.to_dict() == {month: row[0] for month, row in measured["by_month"].items()}
    weekday = np.bincount(dates.dt.day_of_week, minlength=7) / len(loans)
    assert np.abs(weekday - np.asarray(measured["dow_counts"]) / measured["rows"]).max() < 0.015
    for hour, count in measured["hour_counts"].items():
        assert abs((dates.dt.hour == int(hour)).mean() - count / measured["rows"]) < 0.015


def test_dirt(loans: pd.DataFrame, measured: dict[str, Any]) -> None:
    assert loans["edad_cliente"].between(121, 123).sum() == 150
    assert not loans["edad_cliente"].between(71, 120).any()
    assert (loans["puntaje_datacredito"] == 0).sum() == 145
    assert (loans["puntaje_datacredito"] == -7).sum() == 1
    assert (loans["salario_cliente"] == 0).sum() == 24
    assert 14 <= (loans["salario_cliente"] > 1e9).sum() <= 32
    assert 5e9 < loans["salario_cliente"].max() <= 22e9
    numeric = pd.to_numeric(loans["tendencia_ingresos"], errors="coerce").notna()
    assert numeric.sum() == 58
    lines = loans["tipo_credito"].value_counts().to_dict()
    for code, (count, _) in measured["cat_late"]["tipo_credito"].items():
        assert abs(lines[int(code)] - count) <= 0.05 * count, code
    negative = loans["puntaje"] < 0
    assert 105 <= negative.sum() <= 165
    assert (loans.loc[negative, "Pago_atiempo"] == 0).all()


def test_customers_without_history(loans: pd.DataFrame) -> None:
    strangers = loans[loans["puntaje_datacredito"] <= 0]
    assert (strangers[["huella_consulta", "cant_creditosvigentes", *SECTORS]] == 0).all(axis=None)
    assert strangers[["saldo_mora", "saldo_total", "saldo_principal"]].isna().all(axis=None)
    assert (strangers["edad_cliente"] > 100).mean() > 0.9
    assert strangers["salario_cliente"].median() > 2e7


def test_identities(loans: pd.DataFrame, measured: dict[str, Any]) -> None:
    sectors, total = loans[SECTORS].sum(axis=1), loans["cant_creditosvigentes"]
    expected = measured["identities"]
    found = {
        "saldo_principal==saldo_total": loans["saldo_principal"] == loans["saldo_total"],
        "salary_multiple_100k": loans["salario_cliente"] % 100_000 == 0,
        "otros_multiple_100k": loans["total_otros_prestamos"] % 100_000 == 0,
        "sum_sectors==vigentes": sectors == total,
    }
    for name, holds in found.items():
        assert abs(holds.mean() - expected[name]) < 0.03, name
    assert (sectors <= total).mean() >= 0.999
    assert abs((loans[MK] < 1).mean() - 0.91) < 0.02


def test_drift(loans: pd.DataFrame) -> None:
    late = loans["fecha_prestamo"] > REAL_END
    moved = {name: psi(loans.loc[~late, name], loans.loc[late, name]) for name in [*NUMERIC, MK]}
    assert moved.pop(MK) >= 0.8
    assert 0.15 <= moved.pop("plazo_meses") <= 0.5
    for name in ("total_otros_prestamos", "promedio_ingresos_datacredito"):
        assert 0.1 <= moved.pop(name) <= 0.4
    assert max(moved.values()) < 0.08


def test_late_rate(loans: pd.DataFrame) -> None:
    assert 0.042 <= loans["LATE"].mean() <= 0.052
    newer = loans["fecha_prestamo"] > REAL_END
    assert loans.loc[newer, "LATE"].mean() < loans.loc[~newer, "LATE"].mean() - 0.005


def test_leak(loans: pd.DataFrame) -> None:
    late = loans["LATE"] == 1
    assert loans.loc[late, "puntaje"].max() <= 62.67
    assert loans.loc[~late, "puntaje"].min() >= 63.8
    assert roc_auc_score(late, -loans["puntaje"]) == pytest.approx(1.0, abs=1e-12)
    assert 0.90 <= (loans.loc[~late, "puntaje"] == 95.227787).mean() <= 0.94
    # Without a score the ratio is as good as infinite.
    score = loans["puntaje_datacredito"].fillna(1).clip(lower=1)
    assert 0.97 <= roc_auc_score(late, -loans["puntaje"] / score) <= 0.99


def test_file_order_leaks_at_the_end_alone(loans: pd.DataFrame) -> None:
    assert (loans["LATE"].tail(52) == 1).all()
    rest = loans.head(-52)
    order = np.arange(len(rest))
    assert abs(np.corrcoef(order, rest["LATE"])[0, 1]) < 0.04
    assert abs(np.corrcoef(order, rest["days_since_first"])[0, 1]) < 0.04


def matrix(loans: pd.DataFrame) -> NDArray[np.float64]:
    trend = loans["tendencia_ingresos"].map({"Creciente": 0, "Decreciente": 1, "Estable": 2})
    numbers = loans[[name for name in NUMERIC if name != "puntaje"]]
    extra = numbers.assign(
        independent=loans["trabajo_independiente"],
        trend=trend.fillna(3).where(loans["tendencia_ingresos"].notna(), -1),
    )
    return np.asarray(extra.to_numpy(), dtype=np.float64)


def predicted(x: NDArray[np.float64], y: NDArray[np.int64], on: NDArray[np.float64]) -> Any:
    data = lgb.Dataset(x, y)
    parameters = {
        "objective": "binary", "learning_rate": 0.03, "num_leaves": 7, "min_data_in_leaf": 60,
        "bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.7, "lambda_l2": 10,
        "num_threads": 1, "seed": 0, "verbose": -1,
    }  # fmt: skip
    return lgb.train(parameters, data, num_boost_round=200).predict(on)


def test_honest_signal(loans: pd.DataFrame) -> None:
    x, y = matrix(loans), loans["LATE"].to_numpy()
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
    scores = [
        roc_auc_score(y[test], predicted(x[train], y[train], x[test]))
        for train, test in folds.split(x, y)
    ]
    assert 0.66 <= np.mean(scores) <= 0.72
    for name, expected in {"puntaje_datacredito": 0.623, "huella_consulta": 0.598}.items():
        known = loans[name].notna()
        found = roc_auc_score(y[known], loans.loc[known, name])
        assert max(found, 1 - found) == pytest.approx(expected, abs=0.03)


def test_signal_out_of_time(loans: pd.DataFrame) -> None:
    ordered = loans.sort_values("fecha_prestamo", kind="stable")
    x, y, cut = matrix(ordered), ordered["LATE"].to_numpy(), int(0.8 * len(ordered))
    assert 0.60 <= roc_auc_score(y[cut:], predicted(x[:cut], y[:cut], x[cut:])) <= 0.72


def test_csv_and_parquet_hold_the_same_loans(tmp_path: Path) -> None:
    for suffix in ("csv", "parquet"):
        write_portfolio(30_000, 3, tmp_path / f"loans.{suffix}")
    text = pd.read_csv(tmp_path / "loans.csv", parse_dates=["fecha_prestamo"])
    binary = pd.read_parquet(tmp_path / "loans.parquet")
    assert len(list(generate_chunks(30_000, 3))) > 2
    assert len(text) == 30_000
    pd.testing.assert_frame_equal(text, binary, check_dtype=False, check_exact=True)
    assert binary["cuota_pactada"].dtype == np.int64
    assert binary["saldo_total"].dtype == np.float64
    assert (text["Pago_atiempo"].tail(144) == 0).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loans.csv", "loans.parquet"]


@pytest.mark.parametrize("rows", [1, 2, 17, 16_384, 16_385])
def test_any_size(rows: int) -> None:
    assert sum(len(chunk["Pago_atiempo"]) for chunk in generate_chunks(rows, 0)) == rows


def test_seed_decides(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_portfolio(500, seed, tmp_path / f"{name}.csv")
    first, again, other = ((tmp_path / f"{name}.csv").read_bytes() for name in "abc")
    assert first == again
    assert first != other


@pytest.mark.parametrize(("rows", "seed"), [(0, 1), (-5, 1), (10, -1)])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_impossible_numbers(tmp_path: Path, rows: int, seed: int, suffix: str) -> None:
    with pytest.raises(ValueError, match="must be at least"):
        write_portfolio(rows, seed, tmp_path / f"loans.{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["loans.xlsx", "loans", "loans.csv.gz"])
def test_unknown_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"\.csv or \.parquet"):
        write_portfolio(10, 1, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_portfolio(10, 1, tmp_path / "nowhere" / "loans.csv")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_failure_leaves_the_folder_as_it_was(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    error: type[BaseException],
) -> None:
    def broken(rows: int, seed: int) -> Iterator[Chunk]:
        yield next(iter(generate_chunks(rows, seed)))
        raise error

    out = tmp_path / f"loans.{suffix}"
    out.write_bytes(b"older")
    monkeypatch.setattr(writer, "generate_chunks", broken)
    with pytest.raises(error):
        write_portfolio(100, 1, out)
    assert out.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [out]
