"""Every Spanish sentence that a person reads, in one place."""

from __future__ import annotations

import difflib
import errno
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

# --- decisions -----------------------------------------------------------------------------

PAYS_ON_TIME = "✅ Cliente pagará a tiempo (bajo riesgo)"
LATE_PAYMENT_EXPECTED = "⚠️ Cliente con riesgo de mora (no pagará a tiempo)"


def interpretation(decision: int) -> str:
    """Say a decision in words: 1 pays on time, 0 at risk of arrears."""
    return PAYS_ON_TIME if decision == 1 else LATE_PAYMENT_EXPECTED


# --- numbers -------------------------------------------------------------------------------


_WRITTEN_OUT = 1e15  # larger numbers are written with an exponent


def number(value: float) -> str:
    """Write a number with a decimal comma and points between thousands.

    >>> number(3000000.0), number(0.5), number(-1234.25), number(1e10)
    ('3.000.000', '0,5', '-1.234,25', '10.000.000.000')
    >>> number(12.0000001), number(1e300), number(10**400)
    ('12,0000001', '1e+300', '1,00000e+400')
    """
    if isinstance(value, int) and abs(value) >= _WRITTEN_OUT:
        text = f"{Decimal(value):.6g}"  # JSON has whole numbers beyond the largest float
    elif not abs(value) < _WRITTEN_OUT:
        text = f"{value:g}"
    elif round(value, 6) == round(value) != value:
        text = repr(float(value))  # rounded, it would pass for a whole number
    else:
        text = f"{value + 0.0:,.6f}".rstrip("0").rstrip(".")  # + 0.0: no -0
    return text.translate(str.maketrans(",.", ".,"))


def percent(share: float, digits: int = 1) -> str:
    """Write a share of 1 as a percentage.

    >>> percent(0.1239)
    '12,4 %'
    """
    return f"{100 * share:.{digits}f} %".replace(".", ",")


# --- values of a loan ------------------------------------------------------------------------


def _shown(text: str) -> str:
    """Quote a text that came from outside: cut to a readable length, always printable."""
    text = "".join(mark if mark.isprintable() else "�" for mark in text[:200])
    text = text if len(text) <= 60 else text[:60] + "…"  # noqa: PLR2004
    return f"«{text}»"


def bad_date(text: str) -> str:
    """Say that a text is no date."""
    return f"{_shown(text)} no es una fecha; se espera AAAA-MM-DD o AAAA-MM-DD HH:MM:SS (ISO 8601)"


def impossible_date(text: str) -> str:
    """Say that a date lies outside the possible years."""
    return f"{_shown(text)} está fuera de las fechas posibles (años 1990 a 2100)"


def not_a_number(text: str) -> str:
    """Say that a text is no number."""
    return f"{_shown(text)} no es un número (decimales con punto, sin separador de miles)"


def required_value() -> str:
    """Say that a value is missing where there must be one."""
    return "falta el valor y es obligatorio"


def impossible(value: float, low: float, high: float) -> str:
    """Say that a number lies outside its possible band."""
    return f"{number(value)} está fuera de lo posible [{number(low)}; {number(high)}]"


def not_whole(value: float) -> str:
    """Say that a number should be whole."""
    return f"{number(value)} debe ser un número entero"


def too_long(length: int, limit: int) -> str:
    """Say that a text is too long."""
    return f"el texto tiene {length} caracteres; se aceptan hasta {limit}"


def bad_target(text: str) -> str:
    """Say that the target is neither 0 nor 1."""
    return f"{_shown(text)} no es 0 (en mora) ni 1 (a tiempo)"


# --- files -----------------------------------------------------------------------------------


def file_not_found(path: Path) -> str:
    """Say that there is no such file."""
    return f"No existe el archivo {path}."


def not_a_file(path: Path) -> str:
    """Say that a path is something else than a file."""
    return f"{path} no es un archivo (¿es una carpeta?); se espera un CSV o un Parquet."


def empty_file(path: Path) -> str:
    """Say that a file has no byte."""
    return f"El archivo {path} está vacío."


def cannot_open(path: Path, reason: str | None) -> str:
    """Say that a file cannot be opened."""
    return f"No se puede abrir {path}: {reason or 'error de lectura'}."


