"""What the dashboard says of the loans it shows, and of why there are none."""

from __future__ import annotations

from datetime import date, datetime

from mlops_pipeline.messages.dates import day_name, period_name
from mlops_pipeline.messages.numbers import number, shown

TRAIN_FIRST = (
    "Entrene y publique un modelo con `python run_pipeline.py` (o `make run`, que además levanta "
    "la API). Si los modelos están en otra carpeta, indíquela con `MODELS_DIR`. La pestaña "
    "**Predicción API** funciona sin modelo local: pregunta al servicio."
)
PERIOD_BACKWARDS = "El período termina antes de empezar."
CHANGE_PERIOD = "Cambie «Desde» o «Hasta» en la barra lateral."
TRAFFIC_NEEDS_SERVICE = (
    "El tráfico real se le pide al servicio. Levántelo con `python api_main.py`, o elija en la "
    "barra lateral la ventana «Prueba fuera de tiempo» o un archivo."
)
TRAFFIC_NEEDS_LOG = (
    "El tráfico real se cuenta en el registro de predicciones. Revise `PREDICTION_LOG`, "
    "`DATABASE_URL` y la clave (`API_KEY`), o elija otra ventana en la barra lateral."
)
SAME_MODEL = (
    "Publique el mismo modelo en la carpeta de modelos (`MODELS_DIR`) del servicio y en la de esta "
    "máquina; si lo acaba de publicar, el servicio lo toma y vuelve a contar en unos segundos. O "
    "elija otra ventana en la barra lateral."
)
NO_FILE_YET = "Aún no hay un archivo que mirar."
UPLOAD_FILE = (
    "Suba en la barra lateral un CSV (UTF-8, separado por comas) o un Parquet con las columnas "
    "del préstamo."
)
FIX_FILE = "Corrija el archivo y súbalo de nuevo, o elija otra ventana en la barra lateral."
COUNTING_FILE = "Contando los préstamos del archivo…"
ASKING_TRAFFIC = "Consultando el tráfico real…"
COMPARING = "Comparando con los préstamos de entrenamiento…"
EMPTY_WINDOW = "No hay préstamos en esta ventana."
WIDEN = (
    "Amplíe el período o el segmento en la barra lateral. Si la ventana es el tráfico real, aún no "
    "se ha pedido ninguna predicción: haga una en la pestaña **Predicción API**."
)
OUT_OF_TIME_LABEL = "Período de prueba fuera de tiempo"
AUTO_TOO_LITTLE = (
    "El tráfico real aún es poco y se muestra el período de prueba; elija «Tráfico real» para "
    "verlo."
)
AUTO_WITHOUT_SERVICE = (
    "Sin servicio no hay tráfico real que mirar; se muestra el período de prueba."
)


def auto_without_log(why: str) -> str:
    """Say why the out-of-time period is shown although the service answers."""
    return f"Se muestra el período de prueba. {why}"


def traffic_failed(why: str) -> str:
    """Say that the service did not give its counts."""
    return f"No se pudo consultar el tráfico real. {why}"


def other_model_counts(served: str, here: str) -> str:
    """Say that the service counts over another model's bins."""
    return (
        f"El servicio cuenta el tráfico con el modelo {served}, y en esta máquina está el {here}: "
        "sus tramos no se pueden comparar."
    )


def counted_until(moment: datetime) -> str:
    """Say up to when the log is counted."""
    return f"Contado hasta las {moment:%H:%M} del {day_name(moment.date())}, hora de Colombia."


def counts_pending(loans: int) -> str:
    """Say that some predictions are not counted yet."""
    return f"Faltan por contar a lo sumo {number(loans)} predicciones."


def counted_from(moment: datetime) -> str:
    """Say since when the log is counted."""
    return f"Lo anterior al {day_name(moment.date())} aún se está contando."


def bad_upload(name: str, why: str) -> str:
    """Say that a file cannot be used."""
    return f"El archivo {shown(name)} no se puede usar. {why}"


def rejected_rows(rows: int) -> str:
    """Say how many rows of a file are left out."""
    return f"{number(rows)} filas no se pueden usar y no se cuentan."


def chosen_period(since: date | None, until: date | None) -> str:
    """Say which days are looked at."""
    parts = [
        f"desde {day_name(since)}" if since else "",
        f"hasta {day_name(until)}" if until else "",
    ]
    return ", ".join(part for part in parts if part)


def chosen_segment(tipo_laboral: str | None, tipo_credito: str | None) -> str:
    """Say which kind of customer and of loan is looked at."""
    parts = [
        f"tipo laboral {tipo_laboral}" if tipo_laboral else "",
        f"tipo de crédito {tipo_credito}" if tipo_credito else "",
    ]
    return ", ".join(part for part in parts if part)


def whole_periods(first: str, last: str) -> str:
    """Say which months a period took, where nothing shorter was counted.

    >>> whole_periods("2025-08", "2025-08"), whole_periods("2025-06/2025-07", "2025-08")
    ('ago 2025, meses completos', 'jun 2025 a ago 2025, meses completos')
    """
    begin, end = first.partition("/")[0], last.rpartition("/")[2]
    return f"{period_name(begin if begin == end else f'{begin}/{end}')}, meses completos"


def window_line(label: str, loans: int, version: str) -> str:
    """Say what is looked at."""
    return f"**{label}** · {number(loans)} préstamos · modelo {version}"
