"""What the service says of its routes about drift."""

from __future__ import annotations

from mlops_pipeline.messages.numbers import number

TAG_MONITORING = "Vigilancia"
SUMMARY_DRIFT = "Deriva de una ventana y plan"
SUMMARY_HISTORY = "Deriva por período"
SUMMARY_COUNTS = "Conteos guardados del tráfico"
QUERY_UNTIL = "Último día, incluido. Sin él, el tráfico llega hasta hoy"
QUERY_WORK = "Solo este tipo laboral, como está en los datos"
QUERY_CREDIT = "Solo este tipo de crédito (4, 9, ...)"
QUERY_BY = "Duración de los períodos"
FIELD_ORIGIN = "De dónde son los préstamos, en palabras"
FIELD_WINDOW = "Ventana que se usó"
FIELD_SINCE = "Primer día; null: fuera de tiempo, sin límite"
FIELD_UNTIL = "Último día; null: fuera de tiempo, sin límite"
FIELD_LOANS = "Préstamos de la ventana"
FIELD_REJECTED = "Registrados que no se pueden leer"
FIELD_COUNTED_UNTIL = (
    "Hasta cuándo está contado el registro; null: nada todavía o, si pending también es null, "
    "no se sabe"
)
FIELD_COUNTED_FROM = (
    "Lo registrado antes aún no está contado; null: nada falta o, si pending también es null, "
    "no se sabe"
)
FIELD_PENDING = (
    "Registrados sin contar todavía, a lo más; null: la base del registro no responde (solo fuera "
    "de tiempo, que no la necesita)"
)
FIELD_DEFAULT_WINDOW = "Ventana que elige «auto» ahora; null: la base del registro no responde"
FIELD_REPORT = "Nivel, causas y cada variable frente al entrenamiento"
FIELD_PLAN = "Qué hacer, lo más urgente primero"
FIELD_HISTORY = "Un punto por período con préstamos; «note» dice si no hay ninguno"
FIELD_BY = "Duración de los períodos; lo que ya es más largo queda como está"
FIELD_GRID = "Huella de la rejilla sobre la que se contó"
FIELD_REVISION = "Crece con cada cambio de los conteos"
FIELD_PARTS = "Períodos, modelo por modelo"
FIELD_SEGMENTS = "Los mismos por tipo_laboral y tipo_credito, sobre la rejilla gruesa"

# In place of the descriptions that the library's own (English) ones would give these schemas.
SCHEMAS = {
    "DriftReport": "Una ventana frente a los préstamos de entrenamiento.",
    "Facts": "Un conjunto de préstamos en cifras.",
    "VariableDrift": "Una variable de la ventana frente al entrenamiento.",
    "BinDrift": "Un tramo: su parte de los préstamos en ambos lados y lo que suma al PSI.",
    "Quantiles": "Cuantiles de los valores conocidos, en orden; el del centro es la mediana.",
    "QualityFinding": "Algo dudoso de los datos, en palabras y cifras.",
    "Level": "Qué pide un cambio.",
    "Aspect": "Qué decidió el nivel de una variable.",
    "Doubt": "Qué es lo dudoso.",
    "Place": "Por qué se vigila una variable; solo las tres primeras tienen nivel.",
    "Action": "Una entrada del plan.",
    "Urgency": "Para cuándo.",
    "History": "Períodos en orden.",
    "HistoryPoint": "Un período.",
    "VariablePoint": "Una variable en un período.",
    "TallyDocument": "Conteos de un conjunto de préstamos (base64 de int64 comprimidos con zlib).",
    "PartDocument": "Un período.",
    "SegmentDocument": "Un segmento de un período.",
}


def query_window(loans: int, days: int) -> str:
    """Explain the windows; `loans` in so many days make real traffic the default one."""
    return (
        f"auto: tráfico real desde {number(loans)} préstamos registrados en {number(days)} días, "
        "antes la prueba fuera de tiempo"
    )


def query_since(days: int) -> str:
    """Explain the first day; without it there are so many."""
    return (
        "Primer día, AAAA-MM-DD: de llegada en Colombia o, fuera de tiempo, del préstamo. Sin él, "
        f"el tráfico empieza {number(days - 1)} días antes del último"
    )


def drift_route(days: int) -> str:
    """Describe the route of drift; traffic is that of so many days unless told."""
    return (
        "Compara una ventana con los préstamos de entrenamiento; trae el nivel, el porqué y el "
        f"plan.\n\nSin fechas, el tráfico es el de los últimos {number(days)} días y la prueba "
        "fuera de tiempo, toda."
    )


def history_too_long(days: int, by: str, most: int) -> str:
    """Say that a course would have too many periods."""
    return (
        f"de «since» a «until» hay {number(days)} días; una historia con by={by} tiene a lo más "
        f"{number(most)} períodos: acorte el rango o pida períodos más largos"
    )


def bad_order(came: str, first: str) -> str:
    """Say that a range ends before it begins."""
    return f"«{came}» es anterior a «since» ({first}); el último día no puede ir antes del primero"
