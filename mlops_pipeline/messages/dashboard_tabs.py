"""What the dashboard's five monitoring tabs say."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlops_pipeline.messages.dates import period_name
from mlops_pipeline.messages.numbers import decimal, number, percent

_SMALLEST = 0.001
_MANY = 100

SEARCH = "Buscar variable"
SEARCH_EXAMPLE = "nombre o descripción"
WITH_SHOWN = "Incluir variables sin nivel"
WITH_SHOWN_HELP = "Calendario, posteriores al préstamo y columnas antes de limpiarlas."
DOWNLOAD_CSV = "Descargar CSV"
NOTHING_FOUND = "Ninguna variable contiene ese texto."
COLUMN_VARIABLE = "Variable"
COLUMN_LEVEL = "Nivel"
COLUMN_PSI = "PSI"
COLUMN_EXCESS = "PSI sin el azar"
COLUMN_KS = "KS"
COLUMN_JS = "JS"
COLUMN_CHI = "Chi-cuadrado"
COLUMN_P = "p ajustada"
COLUMN_MISSING = "Δ faltantes"
COLUMN_UNSEEN = "No vistas"
COLUMN_WEIGHT = "Importancia"
COLUMN_CAUSE = "Causa"
PSI_HELP = "Índice de estabilidad poblacional sobre los tramos del entrenamiento."
KS_HELP = "Mayor distancia entre las dos distribuciones acumuladas; no se define en categorías."
JS_HELP = "Distancia de Jensen–Shannon, base 2, de 0 a 1."
COLUMN_HELP = {
    COLUMN_VARIABLE: "Como en los datos.",
    COLUMN_LEVEL: "Tamaño del cambio y evidencia a la vez.",
    COLUMN_PSI: PSI_HELP,
    COLUMN_EXCESS: "PSI menos lo que daría solo el azar: es lo que se juzga.",
    COLUMN_KS: KS_HELP,
    COLUMN_JS: JS_HELP,
    COLUMN_CHI: "Estadístico de Pearson sobre los tramos.",
    COLUMN_P: "Del aspecto más evidente, ajustada por todas las preguntas (Benjamini y Hochberg).",
    COLUMN_MISSING: "Cambio de la parte de valores desconocidos, en puntos.",
    COLUMN_UNSEEN: "Préstamos con una categoría que el entrenamiento no tenía.",
    COLUMN_WEIGHT: "Parte de la caída total de ROC-AUC al barajar cada variable.",
    COLUMN_CAUSE: "El nivel en palabras.",
}
QUADRANT = "Qué deriva y qué importa"

VARIABLE = "Variable"
VARIABLE_HELP = "En orden: primero lo que deriva e importa."
CHART_FORM = "Gráfico"
FORM_BINS = "Tramos"
FORM_ECDF = "Acumulada"
MISSING = "Faltantes"
STRANGE = "Fuera de rango"
STRANGE_HELP = "Fuera del rango de entrenamiento, o de una categoría no vista."
QUANTILES = "Cuantiles"
QUANTILE = "Cuantil"
UNSEEN_CATEGORIES = "Categorías no vistas"
NO_UNSEEN = "Ninguna: todas estaban en el entrenamiento."
CATEGORY = "Categoría"
BY_SEGMENT = "Por segmento"
SPLIT_BY = "Dividir por"
NO_SEGMENTS = "Esta ventana no tiene segmentos."
SEGMENTS_EXPLAINED = (
    "Cada segmento se compara con todo el entrenamiento, así que parte de su PSI es lo que lo hace "
    "distinto. Se muestran los más numerosos."
)

GROUP_BY = "Agrupar por"
SPANS = {"month": "Mes", "week": "Semana", "day": "Día"}
MEASURE = "Medida"
MEDIAN = "Mediana"
HISTORY_EXPLAINED = (
    "Un punto por período con préstamos; nada se interpola. Color y forma dicen el nivel, que pide "
    "tamaño y evidencia: con pocos préstamos un PSI alto puede ser verde o insuficiente."
)
NO_LEVEL_CHANGES = "La ventana tuvo el mismo nivel en todos los períodos con suficientes préstamos."
HEAT_EXPLAINED = "En orden: arriba lo que deriva e importa en toda la ventana."
LATE_EXPLAINED = (
    "Solo préstamos con desenlace conocido. Las cosechas recientes tienen préstamos inmaduros, y "
    "su mora aún puede subir. Intervalo de Wilson."
)
NO_OUTCOMES = (
    "Esta ventana no dice quién pagó (sin Pago_atiempo), así que no hay mora por cosecha que "
    "mostrar. El período de prueba sí la tiene."
)

DOWNLOAD_PLAN = "Descargar plan"
SEE_VARIABLES = "Ver distribución:"


def table_figure(value: float | None) -> str:
    """Write a table's figure.

    >>> table_figure(0.12345), table_figure(0.0001), table_figure(None), table_figure(1234.5)
    ('0,123', '< 0,001', '—', '1.234,5')
    """
    if value is None or math.isnan(value):
        return "—"
    if 0 <= value < _SMALLEST:
        return f"< {number(_SMALLEST)}" if value else "0"
    return decimal(value, 3 if abs(value) < _MANY else 1)


def table_p_value(value: float) -> str:
    """Write a p-value, which is never 0.

    >>> table_p_value(0.0), table_p_value(0.0123)
    ('< 0,001', '0,012')
    """
    return f"< {number(_SMALLEST)}" if value < _SMALLEST else decimal(value)


def table_points(value: float) -> str:
    """Write a table's share, which is in points of 100."""
    return f"{decimal(value, 1)} %"


