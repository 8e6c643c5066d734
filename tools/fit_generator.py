"""Derive the generator's parameters from the real portfolio's aggregate figures.

Usage: python tools/fit_generator.py DATA_DIR

DATA_DIR holds `profile.json` (figures of the whole portfolio) and `Base_de_datos.csv` (its earlier
part, of which only quantiles, counts and shares are kept). The correlations and the effects on
the label are found by drawing portfolios and correcting what they miss.
"""

import argparse
import calendar
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlops_pipeline.src.data.generator import generate_chunks, parameters
from mlops_pipeline.src.data.generator.customers import HIGH_INCOME
from mlops_pipeline.src.data.generator.outcome import features, late_probability
from mlops_pipeline.src.data.generator.portfolio import draw_block

Floats = NDArray[np.float64]
Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "mlops_pipeline/src/data/generator"
SECOND_LINE = 9
OLDEST = 100
INTEREST_FREE = 1e-3
LATE_PERIOD = 3
SHORT_TERM = 6
GRID = np.unique(
    np.concatenate([[0, 0.0005, 0.001, 0.0025, 0.9975, 0.999, 0.9995, 1], np.linspace(0, 1, 201)])
)
COARSE = np.linspace(0.0, 1.0, 21)
NAMES = {  # latent variable: the column by which it is calibrated
    "date": "days_since_first",
    "tipo_credito": "tipo_credito",
    "plazo_meses": "plazo_meses",
    "capital_prestado": "capital_prestado",
    "edad_cliente": "edad_cliente_clean",
    "independiente": "trabajo_independiente",
    "salario_cliente": "salario_cliente",
    "total_otros_prestamos": "total_otros_prestamos",
    "puntaje_datacredito": "puntaje_datacredito_clean",
    "excess": "cant_creditosvigentes",
    "huella_consulta": "huella_consulta",
    "saldo_total": "saldo_total",
    "creditos_sectorFinanciero": "creditos_sectorFinanciero",
    "creditos_sectorCooperativo": "creditos_sectorCooperativo",
    "creditos_sectorReal": "creditos_sectorReal",
    "promedio": "promedio_ingresos_datacredito",
    "null_promedio": "null_promedio",
}
TABLED = {1, 2}  # the date acts on line and term through the tables of products
SECTORS = [name for name in NAMES if name.startswith("creditos_sector")]
PERIOD_STARTS = ["2024-11", "2025-01", "2025-04", "2025-07", "2025-10"]
EARLY_SHARE, EARLY_ROWS = 0.8, 6908
LATE_BEGIN = 0.778  # share of the loans before the period 3
# Set by hand: the profile has no terms and lines by month after the CSV.
SIX_MONTH_TILT = {3: 1.33, 4: 0.42}  # so that the median term is 6 in 2025Q3 and 10 later
LATE_LINE_SHARE = {3: 0.27, 4: 0.23}
SHIFTS = {"total_otros_prestamos": [-0.18, 0.0, 0.08, 0.0, -0.25]}
# Monthly interest (0.1, 0.5, 0.9) after the CSV, other lines and line 9: set by hand and checked
# against the quantiles of cuota·plazo/capital.
RATES = {
    "2025-07": [[0.0205, 0.0225, 0.0240], [0.0196, 0.0198, 0.0200]],
    "2025-08": [[0.0220, 0.0236, 0.0250], [0.0201, 0.0205, 0.0209]],
    "2025-09": [[0.0228, 0.0244, 0.0260], [0.0206, 0.0212, 0.0218]],
    "2025-10": [[0.0230, 0.0248, 0.0268], [0.0210, 0.0218, 0.0226]],
    "2025-11": [[0.0238, 0.0258, 0.0280], [0.0218, 0.0228, 0.0238]],
    "2025-12": [[0.0245, 0.0268, 0.0290], [0.0226, 0.0236, 0.0246]],
    "2026-01": [[0.0255, 0.0280, 0.0300], [0.0234, 0.0244, 0.0254]],
    "2026-02": [[0.0260, 0.0285, 0.0305], [0.0240, 0.0250, 0.0260]],
    "2026-03": [[0.0265, 0.0290, 0.0310], [0.0245, 0.0255, 0.0265]],
    "2026-04": [[0.0265, 0.0290, 0.0310], [0.0245, 0.0255, 0.0265]],
}
SCORE_EDGES = [620.0, 690.0, 710.0, 726.0, 748.0, 764.0, 777.0, 791.0, 803.0, 817.0, 834.0, 856.0]
PRIOR_LATE = 4.0  # late loans of the average rate added to each bin: its own rate is noisy
DRAWN, ROUNDS = 60_000, 12
MEASURED = (
    "rows",
    "late",
    "by_month",
    "dow_counts",
    "hour_counts",
    "null_patterns",
    "cat_late",
    "spearman",
    "quantile_grid",
    "quantiles",
    "identities",
)


