"""RESULTADOS.md: the loans that may still go late."""

from __future__ import annotations

from mlops_pipeline import messages
from mlops_pipeline.reporting.facts import periods, validation_periods
from mlops_pipeline.reporting.markdown import section, table
from mlops_pipeline.src.training.periods import Period
from mlops_pipeline.training_run import Run


def censoring(run: Run) -> str:
    """Count the loans that may still go late, by period and by fold of validation."""
    training, test = periods(run)
    folds = enumerate(validation_periods(run), 1)
    rows = [
        _row("Entrenamiento", training),
        *(_row(f"· validación, tramo {number}", one) for number, one in folds),
        _row("Fuera de tiempo", test),
    ]
    return section(
        "Préstamos jóvenes (censura)",
        f"El archivo llega hasta el {max(training.last, test.last)[:10]}. Un préstamo que no ha "
        "caído en mora y cuyo plazo termina después figura «a tiempo» y todavía puede caer en "
        "mora: la tasa de mora medida es un piso, sobre todo en la prueba.",
        table(
            (
                "Período", "Desde", "Plazo sin cumplir", "Parte", "Mora: plazo cumplido",
                "Mora: sin cumplir",
            ),
            rows,
        ),
        "Madurez: «en mora» ya es definitivo, «a tiempo» solo lo es cuando el plazo se cumplió; "
        "cuanto más reciente un tramo, más de sus «a tiempo» son provisionales. Se cuentan y se "
        "usan tal como vienen; no se corrigen.",
    )  # fmt: skip


def _row(name: str, found: Period) -> tuple[str, ...]:
    """Give a period's row."""
    return (
        name,
        found.first[:10],
        f"{messages.number(found.term_not_run)} de {messages.number(found.loans)}",
        messages.percent(found.immature_share),
        _rate(found.late_rate_run, found.loans - found.term_not_run),
        _rate(found.late_rate_not_run, found.term_not_run),
    )


def _rate(share: float, loans: int) -> str:
    """Write the rate of so many loans."""
    return f"{messages.percent(share)} de {messages.number(loans)}" if loans else "—"
