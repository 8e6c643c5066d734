"""The command line, settings and `make run`."""

from __future__ import annotations

from mlops_pipeline.messages.numbers import number, shown

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
CLI_UP = "Levanta la API y el dashboard; entrena antes si no hay modelo."
CLI_ONCE = "comprueba el servicio con una predicción y termina"
CLI_KEY = "Da una clave nueva para la API y su huella, que va en API_KEYS."


def new_api_key(key: str, digest: str) -> str:
    """Show a new API key, for the client, and its SHA-256, for the service."""
    return f"Clave (para el cliente; no se guarda): {key}\nHuella (para API_KEYS): {digest}"


def failed(reason: str) -> str:
    """Say that a command failed."""
    return f"Error: {reason}"


def bad_option(text: str, low: float, high: float) -> str:
    """Say that an option is no number, or too small or large a one."""
    limit = f" y de {number(high)} a lo sumo" if high < float("inf") else ""
    return f"{text!r} no es un número finito de al menos {low:g}{limit}"


STOPPED = "Servicio detenido."
TRAINING_FIRST = "No hay un modelo publicado: se entrena primero."
TRAINING_FAILED = "el entrenamiento no terminó bien; no se levanta el servicio."


def stack_is_up(service: str, dashboard: str) -> str:
    """Say where the service and the dashboard are."""
    return (
        f"API: {service}  ·  Swagger: {service}/docs\n"
        f"Dashboard: {dashboard}  ·  Ctrl-C para terminar."
    )


def no_dashboard(url: str) -> str:
    """Say that the dashboard did not come up."""
    return f"el dashboard no responde en {url}; su salida dice por qué"


def no_service(reason: str) -> str:
    """Say that the service did not come up."""
    return f"el servicio no responde bien: {reason}"


def port_taken(host: str, port: int, reason: str | None, setting: str) -> str:
    """Say that an address cannot be listened on."""
    return f"no se puede usar {host}:{port} ({reason}); elija otro puerto con {setting}=…"


CLI_MODELS = "Lista, comprueba, promueve y devuelve las versiones publicadas del modelo."
CLI_MODELS_LIST = "Lista las versiones publicadas, de la más nueva a la más vieja."
CLI_MODELS_SHOW = "Muestra una versión: modelo, datos, métricas e historia."
CLI_MODELS_VERIFY = "Recalcula los SHA-256 y la autoverificación de una versión, o de todas."
CLI_MODELS_PROMOTE = "Pone en servicio una versión publicada."
CLI_MODELS_ROLLBACK = "Vuelve a la versión que servía antes de la última promoción."
CLI_VERSION = "nombre de la versión, como v20261123_101500"
CLI_CLIENT_ROWS = "acepta un modelo cuyo grafo contiene filas de clientes (KNeighbors, SVC)"
CLI_REASON = "motivo que se anota en el registro"

_SETTINGS = {
    "models_dir": "la carpeta de los modelos publicados",
    "host": "la dirección en la que se escucha",
    "port": "un puerto, de 1 a 65535",
    "log_level": "critical, error, warning, info o debug",
    "workers": "un número de procesos, de 1 a 64",
    "api_keys": "huellas SHA-256 (64 cifras hexadecimales) separadas por comas",
    "prediction_log": "durable u off",
    "database_url": "sqlite:///ruta o postgresql://usuario:clave@servidor/base",
    "prediction_log_days": "un número de días, de 1 a 36500; sin definir: no se borra nada",
    "max_batch_loans": "un número de préstamos, de 1 a 1000000",
    "max_body_bytes": "un número de bytes, de 1024 a 1073741824",
    "max_file_bytes": "un número de bytes, desde 1024",
    "max_in_flight": "un número de solicitudes, de 1 a 100000",
    "model_poll_seconds": "segundos, de 0.05 a 60",
    "api_url": "una dirección como http://localhost:8000",
    "api_key": "la clave que da `python -m mlops_pipeline key`",
    "dashboard_port": "un puerto, de 1 a 65535",
}


def bad_setting(name: str, came: str | None) -> str:
    """Say that an environment variable is not allowed; without `came`, it stays unsaid."""
    what = "el valor dado" if came is None else shown(came)
    return f"{name.upper()} no puede ser {what}; se espera {_SETTINGS[name]}"