def quantiles(values: pd.Series, grid: Floats = GRID) -> Json:
    """Return the quantiles of `values` without the gaps."""
    found = values.dropna().quantile(grid)
    return {"p": [round(p, 5) for p in grid], "v": [float(f"{v:.9g}") for v in found]}


def counts(values: pd.Series) -> Json:
    """Return how often each whole number occurs."""
    return {str(int(k)): int(v) for k, v in values.value_counts().sort_index().items()}


def interest(loans: pd.DataFrame) -> Floats:
    """Return the monthly interest implied by instalment, term and capital."""
    margin = np.where(loans["tipo_credito"] == SECOND_LINE, 1.305, 1.2)
    factor = (loans["cuota_pactada"] * loans["plazo_meses"] / loans["capital_prestado"]) * margin
    term = loans["plazo_meses"].to_numpy()
    low, high = np.zeros(len(loans)), np.full(len(loans), 0.2)
    for _ in range(50):
        middle = (low + high) / 2 + 1e-12
        above = term * middle / (1 - (1 + middle) ** -term.astype(float)) > factor
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray(low)


def month_rows(profile: Json, loans: pd.DataFrame) -> list[Json]:
    """Return what is known of each month."""
    month = loans["fecha_prestamo"].dt.strftime("%Y-%m")
    first = loans["tipo_credito"] != SECOND_LINE
    rate = interest(loans)
    free = first & (rate < INTEREST_FREE)
    delays = profile["leak"]["any_delay_rate_by_quarter"]
    rows = []
    for name, (size, late, _) in profile["by_month"].items():
        start = max(date.fromisoformat(f"{name}-01"), date(2024, 11, 26))
        end = start.replace(day=calendar.monthrange(start.year, start.month)[1])
        end = min(end + timedelta(days=1), date(2026, 4, 27))
        quarter = f"{start.year}Q{(start.month + 2) // 3}"
        nulls = profile["null_rate_by_quarter"][quarter]
        extra = max(nulls["saldo_mora_codeudor"] - nulls["saldo_principal"], 0.0)
        late_rate = late / size
        rates = RATES.get(name) or [
            [round(q, 5) for q in np.quantile(rate[(month == name) & mask], [0.1, 0.5, 0.9])]
            for mask in (first & ~free, ~first)
        ]
        rows.append(
            {
                "first_day": start.isoformat(),
                "days": (end - start).days,
                "loans": size,
                "period": sum(name >= begin for begin in PERIOD_STARTS) - 1,
                "delayed": round(max(delays[quarter] - late_rate, 0.0) / (1 - late_rate), 5),
                "codebtor_unknown": round(extra / nulls["promedio_ingresos_datacredito"], 5),
                "rates": rates,
                "interest_free": [
                    round(
                        float(
                            np.nan_to_num(
                                free[
                                    (month == name) & first & (loans["plazo_meses"] == term)
                                ].mean()
                            )
                        ),
                        4,
                    )
                    for term in (6, 12, 24)
                ],
            }
        )
    return rows