def bad_header(path: Path) -> str:
    """Say that the first line is no header."""
    return f"La primera línea de {path} no es un encabezado de CSV con los nombres de las columnas."


def wrong_separator(path: Path, separator: str) -> str:
    """Say that another separator than the comma was found."""
    name = {"\t": "tabulador"}.get(separator, separator)
    return f"{path} parece separado por «{name}»; se espera un CSV separado por comas."


def wrong_encoding(path: Path, found: str) -> str:
    """Say that a file is not UTF-8."""
    return f"{path} no está en UTF-8 (se encontró {found}); guárdelo como CSV UTF-8."


def binary_file(path: Path) -> str:
    """Say that a file is binary."""
    return f"{path} es un archivo binario; se espera un CSV de texto o un archivo .parquet."


def bad_parquet(path: Path) -> str:
    """Say that a file with the name of a Parquet file is none."""
    return f"{path} no es un archivo Parquet legible."


def missing_columns(path: Path, missing: Sequence[str], header: Sequence[str]) -> str:
    """Name the missing columns and, where one of the file's comes near, that one."""
    named = []
    for name in missing:
        near = difflib.get_close_matches(name, header, n=1, cutoff=0.8)
        named.append(f"{name} (¿{near[0]}?)" if near else name)
    return f"A {path} le faltan columnas: {', '.join(named)}."


def repeated_columns(path: Path, repeated: Sequence[str]) -> str:
    """Name the columns that stand more than once in a header."""
    return f"{path} tiene columnas repetidas: {', '.join(repeated)}."


def no_usable_rows(path: Path, rejected: int, first: tuple[int, str] | None) -> str:
    """Say that a file has no usable row, with the first one's line and reason."""
    if first is None:
        return f"{path} no tiene filas de datos, solo el encabezado."
    line, reason = first
    return (
        f"No se puede usar ninguna fila de {path} ({number(rejected)} rechazadas). "
        f"La primera, línea {line}: {reason}."
    )


def broken_quotes() -> str:
    """Say that a line has an unbalanced quotation mark."""
    return "línea ilegible: comillas sin cerrar o mal puestas"


def wrong_width(found: int, expected: int) -> str:
    """Say that a line has too many or too few fields."""
    return f"línea ilegible: tiene {found} campos y el encabezado {expected}"


# --- training --------------------------------------------------------------------------------


def no_target() -> str:
    """Say that loans have no target."""
    return "Los préstamos no tienen la columna Pago_atiempo."


def too_few_loans(loans: int, late: int, min_loans: int, min_late: int) -> str:
    """Say that a side of a split is too small."""
    return (
        f"Hay muy pocos préstamos en uno de los dos períodos ({loans}, de ellos {late} en mora); "
        f"se necesitan al menos {min_loans} y {min_late} de cada clase."
    )


# --- bundles ---------------------------------------------------------------------------------


def corrupt_file(name: str) -> str:
    """Say that a bundle's file makes no sense."""
    return f"El paquete del modelo está dañado: {name} no es legible o no tiene lo esperado."


def altered_file(name: str) -> str:
    """Say that a bundle's file is not what was published."""
    return f"El paquete del modelo está alterado: el SHA-256 de {name} no coincide."


def missing_file(path: Path, reason: str | None) -> str:
    """Say that a bundle's file cannot be read."""
    return (
        f"Al paquete del modelo {path.parent.name} le falta {path.name} ({reason or 'ilegible'})."
    )


def wrong_bundle_format(found: object, known: int) -> str:
    """Say that a bundle is of another format."""
    return f"El paquete del modelo tiene el formato {found!r}; este programa lee el {known}."


def wrong_feature_set(found: int, known: int) -> str:
    """Say that a bundle was trained on other definitions of the features."""
    return (
        f"El modelo se entrenó con la versión {found} de las variables; "
        f"este programa calcula la {known}. Vuelva a entrenar."
    )


def selftest_failed(difference: float) -> str:
    """Say that a bundle does not give the probabilities that it must give."""
    return (
        "El modelo no reproduce sus préstamos de autoverificación "
        f"(diferencia máxima de probabilidad {difference:.2g})."
    )


