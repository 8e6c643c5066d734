"""What the dashboard says about many loans: files, tables, progress, results."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_pipeline.messages.numbers import number, percent

FROM_FILE = "Un archivo"
FROM_TABLE = "Una tabla"
LOANS_FROM = "De dónde salen los préstamos"
UPLOAD_LOANS = "Archivo CSV (UTF-8, separado por comas) o Parquet, con las columnas del préstamo"
TEMPLATE = "Descargar una plantilla"
TEMPLATE_NAME = "plantilla_prestamos.csv"
TABLE_INTRO = (
    "Edite las celdas, pegue desde una hoja de cálculo o agregue filas al final. Una celda vacía "
    "es un dato desconocido."
)
SCORE_LOANS = "Puntuar"
GO_ON = "Continuar con los que faltan"
SCORE_AGAIN = "Puntuar otra vez"
SCORE_AGAIN_HELP = "Hace predicciones nuevas, que quedan también en el registro."
READING_FILE = "Leyendo el archivo…"
ALL_ROWS_REFUSED = "Ninguna fila se puede enviar; abajo está el motivo de cada una."
SENDING_FILE = "Enviando el archivo; la API responde a medida que lo puntúa…"
NOT_SENT = "todavía no se ha enviado"
TABLE_NAME = "tabla.csv"
NO_ROWS = "No tiene filas de datos, solo el encabezado."
SUMMARY_ROWS = "Filas"
SUMMARY_PREDICTED = "Predichas"
SUMMARY_RISK = "Con riesgo de mora"
SUMMARY_REFUSED = "Sin predicción"
SUMMARY_MEDIAN = "Probabilidad mediana"
DOWNLOAD_RESULTS = "Descargar resultados (CSV)"
PREPARING_DOWNLOAD = (
    "Cada fila del archivo, en su orden, con su resultado o su motivo. Las columnas propias del "
    "archivo, como un identificador, van al final."
)
PREPARING_LARGE_DOWNLOAD = (
    "La respuesta de la API: cada fila del archivo por su número de línea, con su resultado o su "
    "motivo, sin las columnas del archivo."
)
FIRST_RESULTS = "Primeras filas"
FIRST_REASONS = "Filas sin predicción"
RESULT_COLUMNS: Mapping[str, str] = {
    "linea": "Línea",
    "probability_class_1": "Probabilidad (%)",
    "interpretation": "Interpretación",
    "warnings": "Reservas",
    "error": "Motivo",
}
SCORE_CHART = "Distribución de la probabilidad"


def batch_limits(piece: int, largest: int) -> str:
    """Say how loans are sent, and what becomes of large files."""
    return (
        f"Hasta {number(largest)} filas se envían a POST /predict/batch en lotes de a lo sumo "
        f"{number(piece)}. Un archivo más grande se envía entero a POST /predict/file, que lo "
        "responde fila por fila: el tablero guarda la respuesta en disco, y en memoria solo el "
        "archivo subido."
    )


def loans_to_send(loans: int, refused: int) -> str:
    """Say what was read from a file."""
    said = "1 préstamo por enviar." if loans == 1 else f"{number(loans)} préstamos por enviar."
    if not refused:
        return said
    rows = "1 fila no se puede" if refused == 1 else f"{number(refused)} filas no se pueden"
    return f"{said} {rows} enviar: saldrán en el resultado con su motivo."


def large_file(largest: int) -> str:
    """Say that a file goes to the service whole."""
    return (
        f"Tiene más de {number(largest)} filas: se envía entero a `POST /predict/file`. "
        "El resultado nombra cada fila por su número de línea y no repite las columnas del "
        "archivo. No cambie de pestaña mientras se puntúa."
    )


def loans_answered(done: int, wanted: int) -> str:
    """Say how far a batch has come."""
    return f"{number(done)} de {number(wanted)} préstamos"


def rows_received(rows: int) -> str:
    """Say how many rows of a file came back scored."""
    return f"{number(rows)} filas puntuadas"


def batch_stopped(done: int, wanted: int) -> str:
    """Say what is kept of a batch that could not go on."""
    return (
        f"Se conservan las {number(done)} respuestas de {number(wanted)}; "
        f"«{GO_ON if done else SCORE_LOANS}» envía solo las demás."
    )


def file_stopped() -> str:
    """Say what is kept of a file that could not be scored whole."""
    return (
        "La respuesta no llegó entera y no se guarda nada de ella. Las filas que el servicio "
        "alcanzó a puntuar quedan en su registro; si repite el archivo, quedarán dos veces."
    )


def earlier_results(name: str) -> str:
    """Say whose results are shown while something newer has not been sent."""
    return (
        f"Los resultados de abajo son de «{name}» como se envió antes; se conservan hasta que "
        "lleguen los nuevos."
    )


def upload_again(name: str) -> str:
    """Say that a large file must be uploaded again to be sent."""
    return f"Para puntuar «{name}», súbalo otra vez: el tablero no guarda los archivos grandes."


def results_name(source: str) -> str:
    """Name the file of results after its source."""
    stem = source.rpartition(".")[0] or source
    return f"{stem}_puntuado.csv"


def histogram_in_words(loans: int, threshold: float | None) -> str:
    """Describe the chart of probabilities to those who do not see it."""
    beside = "" if threshold is None else f"; umbral {percent(threshold, 2)}"
    return f"Histograma de la probabilidad de pagar a tiempo de {number(loans)} préstamos{beside}"