def products(profile: Json, loans: pd.DataFrame) -> Json:
    """Return the tables of terms by period; the last two from what the CSV lacks of the whole."""
    month = loans["fecha_prestamo"].dt.strftime("%Y-%m")
    second = loans["tipo_credito"] == SECOND_LINE
    shares, tables = [], []
    whole = {int(k): v[0] for k, v in profile["cat_late"]["plazo_meses"].items()}
    scale = EARLY_SHARE * profile["rows"] / EARLY_ROWS
    only_nine = {2, 3, 4, 5, 7, 9, 11}
    nine_part = {8: 0.35, 10: 0.87, 6: 0.005, 12: 0.03}
    early = counts(loans["plazo_meses"])
    rest = {k: max(v - scale * early.get(str(k), 0), 0.0) for k, v in whole.items()}
    for period, begin in enumerate(PERIOD_STARTS):
        if period >= LATE_PERIOD:
            nine = {
                k: v * (1.0 if k in only_nine else nine_part.get(k, 0.0)) for k, v in rest.items()
            }
            other = {
                k: (rest[k] - nine[k]) * (SIX_MONTH_TILT[period] if k == SHORT_TERM else 1.0)
                for k in rest
            }
            shares.append(LATE_LINE_SHARE[period])
            tables.append(
                [
                    {str(k): round(v, 1) for k, v in t.items() if round(v, 1) > 0}
                    for t in (other, nine)
                ]
            )
            continue
        inside = (month >= begin) & (month < PERIOD_STARTS[period + 1])
        shares.append(round(float(second[inside].mean()), 4))
        tables.append(
            [counts(loans.loc[inside & mask, "plazo_meses"]) for mask in (~second, second)]
        )
    return {"line_share": shares, "terms": tables}


def marginals(profile: Json, loans: pd.DataFrame) -> Json:
    """Return quantiles, counts, quotas and shares of the customers."""
    known = loans[loans["puntaje_datacredito"] > 0]
    strangers = loans[loans["puntaje_datacredito"] <= 0]
    with_loans = known[known["cant_creditosvigentes"] > 0]
    excess = with_loans["cant_creditosvigentes"] - with_loans[SECTORS].sum(axis=1)
    part = (with_loans["saldo_principal"] / with_loans["saldo_total"])[
        with_loans["saldo_total"] > 0
    ]
    words = known[known["tendencia_ingresos"].isin(["Creciente", "Decreciente", "Estable"])]
    codes = words["tendencia_ingresos"].map({"Creciente": 0, "Decreciente": 1, "Estable": 2})
    high = words["promedio_ingresos_datacredito"] > HIGH_INCOME
    positive = profile["quantiles_positive_only"]
    tables = {
        name: quantiles(source[name])
        for name, source in {
            "capital_prestado": known,
            "salario_cliente": known[known["salario_cliente"] > 0],
            "total_otros_prestamos": known,
            "edad_cliente": known[known["edad_cliente"] < OLDEST],
            "puntaje_datacredito": known,
            "saldo_total": with_loans,
            "promedio_ingresos_datacredito": known,
        }.items()
    }
    grid = [round(p, 5) for p in profile["quantile_grid"]]
    for name in ("saldo_mora", "saldo_mora_codeudor"):
        tables[name] = {"p": grid, "v": positive[name]}
    tables["numeric_trend"] = {
        "p": [0, 0.17, 0.18, 0.30, 0.31, 0.41, 0.5, 0.75, 0.97, 1],
        "v": [-702927, -100000, 0, 0, 8315, 8315, 12949, 113617, 1817052, 4250635],
    }
    tables["principal_part"] = quantiles(part[part < 1], COARSE)
    tables["stranger_salary"] = quantiles(strangers["salario_cliente"], COARSE)
    tables["stranger_salary"]["v"][-1] = positive["salario_cliente"][-1]
    ratio = strangers["total_otros_prestamos"] / strangers["salario_cliente"]
    tables["stranger_other_part"] = quantiles(ratio.clip(upper=1.0), COARSE)
    tables["stranger_capital"] = quantiles(strangers["capital_prestado"], COARSE)
    for name, atom, trust in (
        ("total_otros_prestamos", 0.0, 1.0),
        ("promedio_ingresos_datacredito", 1e6, 0.8),
    ):
        tables[f"{name}@late"] = late_quantiles(profile, loans[name], atom, trust)
    late = loans.loc[loans["Pago_atiempo"] == 0, "puntaje"]
    tables["late_score"] = quantiles(late, np.linspace(0, 1, 101))
    nulls = profile["null_patterns"]["patterns"]
    trusted = {name: counts(with_loans[name]) for name in SECTORS}
    lines = profile["columns"]["tipo_credito"]["top"]
    rows = profile["rows"]
    return {
        "quantiles": tables,
        "counts": {
            **trusted,
            "excess": counts(excess),
            "huella_consulta": counts(known["huella_consulta"]),
            "trend_high": counts(codes[high]),
            "trend_low": counts(codes[~high]),
        },
        "quotas": {
            **{f"line_{code}": lines[str(code)] for code in (10, 6, 7, 68)},
            "without_loans": nulls["0001100"][0] + nulls["0001111"][0],
            "stranger": 156,
            "stranger_with_score": 4,
            "score_error": 1,
            "score_missing": 6,
            "stranger_of_normal_age": 6,
            "age_121": 1,
            "age_123": 1,
            "zero_salary": 24,
            "numeric_trend": 58,
            "arrears": 55,
            "codebtor_arrears": 3,
            "late_at_end": 52,
        },
        "shares": {
            "income_unknown": round(
                (profile["columns"]["tendencia_ingresos"]["nulls"] - 156) / (rows - 156), 5
            ),
            "independent": round(4009 / (rows - 156), 5),
            "principal_differs": round(float((part < 1).mean()), 4),
            "second_line_at_full_price": 0.05,
            "late": round(profile["late_rate"], 5),
            "late_period_signal": 0.75,
        },
        "round_shares": {
            name: round_shares(loans[name], whole)
            for name, whole in (
                ("salario_cliente", profile["identities"]["salary_multiple_100k"]),
                ("total_otros_prestamos", profile["identities"]["otros_multiple_100k"]),
            )
        },
    }


