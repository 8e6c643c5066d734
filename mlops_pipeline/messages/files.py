"""What is wrong with a file or folder."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Sequence
from pathlib import Path

from mlops_pipeline.messages.numbers import number


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


def endless_line(path: Path, limit: int) -> str:
    """Say that a line is longer than any row can be."""
    return f"{path} tiene una línea de más de {number(limit)} bytes; no es un CSV de préstamos."


def not_writable(folder: Path) -> str:
    """Say that a folder cannot be written."""
    return f"No se puede escribir en la carpeta {folder}."


def cannot_write(path: Path, reason: str | None) -> str:
    """Say that a file cannot be written."""
    return f"No se puede escribir {path}: {reason or 'error de escritura'}."


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