def foreign_latest(link: Path) -> str:
    """Say that `latest` does not name a version beside it."""
    return f"{link} no es un enlace relativo a una versión publicada en la misma carpeta."


def no_model(models_dir: Path) -> str:
    """Say that nothing is published."""
    return f"No hay un modelo publicado en {models_dir}; ejecute «python run_pipeline.py»."


def cannot_publish(models_dir: Path, reason: str | None) -> str:
    """Say that a bundle could not be written."""
    return f"No se pudo publicar en {models_dir}: {reason or 'error de escritura'}."


# --- export ----------------------------------------------------------------------------------


def not_convertible(name: str, reason: str) -> str:
    """Say that a model cannot be converted."""
    return f"{name} no se puede convertir a ONNX: {reason}"


def no_eligible_model(reasons: Sequence[str]) -> str:
    """Say that no candidate may be published."""
    return "Ningún modelo se puede publicar. " + " ".join(reasons)


# --- the training run ------------------------------------------------------------------------


def data_read(path: Path, usable: int, rejected: int) -> str:
    """Say what was read."""
    lost = f"; {rejected} filas rechazadas (filas_rechazadas.csv)" if rejected else ""
    return f"Datos: {number(usable)} préstamos de {path}{lost}."


def leakage_found(tainted: Sequence[str], kept: bool) -> list[str]:
    """Say loudly which features know the answer."""
    if not tainted:
        return ["Auditoría de fuga: ninguna variable conoce la respuesta."]
    named = ", ".join(tainted)
    if kept:
        fate = "SE USAN porque se pidió --leakage keep: las cifras son las que la fuga promete."
    else:
        fate = "Quedan en cuarentena: ningún modelo las usa."
    return [f"⚠️ FUGA DE INFORMACIÓN: {named} conocen la respuesta. {fate}"]


def published(models_dir: Path, version: str) -> str:
    """Say where the model went."""
    return f"Publicado: {models_dir / version} ({models_dir / 'latest'} apunta a él)."


def not_published() -> str:
    """Say that a model with the leak stays where it is."""
    return "No se publica: un modelo entrenado con la fuga no sirve para decidir."


TABLE_HEADER = (
    f"{'Modelo':<28}{'AUC valid.':>11}{'AUC fuera de tiempo':>26}{'F1':>8}"
    f"{'Accuracy':>10}{'Tiempo':>9}"
)


def table_row(
    name: str,
    in_validation: float,
    out_of_time: tuple[float, float, float],
    f1: float,
    accuracy: float,
    seconds: float,
) -> str:
    """Give one line of the table that a run prints."""
    value, low, high = out_of_time
    interval = f"{value:.4f} [{low:.4f}; {high:.4f}]"
    figures = f"{in_validation:>11.4f}{interval:>26}{f1:>8.4f}{accuracy:>10.4f}{seconds:>7.2f} s"
    return f"{name:<28}{figures.replace('.', ',')}"


def champion_line(name: str, value: float, low: float, high: float) -> str:
    """Name the champion and how well it ranks later loans."""
    text = f"{value:.4f} (IC 95 %: {low:.4f} a {high:.4f})".replace(".", ",")
    return f"Campeón: {name}, ROC-AUC fuera de tiempo {text}."


def feature_counts(catalogue: int, after_audit: int, inputs: int) -> str:
    """State the three counts of features together."""
    return (
        f"Variables: {catalogue} en el catálogo, {after_audit} tras la auditoría de fuga, "
        f"{inputs} entradas del modelo."
    )


def reports_written(folder: Path) -> str:
    """Say where the reports are."""
    return f"Informes en {folder}."


# --- command line ----------------------------------------------------------------------------

