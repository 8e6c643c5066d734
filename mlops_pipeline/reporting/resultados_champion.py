"""RESULTADOS.md: the champion, why it is that one, and how it holds over time."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlops_pipeline import messages
from mlops_pipeline.reporting.gallery import SCORE_DISTRIBUTION
from mlops_pipeline.reporting.markdown import bullets, figure, section, table
from mlops_pipeline.reporting.resultados_models import shown_interval
from mlops_pipeline.src.model_training_evaluation import CandidateResult
from mlops_pipeline.src.training.bootstrap import Scores
from mlops_pipeline.src.training.metrics import Measures
from mlops_pipeline.src.training.parity import ParityProof
from mlops_pipeline.src.training.selection import by_preference
from mlops_pipeline.training_run import Run

_TOP = 10


def chosen(run: Run, links: str) -> str:
    """Say which model decides, with what settings, and why it."""
    champion = run.result.champion
    candidate = champion.result.candidate
    counts = champion.result.out_of_time.confusion
    settings = [(f"`{name}`", str(value)) for name, value in candidate.settings.items()]
    rows = [
        ("Cayó en mora", messages.number(counts.tn), messages.number(counts.fp)),
        ("Pagó a tiempo", messages.number(counts.fn), messages.number(counts.tp)),
    ]
    threshold = messages.percent(champion.result.decision.rule.threshold, 2)
    return section(
        f"El campeón: {candidate.name}",
        "**Por qué.** Regla: se ordena por ROC-AUC media de validación; entre los que no se "
        "distinguen del primero gana la menor log-loss; quien no supera en Brier a la tasa "
        "base, o no se exporta exactamente, no puede ser campeón; si ninguno de los empatados "
        "puede, sigue el siguiente por ROC-AUC.",
        bullets(_reasons(run)),
        "**Hiperparámetros.**",
        table(("Parámetro", "Valor"), settings, texts=(0, 1)),
        f"**Matriz de confusión** fuera de tiempo; otorga desde {threshold} de probabilidad de "
        "pagar a tiempo:",
        table(("Lo que pasó", "Rechaza", "Otorga"), rows),
        _in_words(champion.result.out_of_time),
        figure(
            "Distribución de las probabilidades del campeón, por clase", links, SCORE_DISTRIBUTION
        ),
    )


def _reasons(run: Run) -> list[str]:
    """Say how the rule came to the champion."""
    results, champion = run.result.candidates, run.result.champion.result
    rank = next(place for place, one in enumerate(results, 1) if one is champion)
    ties = [one for one in results if one.validated.tied]
    validated, proof = champion.validated, run.result.champion.parity
    lines = [
        _case(champion, ties),
        f"{champion.candidate.name} es el número {rank} de {len(results)} por ROC-AUC de "
        f"validación: {shown_interval(validated.roc_auc)}; el primero, "
        f"{results[0].candidate.name}, tiene "
        f"{messages.decimal(results[0].validated.roc_auc.value)}.",
        f"No se distinguen del primero {len(ties)} de {len(results)}: "
        f"{', '.join(one.candidate.name for one in ties)}.",
        "Log-loss de validación del campeón: "
        f"{messages.decimal(validated.forward.log_loss.value, 5)}{_next_in_line(run)}. Brier "
        f"{messages.decimal(validated.forward.brier.value, 5)}; el de la tasa base, "
        f"{messages.decimal(validated.base_rate_brier, 5)}.",
        _proven(proof),
    ]
    return [*lines, *run.result.refusals]


def _case(champion: CandidateResult, ties: Sequence[CandidateResult]) -> str:
    """Say which case of the rule made the champion."""
    if not champion.validated.tied:
        return (
            "**Caso:** ninguno de los empatados con el primero se pudo publicar; este es el "
            "siguiente por ROC-AUC, y el primero ordena mejor más allá del azar."
        )
    if len(ties) == 1:
        return "**Caso:** es el primero por ROC-AUC y ningún otro empata con él."
    return (
        "**Caso:** empata con el primero (o lo es) y, de los empatados que se pueden publicar, "
        "tiene la menor log-loss."
    )


def _proven(proof: ParityProof) -> str:
    """Say on how many rows, and at how many thresholds, the graph answers like the model."""
    tried = (
        f", en {messages.number(proof.splits_tried)} de sus {messages.number(proof.splits)} "
        "umbrales de división"
        if proof.splits
        else ""
    )
    verdict = "ninguna decisión cambia" if proof.exact else "NO es exacto"
    return (
        f"El modelo exportado a ONNX se comparó en {messages.number(proof.rows)} filas{tried}: las "
        f"probabilidades difieren en {messages.scientific(proof.max_difference)} como máximo y "
        f"{verdict}."
    )


def _next_in_line(run: Run) -> str:
    """Name the one that would have followed the champion among the tied."""
    validated = [one.validated for one in run.result.candidates]
    order = [one for one in by_preference(validated) if one.tied]
    champion = run.result.champion.result.validated
    if champion not in order or order[-1] is champion:
        return ""
    following = order[order.index(champion) + 1]
    loss = messages.decimal(following.forward.log_loss.value, 5)
    return f" (el siguiente empatado, {following.trained.candidate.name}: {loss})"


def _in_words(found: Measures) -> str:
    """Say the confusion matrix in words."""
    counts = found.confusion
    refused = counts.tn + counts.fn
    if not refused:
        return "Con este umbral no rechaza a nadie."
    return (
        "De cada 100 préstamos rechaza "
        f"{messages.decimal(100 * refused / (refused + counts.tp + counts.fp), 1)}. De los "
        f"rechazados, el {messages.percent(found.precision_late.value)} cayó en mora; de toda la "
        f"mora detecta el {messages.percent(found.specificity.value)}; de los que pagan rechaza "
        f"el {messages.percent(1 - found.recall.value)}."
    )


def over_time(run: Run) -> str:
    """Set out-of-time measures beside those of validation."""
    result = run.result.champion.result
    forward, later, validated = result.validated.forward, result.out_of_time, result.validated
    names = ("ks", "average_precision_late", "specificity", "log_loss", "brier", "ece", "ace")
    rows = [
        (
            "ROC-AUC (media por tramos)",
            shown_interval(validated.roc_auc),
            shown_interval(later.roc_auc),
        )
    ]
    for name in names:
        digits = 4 if name in ("log_loss", "brier", "ece", "ace") else 3
        before, after = (shown_interval(getattr(one, name), digits) for one in (forward, later))
        rows.append((messages.MEASURES[name], before, after))
    aucs = validated.trained.oof.roc_aucs
    folds = "; ".join(messages.decimal(auc) for auc in aucs.mean(axis=0).tolist())
    return section(
        "Validación y fuera de tiempo",
        table(("Medida del campeón", "Validación", "Fuera de tiempo"), rows),
        "En validación, ROC-AUC, KS y precisión media se miden en cada tramo y se promedian "
        "(mezclar tramos compararía probabilidades de modelos distintos); lo demás junta los "
        "préstamos de todos los tramos menos el primero.",
        f"ROC-AUC de cada tramo de validación, en orden de fecha: {folds}.{_seeds(aucs)} "
        f"{_change(run)} La "
        "log-loss, el Brier y la precisión media dependen de la tasa de mora, que no es la "
        "misma en los dos períodos.",
    )


def _seeds(aucs: Scores) -> str:
    """Say what the seeds' fits reach, shape (seeds, folds)."""
    if len(aucs) == 1:
        return ""
    means = aucs.mean(axis=1)
    each = "; ".join(messages.decimal(auc) for auc in means.tolist())
    return (
        f" Con cada una de las {len(aucs)} semillas: {each} (desviación estándar "
        f"{messages.decimal(float(means.std(ddof=1)), 4)}); la primera es la del modelo publicado."
    )


