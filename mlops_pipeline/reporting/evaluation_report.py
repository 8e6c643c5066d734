"""evaluation_report.txt: every measure of every model with its interval, in plain text."""

from __future__ import annotations

from mlops_pipeline import messages
from mlops_pipeline.reporting.facts import (
    champion_of,
    leak_was_kept,
    periods,
    validation_fits,
    validation_folds,
)
from mlops_pipeline.reporting.tables import intervals
from mlops_pipeline.src.model_training_evaluation import CandidateResult
from mlops_pipeline.src.training.bootstrap import Interval
from mlops_pipeline.src.training.periods import Period
from mlops_pipeline.training_run import Run

_WIDTH = 86
_FINE = ("log_loss", "brier", "ece", "ace")  # measures whose differences lie in the fourth decimal


def evaluation_report(run: Run) -> str:
    """Give the report, best model first by validation."""
    blocks = [_head(run)]
    blocks += [_block(number, one, run) for number, one in enumerate(run.result.candidates, 1)]
    if run.result.refusals:
        blocks.append("\n".join(["NO PUDIERON SER CAMPEÓN", *run.result.refusals]))
    return "\n\n".join(blocks) + "\n"


def _head(run: Run) -> str:
    """Say what was measured, and how."""
    training, test = periods(run)
    champion = champion_of(run)
    lines = [
        "INFORME DE EVALUACIÓN",
        "=" * _WIDTH,
        f"Archivo             {run.data_name}",
        f"SHA-256             {run.portfolio.sha256}",
        f"Entrenamiento       {_period(training)}",
        f"Fuera de tiempo     {_period(test)}",
        f"Campeón             {champion.candidate.name if champion else 'ninguno'}",
        f"Semilla             {run.options.seed}",
        "",
        "Clase 1: paga a tiempo; clase 0: mora. Entre corchetes, el intervalo de 95 %",
        "(bootstrap). «Validación»: predicciones fuera de muestra, hacia adelante en",
        "el tiempo, con las que se eligen el modelo y el umbral; sus medidas de decisión (F1,",
        "precisión, accuracy…) son por eso optimistas. La ROC-AUC media por tramos decide el",
        "orden. «Fuera de tiempo»: los préstamos más recientes; no eligen nada.",
        "",
        "Las medidas de orden de validación (ROC-AUC, Gini, KS, precisión media) son medias por",
        f"tramo: «ROC-AUC media por tramos», de los {validation_folds(run)}; las demás, de los que",
        "siguen al primero, con la probabilidad ya calibrada. El resto junta los préstamos de",
        f"esos tramos. Lo que depende de la semilla se valida con {validation_fits(run)} semillas,",
        "y se promedian las medidas.",
        "ECE y ACE: intervalo bootstrap básico, que descuenta el azar que remuestrear agrega.",
    ]
    if leak_was_kept(run):
        lines += [
            "",
            "ATENCIÓN: los modelos usan variables que conocen la respuesta (--leakage keep).",
        ]
    return "\n".join(lines)


def _period(found: Period) -> str:
    """Describe a period in one line."""
    return (
        f"{messages.number(found.loans)} préstamos, {messages.number(found.late)} en mora "
        f"({messages.percent(found.late_rate)}), {found.first[:10]} a {found.last[:10]}"
    )


def _block(number: int, result: CandidateResult, run: Run) -> str:
    """Give one model's measures."""
    champion = " (campeón)" if result is champion_of(run) else ""
    validated, found = result.validated, intervals(result.out_of_time)
    lines = [
        f"{number}. {result.candidate.name}{champion}",
        "-" * _WIDTH,
        f"{'Medida':<34}{'Validación':>26}{'Fuera de tiempo':>26}",
        _line("ROC-AUC media por tramos", _shown("roc_auc", validated.roc_auc), ""),
    ]
    for name, forward in intervals(validated.forward).items():
        lines.append(
            _line(messages.MEASURES[name], _shown(name, forward), _shown(name, found[name]))
        )
    before, after = validated.forward.confusion, result.out_of_time.confusion
    for name, words in _COUNTS.items():
        counts = (messages.number(getattr(one, name)) for one in (before, after))
        lines.append(_line(words, *counts))
    return "\n".join([*lines, "", *_settings(result, run)])


_COUNTS = {
    "tn": "TN: en mora, rechazados",
    "fp": "FP: en mora, otorgados",
    "fn": "FN: a tiempo, rechazados",
    "tp": "TP: a tiempo, otorgados",
}


def _settings(result: CandidateResult, run: Run) -> list[str]:
    """Say how the model was made and decides."""
    validated = result.validated
    fitted = validated.trained.fitted
    behind = validated.behind_best
    tie = "empatado con el mejor" if validated.tied else "peor que el mejor"
    sample = "" if fitted.loans == len(run.split.train) else " (muestra: los más recientes)"
    settings = ", ".join(f"{name}={value}" for name, value in result.candidate.settings.items())
    return [
        f"Diferencia con el mejor   {_shown('roc_auc', behind)}: {tie}",
        f"Brier de la tasa base     {messages.decimal(validated.base_rate_brier, 5)}",
        f"Umbral                    {messages.decimal(result.decision.rule.threshold, 4)}",
        "Calibración               "
        f"{messages.CALIBRATIONS[result.decision.calibration.kind.value]}",
        f"Entrenado con             {messages.number(fitted.loans)} préstamos{sample}",
        f"Tiempo                    {messages.decimal(fitted.seconds, 2)} s de entrenamiento; "
        f"{messages.decimal(result.microseconds_per_loan, 1)} µs por préstamo",
        f"Hiperparámetros           {settings}",
    ]


def _line(words: str, validation: str, out_of_time: str) -> str:
    """Give one aligned line."""
    return f"{words:<34}{validation:>26}{out_of_time:>26}".rstrip()


def _shown(name: str, found: Interval) -> str:
    """Write a measure with its interval."""
    return messages.with_interval(found.value, found.low, found.high, 4 if name in _FINE else 3)