INTERRUPTED = "Interrumpido; «python -m mlops_pipeline models list» dice qué está publicado."
CLI = "Predicción de pago a tiempo: entrenamiento, datos sintéticos y servicio."
CLI_TRAIN = "Entrena y compara los 11 algoritmos y publica el mejor."
CLI_DATA = "cartera, CSV o Parquet (por omisión data/Base_de_datos.csv)"
CLI_MODELS_DIR = "carpeta de los modelos publicados (por omisión models)"
CLI_RESULTS_DIR = "carpeta de los informes (por omisión results)"
CLI_LEAKAGE = "quarantine: aparta las variables con fuga; keep: las usa y no publica"
CLI_COST_LATE = "costo de otorgar un préstamo que cae en mora (por omisión 10)"
CLI_COST_REJECT = "costo de rechazar un préstamo que se habría pagado (por omisión 1)"
CLI_SEED = "semilla"
CLI_JOBS = "procesos a la vez, de un hilo cada uno (por omisión, los núcleos)"
CLI_PROMOTE = "promueve el campeón aunque el modelo que sirve sea mejor"
CLI_GENERATE = "Genera una cartera sintética parecida a la real."
CLI_ROWS = "número de préstamos"
CLI_OUT = "archivo de salida, .csv o .parquet"
CLI_UP = "Levanta el servicio; entrena antes si no hay modelo."
CLI_ONCE = "comprueba el servicio con una predicción y termina"


def failed(reason: str) -> str:
    """Say that a command failed."""
    return f"Error: {reason}"


def bad_costs(late: float, reject: float) -> str:
    """Say that two costs give no threshold."""
    return f"los costos {late:g} y {reject:g} no dan un umbral entre 0 y 1"


def too_few_folds(found: int, needed: int, per_class: int) -> str:
    """Say that the training period cannot be validated over time."""
    return (
        f"El período de entrenamiento no alcanza para validar en el tiempo: {found} de los "
        f"tramos tienen al menos {per_class} préstamos de cada clase; se necesitan {needed}."
    )


def bad_option(text: str, low: float) -> str:
    """Say that an option is no number, or too small a one."""
    return f"{text!r} no es un número finito de al menos {low:g}"


def not_writable(folder: Path) -> str:
    """Say that a folder cannot be written."""
    return f"No se puede escribir en la carpeta {folder}."


def cannot_write(path: Path, reason: str | None) -> str:
    """Say that a file cannot be written."""
    return f"No se puede escribir {path}: {reason or 'error de escritura'}."


def generated(rows: int, path: Path) -> str:
    """Say what was generated."""
    return f"Generados {number(rows)} préstamos sintéticos en {path}."


# --- the service -----------------------------------------------------------------------------

API_TITLE = "API de predicción de pago a tiempo"
API_DESCRIPTION = (
    "Predice si un cliente pagará su préstamo a tiempo. Cada respuesta nombra la versión del "
    "modelo que decidió y los valores que se usaron con reservas."
)
ENDPOINTS = {
    "GET /health": "estado del servicio",
    "GET /model/info": "qué modelo decide, con qué datos y qué tan bueno es",
    "POST /predict": "predicción de un préstamo",
    "POST /predict/batch": "predicción de varios préstamos, todos o ninguno",
    "GET /docs": "documentación interactiva (Swagger)",
}
EMPTY_BATCH = "El lote está vacío: «data» debe tener al menos un préstamo."
NO_MODEL = "No hay un modelo cargado."
STOPPED = "Servicio detenido."
TRAINING_FIRST = "No hay un modelo publicado: se entrena primero."
TRAINING_FAILED = "el entrenamiento no terminó bien; no se levanta el servicio."

_HTTP = {
    400: "El cuerpo de la solicitud no se puede leer como JSON en UTF-8.",
    404: "No existe esa ruta; vea GET / o /docs.",
    405: "Esa ruta no acepta ese método; vea /docs.",
}


def http(status: int) -> str:
    """Say an HTTP status in words."""
    return _HTTP.get(status, f"La solicitud no se pudo atender (HTTP {status}).")


def stack_is_up(url: str) -> str:
    """Say where the service is."""
    return f"API: {url}  ·  Swagger: {url}/docs  ·  Ctrl-C para terminar."


def no_service(reason: str) -> str:
    """Say that the service did not come up."""
    return f"el servicio no responde bien: {reason}"


_FINDINGS = {
    "outside_plausible_kept": "{} es poco plausible; se usa tal como llegó",
    "outside_plausible_unknown": "{} es poco plausible; se toma como desconocido",
    "outside_plausible_unused": "{} es poco plausible; no influye: el modelo no usa este campo",
    "zero_without_bureau_record": (
        "{} sin registro en la central de riesgo no es un conteo; se toma como desconocido"
    ),
    "unknown_category": "{} no es una categoría conocida; se toma como desconocida",
    "outside_training_data": "{} está fuera de los datos con que se entrenó el modelo",
}