def round_shares(values: pd.Series, whole: float) -> list[float]:
    """Return the share of multiples of 100,000 by period, the last two from what is missing."""
    early = float((values % 100_000 == 0).mean())
    # The CSV ends in the first month of the late periods, which begin with that month.
    late = (whole - LATE_BEGIN * early) / (1 - LATE_BEGIN)
    return [round(early, 4)] * 3 + [round(late, 4)] * 2


def late_quantiles(profile: Json, values: pd.Series, atom: float, trust: float) -> Json:
    """Return the quantiles after the CSV: the whole's bins without the CSV's, one atom apart."""
    column = profile["columns"][values.name]
    bins = {
        float(k.split(",")[1].rstrip("]")): n
        for k, (n, _) in profile["late_rate_by_bins"][values.name].items()
        if k != "NULL"
    }
    scale = EARLY_SHARE * profile["rows"] / EARLY_ROWS
    top = column["top"]
    at_atom = next(n for k, n in top.items() if float(k) == atom) - scale * (values == atom).sum()
    edges = [profile["quantiles"][values.name][0], *sorted(bins)]
    known = np.histogram(values.dropna(), [-1.0, *(edge + 0.5 for edge in edges[1:])])[0]
    late = np.maximum([bins[edge] for edge in edges[1:]] - scale * known, 0.0)
    late = trust * late + (1 - trust) * known * late.sum() / known.sum()
    cumulative = np.concatenate([[0.0], np.cumsum(late)]) / late.sum()
    below = np.interp(atom, edges, cumulative)
    share = trust * at_atom / late.sum()
    begin, end = (below, below + share) if atom == edges[0] else (below - share, below)
    points = sorted({*zip(cumulative, edges, strict=True), (begin, atom), (end, atom)})
    return {"p": [round(float(p), 5) for p, _ in points], "v": [float(v) for _, v in points]}