def _change(run: Run) -> str:
    """Say whether ranking holds out of time.

    The two figures come from different loans, so their errors add as squares; that two intervals
    overlap would say nothing of their difference.
    """
    result = run.result.champion.result
    before, after = result.validated.roc_auc, result.out_of_time.roc_auc
    value = after.value - before.value
    half = math.hypot(before.high - before.low, after.high - after.low) / 2
    low, high = (messages.signed(bound) for bound in (value - half, value + half))
    change = f"De validación a fuera de tiempo la ROC-AUC cambia en {messages.signed(value)}"
    if abs(value) > half:
        return f"{change} [{low}; {high}]: más de lo que explica el azar."
    return f"{change} [{low}; {high}]: el intervalo incluye 0, así que puede ser azar."


def importance(run: Run) -> str:
    """Say which features the champion needs most."""
    found = run.result.champion.importance
    rows = [
        (
            str(place),
            f"`{one.feature}`",
            f"{messages.signed(one.roc_auc_drop, 4)} "
            f"[{messages.signed(one.low, 4)}; {messages.signed(one.high, 4)}]",
            messages.decimal(one.standard_deviation, 4),
        )
        for place, one in enumerate(found[:_TOP], 1)
    ]
    clear = sum(one.low > 0 for one in found)
    counts = run.result.champion.result.out_of_time.confusion
    late = counts.tn + counts.fp
    return section(
        "Qué variables pesan",
        "Cuánta ROC-AUC fuera de tiempo se pierde al barajar cada variable: la media de varias "
        "veces con su intervalo de 95 % (DeLong), que cubre el azar de los préstamos, y aparte "
        "cuánto varía la pérdida de una barajada a otra (desviación estándar).",
        table(("", "Variable", "Pérdida de ROC-AUC", "Entre barajadas"), rows, texts=(1,)),
        f"En {clear} de {len(found)} variables el intervalo queda sobre 0; en las demás, con "
        f"{messages.number(late)} préstamos en mora, la pérdida puede ser azar, lo que no prueba "
        f"que no pesen. Son {len(found)} intervalos a la vez: alguno puede excluir 0 por azar. La "
        "importancia dice qué usa el modelo, no qué causa la mora.",
    )
