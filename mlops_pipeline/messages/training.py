"""What a training run says: data, leakage, candidates, export, promotion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlops_pipeline.messages.numbers import number


def no_target() -> str:
    """Say that loans have no target."""
    return "Los préstamos no tienen la columna Pago_atiempo."


def too_few_loans(loans: int, late: int, min_loans: int, min_late: int) -> str:
    """Say that a side of a split is too small."""
    return (
        f"Hay muy pocos préstamos en uno de los dos períodos ({loans}, de ellos {late} en mora); "
        f"se necesitan al menos {min_loans} y {min_late} de cada clase."
    )


def not_convertible(name: str, reason: str) -> str:
    """Say that a model cannot be converted."""
    return f"{name} no se puede convertir a ONNX: {reason}."


GRAPHS_DIFFER = "el grafo para muchos préstamos no responde igual que el de uno"
NO_EXACT_GRAPH = "no hay un grafo exacto para esta clase de modelo o sus ajustes"


def other_inputs(own: int, given: int) -> str:
    """Say that a model was fitted on another number of inputs than its graph shall have."""
    return f"se ajustó con {own} entradas y el grafo tendría {given}"


def no_eligible_model(reasons: Sequence[str] = ()) -> str:
    """Say that no candidate may be published."""
    return " ".join(["Ningún modelo se puede publicar.", *reasons])


def data_read(path: Path, usable: int, rejected: int) -> str:
    """Say what was read."""
    lost = f"; {rejected} filas rechazadas (filas_rechazadas.csv)" if rejected else ""
    return f"Datos: {number(usable)} préstamos de {path}{lost}."


def leakage_found(tainted: Sequence[str], kept: bool) -> list[str]:
    """Say loudly which features know the answer."""
    if not tainted:
        return ["Auditoría de fuga: ninguna variable conoce la respuesta."]
    named = ", ".join(tainted)
    if kept:
        fate = "SE USAN porque se pidió --leakage keep: las cifras son las que la fuga promete."
    else:
        fate = "Quedan en cuarentena: ningún modelo las usa."
    return [f"⚠️ FUGA DE INFORMACIÓN: {named} conocen la respuesta. {fate}"]


def to_be_promoted(reason: str, *, asked: bool) -> str:
    """Say that a champion is published and serves, and why."""
    return f"Se publica y se promueve{' (se pidió --promover)' if asked else ''}. {reason}"


def to_be_kept_back(reason: str) -> str:
    """Say that a champion is published as a version that does not serve, and why."""
    return f"Se publica como versión y no se promueve. {reason}"


def consent_is_missing(reason: str) -> str:
    """Say that a champion waits for consent, beside what the comparison says."""
    rows = "Su grafo contiene filas de clientes y no se dio --permitir-filas."
    return to_be_kept_back(f"{rows} {reason}")


def to_be_left(reason: str) -> str:
    """Say that nothing is published, and why."""
    return f"No se publica nada y latest no cambia. {reason}"


def published(models_dir: Path, version: str) -> str:
    """Say where the model went."""
    return f"Publicado: {models_dir / version} ({models_dir / 'latest'} apunta a él)."


def not_published() -> str:
    """Say that a model with the leak stays where it is."""
    return "No se publica: un modelo entrenado con la fuga no sirve para decidir."


TABLE_HEADER = (
    f"{'Modelo':<28}{'AUC valid.':>11}{'AUC fuera de tiempo':>26}{'F1':>8}"
    f"{'Accuracy':>10}{'Tiempo':>9}"
)


def table_row(
    name: str,
    in_validation: float,
    out_of_time: tuple[float, float, float],
    f1: float,
    accuracy: float,
    seconds: float,
) -> str:
    """Give one line of the table that a run prints."""
    value, low, high = out_of_time
    interval = f"{value:.4f} [{low:.4f}; {high:.4f}]"
    figures = f"{in_validation:>11.4f}{interval:>26}{f1:>8.4f}{accuracy:>10.4f}{seconds:>7.2f} s"
    return f"{name:<28}{figures.replace('.', ',')}"


def champion_line(name: str, value: float, low: float, high: float) -> str:
    """Name the champion and how well it ranks later loans."""
    text = f"{value:.4f} (IC 95 %: {low:.4f} a {high:.4f})".replace(".", ",")
    return f"Campeón: {name}, ROC-AUC fuera de tiempo {text}."


def feature_counts(catalogue: int, after_audit: int, inputs: int | None) -> str:
    """State the three counts of features together; two of them where there is no champion."""
    entering = "" if inputs is None else f", {inputs} entradas del modelo"
    return (
        f"Variables: {catalogue} en el catálogo, {after_audit} tras la auditoría de fuga{entering}."
    )


def reports_written(folder: Path) -> str:
    """Say where the reports are."""
    return f"Informes en {folder}."


def bad_costs(late: float, reject: float) -> str:
    """Say that two costs give no threshold."""
    return f"los costos {late:g} y {reject:g} no dan un umbral entre 0 y 1"


def too_few_folds(found: int, needed: int, per_class: int) -> str:
    """Say that the training period cannot be validated over time."""
    return (
        f"El período de entrenamiento no alcanza para validar en el tiempo: {found} de los "
        f"tramos tienen al menos {per_class} préstamos de cada clase; se necesitan {needed}."
    )


def generated(rows: int, path: Path) -> str:
    """Say what was generated."""
    return f"Generados {number(rows)} préstamos sintéticos en {path}."


def no_better_than_base_rate(name: str, brier: float, constant: float) -> str:
    """Say that a model's probabilities are worth no more than the base rate."""
    text = f"su Brier en validación es {brier:.5f} y el de la tasa base {constant:.5f}"
    return f"{name} no puede ser campeón: {text.replace('.', ',')}."