def finding(code: str, value: float | str) -> str:
    """Say what was found about a value."""
    shown = _shown(value) if isinstance(value, str) else number(value)
    return _FINDINGS[code].format(shown)


# --- validation of requests ------------------------------------------------------------------

_VALIDATION = {
    "missing": "falta el campo y es obligatorio",
    "json_invalid": "el cuerpo no es JSON válido",
    "float_type": "{came} no es un número",
    "float_parsing": "{came} no es un número",
    "finite_number": "debe ser un número finito",
    "multiple_of": "{came} debe ser un número entero",
    "greater_than_equal": "{came} es menor que lo posible; el mínimo es {ge}",
    "less_than_equal": "{came} es mayor que lo posible; el máximo es {le}",
    "string_type": "{came} no es un texto",
    "string_too_short": "el texto está vacío; use null si no se conoce y el campo lo permite",
    "string_too_long": "el texto tiene más de {max_length} caracteres",
    "value_error": "{error}",
    "bool_type": "{came} no es true ni false",
    "bool_parsing": "{came} no es true ni false",
    "list_type": "se espera una lista de préstamos",
    "model_attributes_type": "se espera un objeto con los campos del préstamo",
    "model_type": "se espera un objeto con los campos del préstamo",
    "dict_type": "se espera un objeto con los campos del préstamo",
}


def validation(
    kind: str, came: object, context: Mapping[str, object], field: str, known: Sequence[str]
) -> str:
    """Say one of pydantic's error types, with what came and what is allowed."""
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(field, known, n=1, cutoff=0.5)
        return "campo desconocido" + (f"; ¿quiso decir «{near[0]}»?" if near else "")
    words = {name: _value(value) for name, value in context.items()}
    template = _VALIDATION.get(kind, "valor no admitido ({kind})")
    return template.format(**{"kind": kind, "came": _value(came), "error": "", **words})


def _value(value: object) -> str:
    """Show any value that came from outside."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        return _shown(value)
    return (
        str(value)
        if isinstance(value, Exception)
        else f"un valor de tipo {_JSON_TYPES.get(type(value), 'no admitido')}"
    )


_JSON_TYPES: dict[type, str] = {list: "lista", dict: "objeto"}


def port_taken(host: str, port: int, reason: str | None) -> str:
    """Say that the service's address cannot be used."""
    return f"no se puede usar {host}:{port} ({reason}); elija otro puerto con PORT=…"


def no_better_than_base_rate(name: str, brier: float, constant: float) -> str:
    """Say that a model's probabilities are worth no more than the base rate."""
    text = f"su Brier en validación es {brier:.5f} y el de la tasa base {constant:.5f}"
    return f"{name} no puede ser campeón: {text.replace('.', ',')}."


# --- exact export ----------------------------------------------------------------------------


def unknown_splits(name: str) -> str:
    """Say that nobody knows at which values a model must be tested."""
    return f"{name} no se exporta: no se sabe en qué valores cambia su respuesta."


def cannot_score(name: str, reason: str) -> str:
    """Say that a model fails on rows that the service would give it."""
    return f"{name} no se exporta: falla con préstamos que el servicio le daría ({reason})."


def not_representable(name: str, setting: str) -> str:
    """Say that a setting has no exact counterpart in ONNX."""
    return f"{name} no se exporta: «{setting}» no tiene equivalente exacto en ONNX."


_ROWS = {
    "data": "préstamos de los datos",
    "unknown": "préstamos con valores desconocidos",
    "edges": "préstamos en los bordes de sus variables",
    "thresholds": "préstamos en los umbrales de división",
}


def not_proven(name: str, kind: str, rows: int, difference: float, flipped: int) -> str:
    """Say on which rows a converted model answers otherwise than the trained one."""
    return (
        f"{name} no se exporta exactamente: en {rows} {_ROWS[kind]}, diferencia máxima de "
        f"probabilidad {difference:.2g} y {flipped} decisiones distintas."
    )


