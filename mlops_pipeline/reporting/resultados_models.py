"""RESULTADOS.md: the comparison of all models."""

from __future__ import annotations

from mlops_pipeline import messages
from mlops_pipeline.reporting.facts import (
    champion_of,
    periods,
    validation_fits,
    validation_folds,
)
from mlops_pipeline.reporting.files import EVALUATION_REPORT, MODEL_RESULTS
from mlops_pipeline.reporting.gallery import CONFUSION_MATRICES, MODEL_COMPARISON, ROC_CURVES
from mlops_pipeline.reporting.markdown import document, figure, section, table
from mlops_pipeline.src.model_training_evaluation import CandidateResult
from mlops_pipeline.src.training.bootstrap import Interval
from mlops_pipeline.training_run import Run


def short_table(run: Run) -> str:
    """Give the public table."""
    rows = []
    for one in run.result.candidates:
        found = one.out_of_time
        figures = (found.roc_auc.value, found.f1.value, found.accuracy.value)
        seconds = messages.decimal(one.validated.trained.fitted.seconds, 2)
        rows.append(
            (_name(one, run), *(messages.decimal(value, 4) for value in figures), f"{seconds} s")
        )
    _, test = periods(run)
    good = 1 - test.late_rate
    return section(
        "Los modelos en breve",
        f"Medidas fuera de tiempo ({messages.number(test.loans)} préstamos); de mejor a peor en "
        "validación; en negrita el campeón. F1 y Accuracy, en el umbral de cada modelo.",
        table(("Modelo", "ROC-AUC", "F1", "Accuracy", "Tiempo"), rows),
        "F1 y Accuracy no dicen qué modelo es mejor: otorgar a todos, sin modelo, tendría "
        f"Accuracy {messages.decimal(good, 4)} y F1 "
        f"{messages.decimal(2 * good / (1 + good), 4)}, porque casi todos pagan. Un umbral que "
        "rechaza más mora baja ambas.",
    )


def _name(one: CandidateResult, run: Run) -> str:
    """Write a model's name, the champion's in bold."""
    name = one.candidate.name
    return f"**{name}**" if one is champion_of(run) else name


def full_table(run: Run, links: str) -> str:
    """Give all measures: ranking, probability, decisions."""
    results = run.result.candidates
    return section(
        "Todas las medidas",
        f"**Orden.** La ROC-AUC de validación es la media de {validation_folds(run)} tramos "
        "hacia adelante en el tiempo y decide el orden; «empate»: el intervalo pareado de su "
        "diferencia con el primero incluye 0. Los modelos que dependen de la semilla se validan "
        f"con {validation_fits(run)} y se promedian las medidas, no las predicciones: lo que se "
        "publica es un solo ajuste; «entre semillas» va de la menor a la mayor. Lo demás, fuera "
        "de tiempo.",
        table(
            (
                "Modelo", "ROC-AUC validación", "Entre semillas", "Empate", "ROC-AUC", "Gini",
                "KS", "Precisión media de la mora",
            ),
            (_ranking(one, run) for one in results),
        ),
        figure("ROC-AUC de cada modelo, en validación y fuera de tiempo", links, MODEL_COMPARISON),
        figure("Curvas ROC fuera de tiempo", links, ROC_CURVES),
        "**Probabilidad.** Cuanto menos, mejor. Log-loss de validación: la que desempata.",
        table(
            ("Modelo", "Log-loss validación", "Log-loss", "Brier", "ECE", "ACE", "Calibración"),
            (_probability(one, run) for one in results),
        ),
        "**Decisiones** fuera de tiempo en el umbral de cada modelo. Clase 1: paga a tiempo; "
        "clase 0: mora. TN: mora rechazada; FP: mora otorgada; FN: buen préstamo rechazado; TP: "
        "buen préstamo otorgado.",
        table(
            (
                "Modelo", "Umbral", "F1 (1)", "Precisión (1)", "Sensibilidad (1)", "F1 (0)",
                "Precisión (0)", "Especificidad", "Accuracy", "TN", "FP", "FN", "TP",
            ),
            (_decisions(one, run) for one in results),
        ),
        figure("Matrices de confusión de los modelos", links, CONFUSION_MATRICES),
        "**Tiempo.** Entrenar con los préstamos de entrenamiento y puntuar uno dentro de un lote.",
        _speed(run),
        "Los intervalos de todas las medidas están en "
        f"{document(links, EVALUATION_REPORT)} y {document(links, MODEL_RESULTS)}.",
    )  # fmt: skip


def _speed(run: Run) -> str:
    """Give how long each model takes."""
    head = ("Modelo", "Entrenar", "Por préstamo", "Préstamos usados")
    return table(head, (_times(one, run) for one in run.result.candidates))


def _ranking(one: CandidateResult, run: Run) -> tuple[str, ...]:
    """Give a row of how a model ranks loans."""
    found = one.out_of_time
    shown = (
        shown_interval(x)
        for x in (found.roc_auc, found.gini, found.ks, found.average_precision_late)
    )
    tie = "sí" if one.validated.tied else ""
    return (_name(one, run), shown_interval(one.validated.roc_auc), _spread(one), tie, *shown)


def _spread(one: CandidateResult) -> str:
    """Write the least and the largest ROC-AUC among the seeds' fits."""
    by_seed = one.validated.trained.oof.roc_aucs.mean(axis=1)
    if len(by_seed) == 1:
        return "—"
    return f"{messages.decimal(float(by_seed.min()))} a {messages.decimal(float(by_seed.max()))}"


def _probability(one: CandidateResult, run: Run) -> tuple[str, ...]:
    """Give a row of how true a model's probabilities are."""
    found = one.out_of_time
    measures = (one.validated.forward.log_loss, found.log_loss, found.brier, found.ece, found.ace)
    kind = one.decision.calibration.kind.value
    return (
        _name(one, run),
        *(shown_interval(x, 4) for x in measures),
        messages.CALIBRATION_NAMES[kind],
    )


def _decisions(one: CandidateResult, run: Run) -> tuple[str, ...]:
    """Give a row of what a model decides at its threshold."""
    found, counts = one.out_of_time, one.out_of_time.confusion
    measures = (
        found.f1, found.precision, found.recall, found.f1_late, found.precision_late,
        found.specificity, found.accuracy,
    )  # fmt: skip
    return (
        _name(one, run),
        messages.decimal(one.decision.rule.threshold),
        *(messages.decimal(measure.value) for measure in measures),
        *(messages.number(count) for count in (counts.tn, counts.fp, counts.fn, counts.tp)),
    )


def _times(one: CandidateResult, run: Run) -> tuple[str, ...]:
    """Give a row of how long a model takes."""
    fitted = one.validated.trained.fitted
    sample = "" if fitted.loans == len(run.split.train) else " (muestra de los más recientes)"
    return (
        _name(one, run),
        f"{messages.decimal(fitted.seconds, 2)} s",
        f"{messages.decimal(one.microseconds_per_loan, 1)} µs",
        f"{messages.number(fitted.loans)}{sample}",
    )


def shown_interval(found: Interval, digits: int = 3) -> str:
    """Write a measure with its interval."""
    return messages.with_interval(found.value, found.low, found.high, digits)
