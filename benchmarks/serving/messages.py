"""Every Spanish sentence of this benchmark: its tables are pasted into benchmarks/README.md."""

from __future__ import annotations

from mlops_pipeline.messages import decimal, percent

__all__ = ["decimal", "percent"]

NAMES = {
    "floor": "piso (FastAPI, respuesta constante)",
    "pandas": "pandas + scikit-learn",
    "off": "producto, sin registro",
    "durable": "producto, registro durable",
}
VERDICT_HEADER = ("veredicto", "criterio", "hallado", "pedido")

MACHINE = "Máquina"
MACHINE_HEADER = ("qué", "cuál")
PROCESSOR, CORES, SYSTEM = "procesador", "núcleos", "sistema"
MODEL, CODE, BUSY, LENGTH = "modelo", "código", "carga al empezar", "rondas"
LIBRARIES = "bibliotecas"
NO_GIT = "sin git"

SINGLES = "Un préstamo por petición (`POST /predict`)"
SINGLES_HEADER = ("conexiones", "servicio", "× piso", "pet./s", "p50 ms", "p99 ms")
DURABLE_TAIL = "registro durable, p99 con 1 conexión frente a piso × 3 + commit"

BATCH = "Lote de 10.000 préstamos, JSON (`POST /predict/batch`)"
BATCH_HEADER = ("servicio", "× sin validar", "× validado", "préstamos/s", "ms por lote")
PANDAS_PLAIN = "pandas + scikit-learn, diccionarios sin validar"
PANDAS_CHECKED = "pandas + scikit-learn, modelo de pydantic"

MIXED = "Peticiones sueltas (16 conexiones) mientras corren lotes de 10.000"
MIXED_HEADER = ("servicio", "lotes", "× sin lotes", "p50 ms", "p99 ms", "máx. ms", "pet./s",
                "préstamos/s en lotes")  # fmt: skip
WITH_BATCHES, WITHOUT_BATCHES = "sí", "no"

START = "Arranque y memoria"
START_HEADER = ("qué", "× importar", "mediana ms", "mín.–máx. ms")
START_LINE = "del proceso a la primera respuesta, frente a importar"
START_GOAL = "del proceso a la primera respuesta (meta)"
IMPORTS = '`python -c "import fastapi, onnxruntime, sqlalchemy"`'
FIRST_ANSWER = "`python api_main.py` hasta la primera predicción"

RESIDENT = "Memoria residente"
RESIDENT_HEADER = ("cuándo", "trabajador MiB", "procesos", "todos MiB")
AFTER_START, AFTER_LOAD = "tras el arranque", "tras la carga (64 conexiones y lotes)"

MEMORY = "Memoria bajo carga sostenida"
MEMORY_HEADER = ("proceso", "pendiente MiB/min", "al empezar MiB", "al terminar MiB", "máx. MiB")
WORKER, ALL_PROCESSES = "trabajador", "todos"
MEMORY_NOTE = "Pendiente de Theil-Sen sobre una muestra por segundo, sin el primer quinto."

FILES = "Archivos (`POST /predict/file`, respuesta CSV)"
FILES_HEADER = ("archivo", "préstamos", "quién", "× pandas", "préstamos/s", "s")
FILES_SCRIPT = "script de pandas"
FILES_PROCESS = "script de pandas, con arranque"
FILES_NOTE = "La razón es frente al script sin contar su arranque (importar y cargar el modelo)."

PROFILE = "A dónde va el tiempo de una predicción, dentro del proceso"
PROFILE_HEADER = ("paso", "µs", "parte")
PROFILE_BATCH_HEADER = ("paso", "ms", "parte")
VALIDATION = "validación (`validate_json`)"
CONVERSION = "conversión"
CLEANING = "limpieza y advertencias"
FEATURES = "variables y codificación"
GRAPH = "modelo (ONNX Runtime)"
CALIBRATION = "calibración"
IDENTIFIER = "identificador"
ANSWER = "respuesta (JSON)"
REST = "lo demás: ruta, `X-Request-ID`, límites, métricas"
SUM = "suma"
WHOLE = (
    "**aplicación entera (ASGI, sin socket), sin registro**",
    "la misma, registro durable, de una en una",
    "la misma, registro durable, 64 a la vez",
)


def profile_batch(loans: int) -> str:
    """Name the table of a batch's steps."""
    return f"A dónde va el tiempo de un lote de {decimal(loans, 0)} préstamos (sin registro)"


def served_model(name: str, version: str) -> str:
    """Name the model that both services run."""
    return f"{name} ({version}); el de pandas, del mismo tipo y con los mismos ajustes"


def length(rounds: int, seconds: int) -> str:
    """Say how long was measured."""
    return f"{rounds} intercaladas de {seconds} s; medianas, entre paréntesis el mínimo y el máximo"


def cores(total: int, server: int, load: int) -> str:
    """Say who ran where."""
    return f"{total}; servidor en el {server}, carga en el {load}"


def reached(yes: bool) -> str:
    """Give a verdict's word."""
    return "alcanzado" if yes else "NO alcanzado"


def from_below(asked: float) -> str:
    """Say what a figure should be at least."""
    return f"≥ {decimal(asked, 1)}"


def from_above(limit: str) -> str:
    """Say what a figure should be at most."""
    return f"≤ {limit}"


def with_unit(value: float, unit: str, digits: int) -> str:
    """Write a figure with its unit, if it has one."""
    return f"{decimal(value, digits)} {unit}".rstrip()


def with_range(middle: float, low: float, high: float) -> str:
    """Write a median with the lowest and the highest."""
    return f"{decimal(middle, 2)} ({decimal(low, 2)}–{decimal(high, 2)})"


def spread(low: float, high: float) -> str:
    """Write the lowest and the highest."""
    return f"{decimal(low, 0)}–{decimal(high, 0)}"


def singles_line(name: str, connections: int) -> str:
    """Name an acceptance line of single predictions."""
    return f"{NAMES[name]}, {connections} conexiones, frente al piso"


def aims(off: float, durable: float) -> str:
    """Say what is aimed at beyond the acceptance lines."""
    return f"Se apunta a {decimal(off, 1)} sin registro y a {decimal(durable, 1)} con él."


def batch_line(base: str) -> str:
    """Name an acceptance line of batches."""
    return f"{NAMES['off']}, frente a {base}"


def bare_commit(p50: float, p99: float) -> str:
    """Say what a commit costs on this disk."""
    return (
        f"Un commit de una fila en este disco (SQLite, WAL, synchronous=FULL): "
        f"p50 {decimal(p50, 2)} ms, p99 {decimal(p99, 2)} ms."
    )


def mixed_line(name: str) -> str:
    """Name an acceptance line of the mixed load."""
    return f"{NAMES[name]}: p99 con lotes"


def resident_line(when: str) -> str:
    """Name an acceptance line of memory."""
    return f"memoria del trabajador {when}"


def flat_line(minutes: float) -> str:
    """Name the acceptance line of flat memory."""
    return f"pendiente de la memoria durante {decimal(minutes, 1)} min de carga"


def no_route(path: str, status: int) -> str:
    """Say that the product does not answer there."""
    return f"`{path}` respondió {status}: no se midió."


def file_line(kind: str, rows: int) -> str:
    """Name a goal of file scoring."""
    return f"{kind}, {decimal(rows, 0)} préstamos, frente al script de pandas (meta)"
