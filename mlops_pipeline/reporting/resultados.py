"""RESULTADOS.md: what a run found, for people who decide; every figure is computed."""

from __future__ import annotations

from mlops_pipeline import messages
from mlops_pipeline.reporting import resultados_champion as champion
from mlops_pipeline.reporting import resultados_data as data
from mlops_pipeline.reporting import resultados_decision as decision
from mlops_pipeline.reporting import resultados_maturity as maturity
from mlops_pipeline.reporting import resultados_models as models
from mlops_pipeline.reporting.facts import champion_of, leak_was_kept, periods
from mlops_pipeline.reporting.markdown import bullets, section
from mlops_pipeline.reporting.views import savings, scored
from mlops_pipeline.src.training.periods import Period
from mlops_pipeline.training_run import Run

WITH_LEAK = (
    "> **Estas cifras no valen para decidir.** La corrida se hizo con `--leakage keep`: los "
    "modelos usan variables que conocen la respuesta. Muestra lo que la fuga promete; nada se "
    "publica."
)


def resultados(run: Run, links: str = "") -> str:
    """Give the document; `links` is the way from it to the folder of the figures."""
    parts = [
        "# Resultados: predicción de pago a tiempo",
        *([WITH_LEAK] if leak_was_kept(run) else []),
        section("En resumen", bullets(_summary(run))),
        data.portfolio(run, links),
        data.leakage(run, links),
        data.features(run),
        models.short_table(run),
        models.full_table(run, links),
        *(_of_champion(run, links) if run.result.chosen else []),
        maturity.censoring(run),
        _limits(run),
        data.reproduction(run),
    ]
    return "\n\n".join(parts) + "\n"


def _of_champion(run: Run, links: str) -> list[str]:
    """Give the sections on the champion."""
    return [
        champion.chosen(run, links),
        champion.over_time(run),
        decision.calibration(run, links),
        decision.economics(run, links),
        champion.importance(run),
    ]


def _summary(run: Run) -> list[str]:
    """Say in a few lines what a board must know."""
    return [
        *(_champion_in_short(run) if run.result.chosen else [_NO_CHAMPION, *run.result.refusals]),
        *([f"**Publicación:** {run.verdict}"] if run.verdict else []),
        _leak_in_short(run),
        _main_doubt(periods(run)[1]),
    ]


_NO_CHAMPION = "**No hay campeón:** ningún modelo cumple las condiciones para publicarse."


def _champion_in_short(run: Run) -> list[str]:
    """Say which model decides, how well, and at what cost."""
    result = run.result.champion.result
    found, counts = result.out_of_time, result.out_of_time.confusion
    auc = messages.with_interval(found.roc_auc.value, found.roc_auc.low, found.roc_auc.high)
    rule = result.decision.rule
    refused = (counts.tn + counts.fn) / len(run.split.test)
    return [
        f"**Campeón: {result.candidate.name}.** ROC-AUC fuera de tiempo {auc} (0,5 es azar; 1, "
        "orden perfecto; entre corchetes, aquí y abajo, el intervalo de 95 %).",
        f"**Con su umbral** ({messages.percent(result.decision.rule.threshold)} de probabilidad "
        f"de pagar a tiempo) habría rechazado el {messages.percent(refused)} de los préstamos de "
        f"prueba y con ellos el {messages.percent(found.specificity.value)} de la mora.",
        f"**En costo** ({messages.number(rule.cost_late)} por cada mora otorgada, "
        f"{messages.number(rule.cost_reject)} por cada buen préstamo rechazado): {_worth(run)}",
    ]


def _main_doubt(test: Period) -> str:
    """Say how many of the loans that measure may still go late."""
    if not test.term_not_run:
        return "**Desenlaces:** a todos los préstamos de prueba se les cumplió el plazo."
    return (
        f"**Reserva principal:** al {messages.percent(test.immature_share)} de los préstamos de "
        "prueba no se les ha cumplido el plazo; su mora puede crecer."
    )


def _leak_in_short(run: Run) -> str:
    """Say whether something knew the answer, and what became of it."""
    tainted = ", ".join(f"`{name}`" for name in run.audit.tainted)
    if not tainted:
        return "**Fuga de información:** ninguna variable conoce la respuesta."
    if leak_was_kept(run):
        return f"**Fuga de información:** {tainted} conocen la respuesta y los modelos LAS USAN."
    return f"**Fuga de información:** {tainted} conocen la respuesta; ningún modelo las usa."


def _worth(run: Run) -> str:
    """Say whether refusing by this model costs less than granting all, out of time."""
    rule = run.result.champion.result.decision.rule
    found = savings(scored(run)[1], rule, run.options.seed).than_granting
    amount = decision.money_interval(found)
    if found.low > 0:
        return f"fuera de tiempo ahorra {amount} por préstamo frente a otorgar a todos."
    if found.high < 0:
        return (
            f"fuera de tiempo cuesta MÁS que otorgar a todos: «ahorro» de {amount} por préstamo. "
            "Con estos costos y datos no conviene rechazar con este umbral."
        )
    return (
        f"fuera de tiempo el ahorro frente a otorgar a todos es de {amount} por préstamo; el "
        "intervalo incluye 0, así que con estos datos no se puede afirmar que rechazar salga más "
        "barato."
    )


def _limits(run: Run) -> str:
    """Say what these figures cannot tell."""
    _, test = periods(run)
    auc = (champion_of(run) or run.result.candidates[0]).out_of_time.roc_auc
    lines = [
        f"En la prueba hay {messages.number(test.late)} préstamos en mora: el intervalo de la "
        f"ROC-AUC mide {messages.decimal(auc.high - auc.low)} de ancho; una diferencia pequeña "
        "entre modelos puede ser azar.",
        "Los intervalos cubren el azar de los préstamos, no un cambio de la cartera, de la "
        "economía ni de la política de crédito.",
        "Solo hay préstamos otorgados: nada se sabe de las solicitudes que se rechazaron, y el "
        "modelo no se ha medido en ellas.",
        "Los ajustes de los modelos se eligieron antes, con datos de este tipo: su validación "
        "es algo optimista. En esta corrida la prueba fuera de tiempo no eligió nada; pero al "
        "decidir, una vez, que el mes, el trimestre y los días no entran a los modelos, se miró "
        "también el último 20 % de la cartera real (docs/decisions/0004): una prueba con esa "
        "cartera no es del todo ciega a esa decisión.",
        "Los costos de la mora y del rechazo son supuestos de quien corre el entrenamiento; "
        "otro par da otro umbral.",
        "No se midió trato desigual entre grupos de clientes; debe revisarse antes de usar el "
        "modelo.",
    ]
    return section("Límites", bullets(lines))