# --- promotion -------------------------------------------------------------------------------

FIRST_MODEL = "Es el primer modelo publicado."
PUBLISHED_KNOWS_THE_TEST = (
    "El publicado se entrenó con parte de esos préstamos: la comparación lo favorece."
)


def published_is_broken(reason: str) -> str:
    """Say that the published model gives way because it cannot be trusted."""
    return f"Lo publicado no es confiable: {reason}"


def against_published(version: str, value: float, low: float, high: float) -> str:
    """Say how the champion compares with the published model on the same loans."""
    text = f"{value:+.4f} (IC 95 % pareado: {low:+.4f} a {high:+.4f})".replace(".", ",")
    return f"Frente a {version}, en los mismos préstamos fuera de tiempo: ROC-AUC {text}."


def kept_back(models_dir: Path, version: str) -> str:
    """Say that a version was published without replacing the one that serves."""
    return (
        f"Publicado sin promover: {models_dir / version}. "
        f"Use --promover, o «python -m mlops_pipeline models promote {version}»."
    )


# --- registry --------------------------------------------------------------------------------

UNKNOWN_USER = "desconocido"
TOO_MANY_VERSIONS = "demasiadas versiones en un segundo"
CLI_MODELS = "Lista, comprueba, promueve y devuelve las versiones publicadas del modelo."
CLI_MODELS_LIST = "Lista las versiones publicadas, de la más nueva a la más vieja."
CLI_MODELS_SHOW = "Muestra una versión: modelo, datos, métricas e historia."
CLI_MODELS_VERIFY = "Recalcula los SHA-256 y la autoverificación de una versión, o de todas."
CLI_MODELS_PROMOTE = "Pone en servicio una versión publicada."
CLI_MODELS_ROLLBACK = "Vuelve a la versión que servía antes de la última promoción."
CLI_VERSION = "nombre de la versión, como v20261123_101500"
CLI_CLIENT_ROWS = "acepta un modelo cuyo grafo contiene filas de clientes (KNeighbors, SVC)"
CLI_REASON = "motivo que se anota en el registro"

_SYSTEM = {
    errno.ENOSPC: "no queda espacio en el disco",
    errno.EDQUOT: "se agotó la cuota de disco",
    errno.EROFS: "el sistema de archivos es de solo lectura",
    errno.EACCES: "permiso denegado",
    errno.EPERM: "operación no permitida",
    errno.ENOENT: "no existe",
    errno.ENOTDIR: "no es una carpeta",
    errno.EISDIR: "es una carpeta",
    errno.EEXIST: "ya existe y es otra cosa",
    errno.EIO: "error de lectura o escritura del disco",
}


def system_reason(error: OSError) -> str:
    """Say why the operating system refused."""
    known = _SYSTEM.get(error.errno) if error.errno is not None else None
    return known or error.strerror or "error del sistema de archivos"


def cannot_promote(models_dir: Path, reason: str) -> str:
    """Say that `latest` could not be changed."""
    return f"No se pudo cambiar el modelo en servicio de {models_dir}: {reason}."


def cannot_read(path: Path, reason: str) -> str:
    """Say that a part of the registry cannot be read."""
    return f"No se puede leer {path}: {reason}."


def registry_busy(models_dir: Path, seconds: float) -> str:
    """Say that another process keeps the registry locked."""
    return (
        f"Otro proceso está cambiando {models_dir}; se esperó {number(seconds)} s. "
        "Inténtelo de nuevo."
    )


def bad_version(version: str) -> str:
    """Say that a text is no version's name."""
    return f"{_shown(version)} no es una versión; se espera un nombre como v20261123_101500"


def no_such_version(models_dir: Path, version: str) -> str:
    """Say that a version is not there."""
    return (
        f"No existe la versión {version} en {models_dir}; "
        "vea «python -m mlops_pipeline models list»."
    )


def other_version(folder: str, found: str) -> str:
    """Say that a version's folder holds another one's bundle."""
    return f"La carpeta {folder} contiene el paquete de otra versión: {_shown(found)}."


def selftest_impossible(kind: str) -> str:
    """Say that a bundle cannot even compute its self-test."""
    return f"El modelo no puede calcular sus préstamos de autoverificación ({kind})."