def unknown_splits(name: str) -> str:
    """Say that nobody knows at which values a model must be tested."""
    return f"{name} no se exporta: no se sabe en qué valores cambia su respuesta."


def cannot_score(name: str, reason: str) -> str:
    """Say that a model fails on rows that the service would give it."""
    return f"{name} no se exporta: falla con préstamos que el servicio le daría ({reason})."


def not_representable(name: str, setting: str) -> str:
    """Say that a setting has no exact counterpart in ONNX."""
    return f"{name} no se exporta: «{setting}» no tiene equivalente exacto en ONNX."


_ROWS = {
    "training": "préstamos de entrenamiento",
    "unknown": "préstamos con valores desconocidos",
    "edges": "préstamos en los bordes de sus variables",
    "thresholds": "préstamos en los umbrales de división",
    "out_of_time": "préstamos fuera de tiempo",
}


def not_proven(name: str, kind: str, rows: int, difference: float, flipped: int) -> str:
    """Say on which rows a converted model answers otherwise than the trained one."""
    return (
        f"{name} no se exporta exactamente: en {rows} {_ROWS[kind]}, diferencia máxima de "
        f"probabilidad {difference:.2g} y {flipped} decisiones distintas."
    )


FIRST_MODEL = "Es el primer modelo publicado."

PUBLISHED_KNOWS_THE_TEST = (
    "El publicado se entrenó con parte de esos préstamos: la comparación lo favorece."
)


def published_is_broken(reason: str) -> str:
    """Say that the published model gives way because it cannot be trusted."""
    return f"Lo publicado no es confiable: {reason}"


def against_published(version: str, value: float, low: float, high: float) -> str:
    """Say how the champion compares with the published model on the same loans."""
    text = f"{value:+.4f} (IC 95 % pareado: {low:+.4f} a {high:+.4f})".replace(".", ",")
    return f"Frente a {version}, en los mismos préstamos fuera de tiempo: ROC-AUC {text}."


def kept_back(models_dir: Path, version: str) -> str:
    """Say that a version was published without replacing the one that serves."""
    return (
        f"Publicado sin promover: {models_dir / version}. Para ponerlo en servicio: "
        f"«python -m mlops_pipeline models promote {version}» (con --permitir-filas si su grafo "
        "contiene filas de clientes)."
    )


def stale_comparison(version: str, serving: str | None) -> str:
    """Say that another model was promoted since a version was compared."""
    return (
        f"{version} se publicó sin promover: mientras tanto entró en servicio {serving}, con el "
        f"que no se comparó. Use «python -m mlops_pipeline models promote {version}»."
    )


def no_better_than_chance(value: float, low: float, high: float) -> str:
    """Say that a champion ranks loans no better than chance, as far as validation can tell."""
    text = f"{value:.3f} (IC 95 %: {low:.3f} a {high:.3f})".replace(".", ",")
    return f"El campeón no se distingue del azar: ROC-AUC de validación {text}."