def frame(raw: Json, rows: int, seed: int) -> pd.DataFrame:
    """Return a drawn portfolio with the derived columns of the profile's correlations."""
    chunks = generate_chunks(rows, seed, parameters.from_json(raw))
    return derived(pd.concat([pd.DataFrame(dict(chunk)) for chunk in chunks], ignore_index=True))


def derived(loans: pd.DataFrame) -> pd.DataFrame:
    """Return `loans` with the derived columns of the profile's correlations."""
    days = loans["fecha_prestamo"] - pd.Timestamp("2024-11-26")
    score = loans["puntaje_datacredito"]
    return loans.assign(
        edad_cliente_clean=loans["edad_cliente"].where(loans["edad_cliente"] <= OLDEST),
        puntaje_datacredito_clean=score.where(score > 0),
        mk_cuota_x_plazo_over_capital=loans["cuota_pactada"]
        * loans["plazo_meses"]
        / loans["capital_prestado"],
        days_since_first=days.dt.days,
        LATE=1 - loans["Pago_atiempo"],
        trabajo_independiente=(loans["tipo_laboral"] == "Independiente").astype(int),
        null_promedio=loans["promedio_ingresos_datacredito"].isna().astype(int),
    )


def nearest_correlation(matrix: Floats) -> Floats:
    """Return a positive definite correlation matrix near `matrix`."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    fixed = (vectors * np.maximum(values, 0.02)) @ vectors.T
    scale = np.sqrt(np.diag(fixed))
    return np.asarray(fixed / scale / scale[:, None])


def calibrate_correlations(raw: Json, profile: Json) -> None:
    """Correct the latent correlations until the rank correlations are those of the profile."""
    columns = profile["spearman"]["cols"]
    order = [columns.index(name) for name in NAMES.values()]
    target = np.array(profile["spearman"]["matrix"], dtype=np.float64)[np.ix_(order, order)]
    latent = np.array(raw["latent"]["correlations"])
    fixed = np.zeros_like(latent, dtype=bool)
    fixed[0, list(TABLED)] = fixed[list(TABLED), 0] = True
    for number in range(ROUNDS):
        drawn = frame(raw, DRAWN, number)[list(NAMES.values())].corr(method="spearman").to_numpy()
        gap = np.where(fixed, 0.0, np.nan_to_num(target - drawn))
        print(f"round {number}: mean gap {np.abs(gap).mean():.4f}, most {np.abs(gap).max():.3f}")
        latent = nearest_correlation(np.clip(latent + gap, -0.97, 0.97))
        latent[fixed] = 0.0
        latent = nearest_correlation(latent)
        raw["latent"]["correlations"] = [[round(float(v), 4) for v in row] for row in latent]


def calibrate_effects(raw: Json, profile: Json, loans: pd.DataFrame) -> None:
    """Rake the effects until the late rate of every bin is the (shrunken) one of the profile."""
    targets = effect_targets(profile, loans)
    overall = profile["late_rate"]
    raw["intercept"] = float(np.log(overall / (1 - overall)))
    raw["effects"] = {
        name: {"edges": edges, "effects": [0.0] * len(rates), "missing": 0.0}
        for name, (edges, rates, _) in targets.items()
    }
    params = parameters.from_json({**raw, "effects": {}})
    rows = DRAWN * 3
    block = draw_block(np.random.default_rng(1), (0, rows), rows, params)
    columns = features(block.dates, block.products, block.customers)
    for _ in range(25):
        for name, (edges, rates, missing) in targets.items():
            late = late_probability(columns, parameters.from_json(raw))
            table, values = raw["effects"][name], columns[name]
            bins = np.searchsorted(edges, values, side="left")
            for index, rate in enumerate(rates):
                inside = (bins == index) & ~np.isnan(values)
                table["effects"][index] += step(rate, late[inside])
            if missing is not None:
                table["missing"] += step(missing, late[np.isnan(values)])
    for table in raw["effects"].values():
        table["effects"] = [round(value, 4) for value in table["effects"]]
        table["missing"] = round(table["missing"], 4)


def step(rate: float, late: Floats) -> float:
    """Return the change of log-odds from the mean of `late` to `rate`."""
    if late.size == 0:
        return 0.0
    now = float(late.mean())
    return float(np.log(rate / (1 - rate)) - np.log(now / (1 - now)))


def effect_targets(
    profile: Json, loans: pd.DataFrame
) -> dict[str, tuple[list[float], list[float], float | None]]:
    """Return by column: upper edges of all bins but the last, late rates, rate of the missing."""
    overall = profile["late_rate"]

    def shrunk(size: float, late: float) -> float:
        return float((late + PRIOR_LATE * 1.0) / (size + PRIOR_LATE / overall))

    targets: dict[str, tuple[list[float], list[float], float | None]] = {}
    for name in (
        "huella_consulta",
        "edad_cliente",
        "capital_prestado",
        "plazo_meses",
        "promedio_ingresos_datacredito",
        "total_otros_prestamos",
        "cant_creditosvigentes",
    ):
        bins = dict(profile["late_rate_by_bins"][name])
        gap = bins.pop("NULL", None)
        ordered = sorted(
            (float(k.split(",")[1].rstrip("]")), n, n * r) for k, (n, r) in bins.items()
        )
        targets[name] = (
            [edge for edge, _, _ in ordered[:-1]],
            [shrunk(n, late) for _, n, late in ordered],
            None if gap is None else shrunk(gap[0], gap[0] * gap[1]),
        )
    score, late = loans["puntaje_datacredito"], loans["Pago_atiempo"] == 0
    bins = np.searchsorted(SCORE_EDGES, score.where(score > 0), side="left")
    rates = [late[(bins == i) & (score > 0)] for i in range(len(SCORE_EDGES) + 1)]
    # Few bad scores, but most of them late: here the prior is weak.
    low = float((rates[0].sum() + 1) / (len(rates[0]) + 3))
    targets["puntaje_datacredito"] = (
        [0.0, *SCORE_EDGES],
        [0.067, low, *(shrunk(len(r), r.sum()) for r in rates[1:])],
        0.1,
    )
    cat = profile["cat_late"]
    targets["independiente"] = ([0.5], [n / m for m, n in cat["tipo_laboral"].values()], None)
    trends = [cat["tendencia"][k] for k in ("Creciente", "Decreciente", "Estable", "NUM", "NULL")]
    targets["tendencia"] = ([0.5, 1.5, 2.5, 3.5], [max(n, 0.5) / m for m, n in trends], None)
    targets["saldo_mora"] = ([0.5], [491 / 10_708, 20 / 55], None)
    targets["tipo_6"] = ([0.5], [502 / 10_742, 9 / 21], None)
    months = [shrunk(n, late_) for n, late_, _ in profile["by_month"].values()]
    targets["month"] = ([i + 0.5 for i in range(len(months) - 1)], months, None)
    return targets


def write_json(document: Json, out: Path) -> None:
    """Write `document` with one line per entry, so that a difference can be read."""
    lines = [
        f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in document.items()
    ]
    out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    """Write the parameters fitted to the figures in the folder given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    folder = parser.parse_args().data_dir
    profile = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    loans = pd.read_csv(folder / "Base_de_datos.csv", parse_dates=["fecha_prestamo"])
    hours = {int(k): v for k, v in profile["hour_counts"].items()}
    raw: Json = {
        "rows": profile["rows"],
        "months": month_rows(profile, loans),
        "weekday_weights": profile["dow_counts"],
        "hours": {"first": min(hours), "weights": list(hours.values())},
        "latent": {"names": list(NAMES), "correlations": np.eye(len(NAMES)).tolist()},
        "shifts": SHIFTS,
        **products(profile, loans),
        **marginals(profile, loans),
        "intercept": -3.0,
        "effects": {},
    }
    calibrate_correlations(raw, profile)
    calibrate_effects(raw, profile, loans)
    write_json(raw, PACKAGE / "parameters.json")
    write_json({name: profile[name] for name in MEASURED}, PACKAGE / "measured.json")


if __name__ == "__main__":
    main()