def nothing_to_roll_back(models_dir: Path) -> str:
    """Say that nothing served before."""
    return f"No hay una versión anterior a la que volver según el registro de {models_dir}."


def client_rows(version: str, model: str) -> str:
    """Say that a model needs an explicit consent to be promoted."""
    return (
        f"No se promueve {version}: el grafo de {model} contiene filas de clientes. Para ponerlo "
        f"en servicio: «python -m mlops_pipeline models promote {version} --permitir-filas»."
    )


def no_versions(models_dir: Path) -> str:
    """Say that nothing was ever published."""
    return f"No hay versiones publicadas en {models_dir}."


def version_line(version: str, created: str, model: str, *, serves: bool) -> str:
    """Give one line of the list of versions."""
    return f"{version:<22}{created}  {model}{'  ← en servicio' if serves else ''}"


def broken(reason: str) -> str:
    """Say in place of a model's name that its version is damaged."""
    return f"DAÑADA: {reason}"


def sound_version(version: str, loans: int) -> str:
    """Say that a version passed every check."""
    return f"{version}: íntegra (SHA-256 y {loans} préstamos de autoverificación)"


def broken_part(name: str, reason: str) -> str:
    """Say that a version, or `latest`, failed a check."""
    return f"{name}: {broken(reason)}"


def version_heading(version: str, model: str, created: str, *, serves: bool) -> str:
    """Head what is shown of a version."""
    return f"{version}: {model}, creado {created}{' (en servicio)' if serves else ''}"


def holds_client_rows(*, answer: bool) -> str:
    """Say whether a model's graph holds clients' rows."""
    return f"Contiene filas de clientes: {'sí' if answer else 'no'}."


_ACTIONS = {"publish": "publicación", "promote": "promoción", "rollback": "vuelta atrás"}


def ledger_line(
    when: str, who: str, action: str, change: tuple[str | None, str], reason: str
) -> str:
    """Give one line of a version's history."""
    before, after = change
    moved = after if action == "publish" else f"{before or 'nada'} → {after}"
    return f"{when}  {who}  {_ACTIONS[action]}  {moved}{f'  ({reason})' if reason else ''}"


def damaged_ledger(lines: Sequence[int]) -> str:
    """Say which lines of the ledger cannot be read."""
    named = ", ".join(str(line) for line in lines)
    return f"Aviso: el registro de cambios tiene líneas ilegibles, que se omiten: {named}."


def unfinished_change(version: str, named: str | None) -> str:
    """Say that the ledger's last change is not what `latest` names."""
    return (
        f"Aviso: el último cambio del registro es hacia {version}, pero latest señala "
        f"{named or 'nada válido'}: se interrumpió, o alguien cambió el enlace a mano."
    )


def now_serves(version: str, before: str | None) -> str:
    """Say which version serves now."""
    return f"En servicio: {version} (antes: {before or 'ninguna'})."


def already_serves(version: str) -> str:
    """Say that a version served before it was promoted."""
    return f"{version} ya está en servicio; no cambió nada."


# --- reports ---------------------------------------------------------------------------------

MEASURES = {
    "roc_auc": "ROC-AUC",
    "gini": "Gini",
    "ks": "KS",
    "average_precision_late": "Precisión media de la mora",
    "f1": "F1 (clase 1, a tiempo)",
    "precision": "Precisión (clase 1)",
    "recall": "Sensibilidad (clase 1)",
    "f1_late": "F1 (clase 0, mora)",
    "precision_late": "Precisión (clase 0)",
    "specificity": "Especificidad (mora detectada)",
    "accuracy": "Accuracy",
    "log_loss": "Log-loss",
    "brier": "Brier",
    "ece": "ECE",
    "ace": "ACE",
}

CALIBRATIONS = {
    "identity": "ninguna (la probabilidad del modelo, tal cual)",
    "platt_on_log_odds": "Platt sobre el logaritmo de la razón de probabilidades",
    "platt_on_margin": "Platt sobre el margen",
    "isotonic": "isotónica",
}

CALIBRATION_NAMES = {
    "identity": "ninguna",
    "platt_on_log_odds": "Platt",
    "platt_on_margin": "Platt",
    "isotonic": "isotónica",
}