def table_chi(value: float) -> str:
    """Write a chi-square statistic."""
    return decimal(value, 1)


def table_explained(shown_rows: int, of: int) -> str:
    """Say what a table holds and does."""
    return (
        f"{number(shown_rows)} de {number(of)} variables. Ordene con los títulos; marque una fila "
        "para abrir su distribución."
    )


def quadrant_explained(orange: float, matters: float) -> str:
    """Say what the quadrant's lines are."""
    return (
        "Arriba a la derecha: deriva y el modelo la usa. Las líneas marcan el PSI naranja "
        f"({decimal(orange, 2)}) y el {percent(matters, 0)} de la importancia. Color y forma dicen "
        "el nivel."
    )


def features_file(version: str) -> str:
    """Name the table's file."""
    return f"deriva_{version}.csv"


def before(value: str) -> str:
    """Say what a figure was at training."""
    return f"En entrenamiento: {value}."


def unit_of(unit: str) -> str:
    """Name a unit, or its absence."""
    return unit or "sin unidad"


def figure_or_dash(value: float | None) -> str:
    """Write a value of a variable."""
    return "—" if value is None else number(round(value, 4))


def too_many_periods(most: int, instead: str) -> str:
    """Say that a longer span is drawn."""
    return (
        f"Serían más de {number(most)} períodos; se agrupa por {instead.lower()}. Acorte el "
        "período en la barra lateral para verlos."
    )


def level_changes(count: int) -> str:
    """Say how often the level changed."""
    if count == 1:
        return "1 cambio de nivel de la ventana"
    return f"{count} cambios de nivel de la ventana"


def level_change(period: str, before_level: str, level: str, cause: str) -> str:
    """Say one change of the level."""
    return f"- **{period_name(period)}**: de {before_level} a **{level}**. {cause}"


def immature_share(loans: int, immature: int) -> str:
    """Say how many loans of a window are immature."""
    share = immature / loans if loans else 0.0
    return (
        f"Inmaduros: {number(immature)} ({percent(share)}); su plazo no había terminado al "
        "contarlos, y aún pueden caer en mora."
    )


def plan_summary(urgencies: Sequence[str]) -> str:
    """Say how much there is to do, and by when."""
    counted = [f"{urgencies.count(one)} {urgency(one).lower()}" for one in dict.fromkeys(urgencies)]
    what = "1 acción" if len(urgencies) == 1 else f"{len(urgencies)} acciones"
    return f"**{what}**: {', '.join(counted)}."


def urgency(by_when: str) -> str:
    """Name an urgency."""
    return by_when.capitalize()


def evidence(why: str) -> str:
    """Show an action's evidence."""
    return f"**Evidencia.** {why}"


def plan_file(version: str) -> str:
    """Name the plan's file."""
    return f"plan_{version}.md"


def plan_title(label: str, version: str, day: str, cause: str) -> str:
    """Head the plan's document."""
    return f"# Plan de vigilancia\n\n{label}. Modelo {version}. Escrito el {day}.\n\n{cause}\n"


def plan_entry(position: int, by_when: str, what: str, why: str, command: str) -> str:
    """Give one entry of the plan's document."""
    how = f"\n```bash\n{command}\n```\n" if command else ""
    return f"## {position}. [{by_when}] {what}\n\n{why}\n{how}"
