"""RESULTADOS.md: the data, the leak, the features, young loans, and how to reproduce."""

from __future__ import annotations

import math
import platform
from importlib.metadata import version

from mlops_pipeline import messages
from mlops_pipeline.reporting.facts import is_shipped, leak_was_kept, periods
from mlops_pipeline.reporting.files import DATA_QUALITY, LEAKAGE_AUDIT, REJECTED_ROWS
from mlops_pipeline.reporting.markdown import bullets, document, section, table
from mlops_pipeline.reporting.quality import first_reasons, nulls
from mlops_pipeline.src.data.schema import COLUMNS
from mlops_pipeline.src.features.leakage import MAX_SINGLE_AUC, FeatureAudit, Taint
from mlops_pipeline.src.features.selection import POSITION_IN_TIME
from mlops_pipeline.src.training.periods import Period
from mlops_pipeline.training_run import Run

LIBRARIES = (
    "numpy", "scikit-learn", "xgboost-cpu", "lightgbm", "onnx", "onnxruntime", "matplotlib",
)  # fmt: skip

_TAINTS = {
    Taint.AUC: f"sola ordena los préstamos con ROC-AUC de {messages.number(MAX_SINGLE_AUC)} o más",
    Taint.SEPARATION: "separa las clases sin traslape",
    Taint.KNOWN_AFTER: "se conoce después del préstamo",
    Taint.LINEAGE: "se hace con",
}

_SYNTHETIC = (
    "Origen: **datos sintéticos**. Es el archivo de ejemplo del repositorio, hecho con semilla por "
    "su propio generador (`python -m mlops_pipeline generate`); no contiene datos de clientes y "
    "estas cifras no describen ninguna cartera real."
)
_GIVEN = "Origen: el archivo que se dio al programa, que no sabe cómo se obtuvo."


def portfolio(run: Run, links: str) -> str:
    """Say what was read, and what is wrong with it."""
    training, test = periods(run)
    head = (
        "Período",
        "Préstamos",
        "En mora",
        "Tasa de mora",
        "Desde",
        "Hasta",
        "Plazo sin cumplir",
    )
    rows = [_period_row("Entrenamiento", training), _period_row("Fuera de tiempo", test)]
    doubts = [
        (f"`{one.column}`", messages.FINDINGS[one.finding.value], messages.number(len(one.rows)))
        for one in run.flags
    ]
    doubtful = ("Columna con valores dudosos", "Qué se hace", "Préstamos")
    return section(
        "Los datos",
        bullets(_what_was_read(run, links)),
        table(head, rows),
        "Se entrena con los préstamos más antiguos y se mide con los más recientes, que no eligen "
        f"nada. El detalle está en {document(links, DATA_QUALITY)}.",
        table(doubtful, doubts, texts=(0, 1)) if doubts else "",
    )


def _what_was_read(run: Run, links: str) -> list[str]:
    """Count rows, refused ones by reason, ignored columns, missing values."""
    read, rejected = run.portfolio, run.portfolio.rejected
    lines = [
        f"`{run.data_name}`: {messages.number(read.rows_read)} filas, "
        f"{messages.number(len(read.loans))} utilizables, "
        f"{messages.number(len(rejected))} rechazadas.",
        _SYNTHETIC if is_shipped(run) else _GIVEN,
    ]
    if rejected:
        reasons = first_reasons(rejected).items()
        named = "; ".join(f"{messages.REASONS[kind]}: {rows}" for kind, rows in reasons)
        lines.append(
            f"Motivos de rechazo (cada fila en {document(links, REJECTED_ROWS)}): {named}."
        )
    if read.ignored_columns:
        ignored = ", ".join(f"`{name}`" for name in read.ignored_columns)
        lines.append(f"Columnas que no se usan: {ignored}.")
    missing = _missing(run)
    return [*lines, f"Faltantes: {missing}."] if missing else lines


def _period_row(name: str, found: Period) -> tuple[str, ...]:
    """Give a period's row."""
    return (
        name,
        messages.number(found.loans),
        messages.number(found.late),
        messages.percent(found.late_rate),
        found.first[:10],
        found.last[:10],
        messages.percent(found.immature_share),
    )


def _missing(run: Run) -> str:
    """Name the columns with missing values, the emptiest first."""
    loans = run.portfolio.loans
    found = sorted(((nulls(loans, column), column.name) for column in COLUMNS), reverse=True)
    return "; ".join(
        f"`{name}` {messages.percent(count / len(loans), 2)}" for count, name in found if count
    )


