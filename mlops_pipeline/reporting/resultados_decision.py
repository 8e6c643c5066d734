"""RESULTADOS.md: whether the champion's probabilities are true and what its threshold costs."""

from __future__ import annotations

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.bundling import Run
from mlops_pipeline.reporting.gallery import CALIBRATION, COST_THRESHOLD
from mlops_pipeline.reporting.markdown import figure, section, table
from mlops_pipeline.reporting.resultados_models import shown_interval
from mlops_pipeline.reporting.views import CostCurve, Scored, cost_curve, saving, scored
from mlops_pipeline.src.training.bootstrap import Interval
from mlops_pipeline.src.training.metrics import Measures

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
        "azar, y sus intervalos quedan algo por encima del valor, porque remuestrear agrega azar.",
        figure("Calibración del campeón, en validación y fuera de tiempo", links, CALIBRATION),
    )


def _predicted(name: str, loans: Scored, found: Measures) -> tuple[str, ...]:
    """Give a row of predicted and observed late rates."""
    return (
        name,
        messages.number(len(loans.target)),
        messages.percent(1 - float(loans.probability.mean()), 2),
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
    confusions = (result.validated.forward.confusion, result.out_of_time.confusion)
    savings = [saving(counts, rule, run.options.seed) for counts in confusions]
    rows = [_costs(*one) for one in zip(_PLACES, curves, savings, strict=True)]
    chosen, theory = (
        messages.percent(curves[0].chosen[0], 2),
        messages.percent(curves[0].theoretical[0], 2),
    )
    return section(
        "El umbral y su costo",
        f"Costos: {messages.number(rule.cost_late)} por un préstamo otorgado que cae en mora, "
        f"{messages.number(rule.cost_reject)} por rechazar uno que se habría pagado. El umbral "
        f"elegido, **{chosen}**, es el de menor costo en validación; el teórico, con "
        f"probabilidades perfectas, sería {theory}.",
        table(
            (
                "Costo medio por préstamo", "Campeón, umbral elegido", "Campeón, umbral teórico",
                "Otorgar a todos", "Rechazar a todos", "Ahorro frente a otorgar a todos",
            ),
            rows,
        ),
        f"{_verdict(savings[1])} El costo en validación es algo optimista, porque el umbral se "
        "eligió allí.",
        figure("Costo medio por préstamo según el umbral", links, COST_THRESHOLD),
    )  # fmt: skip


def _costs(name: str, curve: CostCurve, saved: Interval) -> tuple[str, ...]:
    """Give a row of costs."""
    costs = (curve.chosen[1], curve.theoretical[1], curve.grant_all, curve.refuse_all)
    interval = (
        f"{messages.money(saved.value)} [{messages.money(saved.low)}; {messages.money(saved.high)}]"
    )
    return (name, *(messages.money(cost) for cost in costs), interval)


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
