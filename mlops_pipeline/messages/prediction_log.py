"""The prediction log: why it cannot take a prediction now, or never."""

from __future__ import annotations

from mlops_pipeline.messages.numbers import number, shown

LOG_OPENING = "El registro de predicciones se está abriendo."
LOG_CLOSED = "El registro de predicciones está cerrado."
LOG_STOPPED = "El registro de predicciones se detuvo por un error interno; reinicie el servicio."
LOG_QUEUE_FULL = "El registro de predicciones tiene demasiadas en espera; inténtelo de nuevo."
LOG_UNSTORABLE = (
    "La predicción no se puede registrar: contiene un texto o un número que la base de datos "
    "no admite."
)
LOG_BAD_DATABASE_URL = (
    "DATABASE_URL no sirve: se espera sqlite:////ruta/al/archivo.db "
    "o postgresql://usuario:clave@servidor:5432/base (en la clave, «@» se escribe %40 y «/», %2F)"
)


def log_stalled(seconds: float) -> str:
    """Say that the database does not answer."""
    return f"La base de datos del registro no responde desde hace más de {number(seconds)} s."


def log_unavailable(reason: str) -> str:
    """Say why the log cannot be used now."""
    return f"El registro de predicciones no está disponible: {reason}."


def log_unknown_code(code: str) -> str:
    """Name a database's error that has no sentence of its own."""
    return f"la base de datos respondió con el error {code}"


DISK_FULL = "el disco está lleno"
DATABASE_BUSY = "otro proceso mantiene ocupada la base de datos"
DATABASE_READ_ONLY = "la base de datos o su carpeta son de solo lectura"
DATABASE_CORRUPT = "el archivo está dañado o no es una base de datos SQLite"
DATABASE_CANNOT_OPEN = "el archivo no se puede abrir"
DATABASE_IO = "el disco dio un error de lectura o escritura"
DATABASE_IS_FOLDER = "la ruta es una carpeta, no un archivo"
DATABASE_BAD_FOLDER = "una parte de la ruta no es una carpeta"
DATABASE_REPLACED = (
    "el archivo fue borrado, movido o reemplazado mientras el servicio lo usaba; "
    "devuélvalo a su sitio o reinicie el servicio"
)
DATABASE_WAL_ALONE = (
    "falta el archivo, pero está su «-wal», que puede contener predicciones; devuelva el archivo "
    "a su sitio o retire también «-wal» y «-shm»"
)
DATABASE_NO_PERMISSION = "no hay permiso para leer o escribir el archivo o su carpeta"
DATABASE_UNREACHABLE = (
    "no hay conexión con el servidor de la base de datos (servidor, usuario, clave o nombre)"
)
DATABASE_STOPPING = "el servidor de la base de datos se está deteniendo o arrancando"
DATABASE_TIMEOUT = "la base de datos tardó demasiado"
DATABASE_TABLES_MISSING = "faltan las tablas del registro"
DATABASE_TOO_MANY_CLIENTS = "el servidor de la base de datos no admite más conexiones"


def log_other_version(found: object, known: int) -> str:
    """Say that the log's tables are of another version."""
    return (
        f"El registro de predicciones tiene la versión de esquema {shown(str(found))}; "
        f"este programa solo conoce la {known}. Use el programa que la escribió u otra base."
    )


def counts_other_version(found: object, known: int) -> str:
    """Say that the kept counts' tables are of another version."""
    return (
        f"Los conteos de la vigilancia tienen la versión de esquema {shown(str(found))}; este "
        f"programa solo conoce la {known}. Use el programa que los escribió u otra base."
    )


def counts_foreign_table(name: str) -> str:
    """Say that a table of the kept counts' name is not theirs."""
    return (
        f"La base de datos ya tiene una tabla «{name}» que no es de los conteos de la vigilancia; "
        "use otra base de datos."
    )


def log_foreign_table(name: str) -> str:
    """Say that a table of the log's name is not the log's."""
    return (
        f"La base de datos ya tiene una tabla «{name}» que no es del registro de predicciones; "
        "use otra base de datos."
    )