FINDINGS = {
    "outside_plausible_kept": "poco plausible; se conserva",
    "outside_plausible_unknown": "poco plausible; pasa a desconocido",
    "zero_without_bureau_record": "cero sin registro en la central; pasa a desconocido",
    "unknown_category": "categoría desconocida",
}

REASONS = {
    "unreadable_line": "línea ilegible",
    "missing_value": "falta un valor obligatorio",
    "bad_date": "fecha ilegible",
    "impossible_date": "fecha imposible",
    "not_a_number": "no es un número",
    "impossible_value": "valor imposible",
    "not_whole": "número sin decimales que trae decimales",
    "too_long": "texto demasiado largo",
    "bad_target": "Pago_atiempo no es 0 ni 1",
    "other": "otro",
}

# A phrase of each sentence by which a row of a file is refused -> the kind of reason.
_REASON_KINDS = {
    "línea ilegible": "unreadable_line",
    "falta el valor": "missing_value",
    "no es una fecha": "bad_date",
    "fuera de las fechas posibles": "impossible_date",
    "no es un número": "not_a_number",
    "fuera de lo posible": "impossible_value",
    "debe ser un número entero": "not_whole",
    "caracteres; se aceptan hasta": "too_long",
    "no es 0 (en mora) ni 1": "bad_target",
}


def reason_kind(reason: str) -> str:
    """Give the kind of one reason why a row cannot be used; "other" where it is a new one.

    >>> reason_kind(not_whole(0.5)), reason_kind(bad_target("falta el valor"))
    ('not_whole', 'bad_target')
    """
    said = re.sub("«.*»", "", reason)
    return next((kind for phrase, kind in _REASON_KINDS.items() if phrase in said), "other")


def decimal(value: float, digits: int = 3) -> str:
    """Write a number with so many decimals and a decimal comma.

    >>> decimal(0.64576), decimal(-0.00001), decimal(1234567.8, 0), decimal(float("nan"))
    ('0,646', '0,000', '1.234.568', '—')
    """
    if value != value:  # noqa: PLR0124 - NaN
        return "—"
    return f"{round(value, digits) + 0.0:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def signed(value: float, digits: int = 3) -> str:
    """Write a difference with its sign.

    >>> signed(0.0123), signed(-0.5, 1)
    ('+0,012', '−0,5')
    """
    text = decimal(abs(value), digits)
    return f"−{text}" if round(value, digits) < 0 else f"+{text}"


def with_interval(value: float, low: float, high: float, digits: int = 3) -> str:
    """Write a value with its 95% interval.

    >>> with_interval(0.6458, 0.5864, 0.7046)
    '0,646 [0,586; 0,705]'
    """
    bounds = f"{decimal(low, digits)}; {decimal(high, digits)}"
    return f"{decimal(value, digits)} [{bounds}]"


def money(value: float) -> str:
    """Write a cost in the unit in which the costs were given.

    >>> money(0.41234), money(412345.6)
    ('0,412', '412.346')
    """
    return decimal(value, 0 if abs(value) >= 1_000 else 3)  # noqa: PLR2004


_SETTINGS = {
    "models_dir": "la carpeta de los modelos publicados",
    "host": "la dirección en la que se escucha",
    "port": "un puerto, de 1 a 65535",
    "log_level": "critical, error, warning, info o debug",
}


def bad_setting(name: str, came: str) -> str:
    """Say that an environment variable is not allowed."""
    return f"{name.upper()} no puede ser {_shown(came)}; se espera {_SETTINGS[name]}"


def stale_comparison(version: str, serving: str | None) -> str:
    """Say that another model was promoted since a version was compared."""
    return (
        f"{version} se publicó sin promover: mientras tanto entró en servicio {serving}, con el "
        f"que no se comparó. Use «python -m mlops_pipeline models promote {version}»."
    )


def no_better_than_chance(value: float, low: float, high: float) -> str:
    """Say that a champion ranks loans no better than chance, as far as validation can tell."""
    text = f"{value:.3f} (IC 95 %: {low:.3f} a {high:.3f})".replace(".", ",")
    return f"El campeón no se distingue del azar: ROC-AUC de validación {text}."