def leakage(run: Run, links: str) -> str:
    """Say which features know the answer and what they would have claimed."""
    audit = run.audit
    tainted = [one for one in audit.features if one.taints]
    about = (
        f"Antes de ajustar nada se auditan las {len(audit.features)} variables en los "
        f"{messages.number(audit.loans)} préstamos de entrenamiento "
        f"({messages.number(audit.late)} en mora). Todas las medidas están en "
        f"{document(links, LEAKAGE_AUDIT)}."
    )
    order = (
        "El orden de las filas del archivo, por sí solo, da "
        f"{messages.decimal(audit.row_order_auc)}; no es una variable y los préstamos se "
        "reordenan por fecha."
    )
    if not tainted:
        return section("Auditoría de fuga", about, "Ninguna variable conoce la respuesta.", order)
    rows = [(f"`{one.feature}`", messages.decimal(one.auc, 4), _why(one)) for one in tainted]
    others = [one.auc for one in audit.features if not one.taints and not math.isnan(one.auc)]
    best = messages.decimal(max(others, default=math.nan))
    return section(
        "Auditoría de fuga",
        about,
        table(("Variable", "ROC-AUC por sí sola", "Por qué"), rows, texts=(0, 2)),
        f"{_claim(run)} La mejor variable de las demás llega sola a {best}. {order}",
    )


def _claim(run: Run) -> str:
    """Say what the leak would have claimed."""
    measured = [one for one in run.audit.features if one.taints and not math.isnan(one.auc)]
    if not measured:
        return ""
    best = max(measured, key=lambda one: one.auc)
    late = Taint.KNOWN_AFTER in best.taints
    why = "ese valor se calcula cuando la respuesta ya se sabe" if late else "conoce la respuesta"
    claim = (
        f"Un modelo que solo leyera `{best.feature}` mostraría una ROC-AUC de "
        f"{messages.decimal(best.auc, 4)} en los datos de entrenamiento y no serviría para decidir "
        f"un préstamo nuevo, porque {why}."
    )
    if leak_was_kept(run):
        return f"{claim} **En esta corrida los modelos las usan (`--leakage keep`).**"
    return (
        f"{claim} Ningún modelo usa estas variables. Para ver la comparación completa que la fuga "
        f"promete: `{command(run)} --leakage keep` (nunca publica)."
    )


def _why(found: FeatureAudit) -> str:
    """Say why a feature is tainted."""
    words = [_TAINTS[taint] for taint in found.taints if taint is not Taint.LINEAGE]
    if found.parents:
        words.append(f"{_TAINTS[Taint.LINEAGE]} {', '.join(f'`{name}`' for name in found.parents)}")
    return "; ".join(words)


def features(run: Run) -> str:
    """State the three counts of features together."""
    if run.result.chosen is None:
        said = messages.feature_counts(len(run.audit.features), len(run.audit.clean), None)
        return section("Las variables", said)
    counts = run.feature_counts
    said = messages.feature_counts(counts.catalogue, counts.after_audit, counts.model_inputs)
    used = run.result.champion.result.validated.trained.fitted.encoder.features
    outside = not set(POSITION_IN_TIME) & set(used)
    return section(
        "Las variables",
        f"{said} El campeón lee {len(used)} variables; las entradas son esas variables codificadas "
        "(categorías e indicadores de faltante aparte)."
        + (" El mes, el trimestre y los días se vigilan y no entran." if outside else ""),
    )


def command(run: Run) -> str:
    """Give the command that makes this run again."""
    rule = run.options.rule
    return (
        f"python run_pipeline.py --data RUTA/{run.data_name} --costo-mora {rule.cost_late:.15g} "
        f"--costo-rechazo {rule.cost_reject:.15g} --seed {run.options.seed}"
    )


def reproduction(run: Run) -> str:
    """Say how to make these results again."""
    leak = " --leakage keep" if leak_was_kept(run) else ""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return section(
        "Cómo reproducirlo",
        f"```bash\n{command(run)}{leak}\n```",
        bullets(
            [
                f"Archivo: `{run.data_name}`, SHA-256 `{run.portfolio.sha256}`",
                f"Semilla: {run.options.seed}",
                f"Python {platform.python_version()}; {libraries}",
            ]
        ),
        "La misma semilla y los mismos datos dan las mismas cifras, salvo los tiempos y lo que se "
        "dice del modelo que ya estaba publicado. Este "
        "documento lo escribe el programa; no se edita a mano.",
    )
