"""RESULTADOS.md: whether the champion's probabilities are true and what its threshold costs."""

from __future__ import annotations

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.reporting.gallery import CALIBRATION, COST_THRESHOLD
from mlops_pipeline.reporting.markdown import figure, section, table
from mlops_pipeline.reporting.resultados_models import shown_interval
from mlops_pipeline.reporting.views import (
    CostCurve,
    Savings,
    Scored,
    cost_curve,
    savings,
    scored,
)
from mlops_pipeline.src.model_training_evaluation import Champion
from mlops_pipeline.src.training.bootstrap import Interval
from mlops_pipeline.src.training.metrics import Measures
from mlops_pipeline.training_run import Run

_MANY = 1e6
_PLACES = ("Validación", "Fuera de tiempo")


def calibration(run: Run, links: str) -> str:
    """Set predicted late rates beside observed ones."""
    result = run.result.champion.result
    measures = (result.validated.forward, result.out_of_time)
    rows = [
        _predicted(name, loans, found)
        for name, loans, found in zip(_PLACES, scored(run), measures, strict=True)
    ]
    kind = messages.CALIBRATIONS[result.decision.calibration.kind.value]
    return section(
        "¿Se cumplen las probabilidades?",
        f"Calibración del campeón: {kind}. Se elige por log-loss hacia adelante en el tiempo.",
        table(("", "Préstamos", "Mora predicha", "Mora observada", "ECE", "ACE", "Brier"), rows),
        "ECE y ACE: distancia media entre lo predicho y lo observado, en diez grupos de igual "
        "ancho (ECE) o de igual número de préstamos (ACE). Aun un modelo perfecto tiene algo, por "
        "azar. Sus intervalos son del bootstrap básico (2·valor − sorteo), que descuenta el azar "
        "que remuestrear agrega, y empiezan en 0 donde un modelo cuyas probabilidades se cumplen "
        "mostraría otro tanto (remuestreo de consistencia).",
        figure("Calibración del campeón, en validación y fuera de tiempo", links, CALIBRATION),
    )


def _predicted(name: str, loans: Scored, found: Measures) -> tuple[str, ...]:
    """Give a row of predicted and observed late rates."""
    return (
        name,
        messages.number(len(loans.target)),
        messages.percent(1 - loans.mean_probability, 2),
        messages.percent(float(np.mean(loans.target == 0)), 2),
        shown_interval(found.ece, 4),
        shown_interval(found.ace, 4),
        shown_interval(found.brier, 4),
    )


def economics(run: Run, links: str) -> str:
    """Say what deciding by the model costs, beside deciding without it."""
    result = run.result.champion.result
    rule = result.decision.rule
    curves = [cost_curve(loans, rule) for loans in scored(run)]
    saved = [savings(loans, rule, run.options.seed) for loans in scored(run)]
    rows = [_costs(*one) for one in zip(_PLACES, curves, saved, strict=True)]
    chosen, theory = (
        messages.percent(curves[0].chosen[0], 2),
        messages.percent(curves[0].theoretical[0], 2),
    )
    return section(
        "El umbral y su costo",
        f"Costos: {messages.number(rule.cost_late)} por un préstamo otorgado que cae en mora, "
        f"{messages.number(rule.cost_reject)} por rechazar uno que se habría pagado. El umbral "
        f"elegido, **{chosen}**, es el de menor costo en validación; el teórico, con "
        f"probabilidades perfectas, sería {theory}. {_placed(run.result.champion)}",
        table(
            (
                "Costo medio por préstamo", "Campeón, umbral elegido", "Campeón, umbral teórico",
                "Otorgar a todos", "Rechazar a todos", "Ahorro frente a otorgar a todos",
                "Ahorro frente a rechazar a todos",
            ),
            rows,
        ),
        f"{_verdict(saved[1].than_granting)} El costo en validación es algo optimista, porque el "
        "umbral se eligió allí.",
        figure("Costo medio por préstamo según el umbral", links, COST_THRESHOLD),
    )  # fmt: skip


def _placed(champion: Champion) -> str:
    """Say how far the threshold is from the nearest score, and whether it was moved for that."""
    found = champion.threshold
    moved = 100 * abs(found.used - found.wanted)
    how = f"Se movió {messages.decimal(moved, 3)} puntos hasta un hueco" if moved else "Está"
    times = found.margin / max(champion.parity.max_difference, np.finfo(np.float64).tiny)
    return (
        f"{how} entre las probabilidades del modelo (entrenamiento y casos difíciles): la más "
        f"cercana queda a {messages.scientific(found.margin)}, "
        f"{messages.number(round(min(times, _MANY)))} veces la mayor diferencia con el grafo, así "
        "que el redondeo no cambia ninguna de esas decisiones."
        if times > 1
        else f"{how} entre las probabilidades del modelo; la más cercana queda a "
        f"{messages.scientific(found.margin)}."
    )


def _costs(name: str, curve: CostCurve, saved: Savings) -> tuple[str, ...]:
    """Give a row of costs."""
    costs = (curve.chosen[1], curve.theoretical[1], curve.grant_all, curve.refuse_all)
    both = (money_interval(one) for one in (saved.than_granting, saved.than_refusing))
    return (name, *(messages.money(cost) for cost in costs), *both)


def money_interval(saved: Interval) -> str:
    """Write a saving with its interval."""
    bounds = f"{messages.money(saved.low)}; {messages.money(saved.high)}"
    return f"{messages.money(saved.value)} [{bounds}]"


def _verdict(later: Interval) -> str:
    """Say what the saving out of time is worth."""
    if later.low > 0:
        return "Fuera de tiempo el modelo decide más barato que otorgar a todos."
    if later.high < 0:
        return "Fuera de tiempo el modelo decide MÁS CARO que otorgar a todos."
    return (
        "Fuera de tiempo el intervalo del ahorro incluye 0: no se puede afirmar que el modelo "
        "decida más barato que otorgar a todos."
    )
