"""Bundles and versions: what is wrong with them, what happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlops_pipeline.messages.numbers import number, shown


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


UNKNOWN_USER = "desconocido"
TOO_MANY_VERSIONS = "demasiadas versiones en un segundo"


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
    return f"{shown(version)} no es una versión; se espera un nombre como v20261123_101500"


def no_such_version(models_dir: Path, version: str) -> str:
    """Say that a version is not there."""
    return (
        f"No existe la versión {version} en {models_dir}; "
        "vea «python -m mlops_pipeline models list»."
    )


def other_version(folder: str, found: str) -> str:
    """Say that a version's folder holds another one's bundle."""
    return f"La carpeta {folder} contiene el paquete de otra versión: {shown(found)}."


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


def unfinished_publication(versions: Sequence[str]) -> str:
    """Say that the ledger tells of versions that are not there."""
    return (
        f"Aviso: según el registro se publicó {', '.join(versions)}, y no está: la publicación "
        "se interrumpió antes de terminar, o alguien borró la carpeta."
    )


def now_serves(version: str, before: str | None) -> str:
    """Say which version serves now."""
    return f"En servicio: {version} (antes: {before or 'ninguna'})."


def already_serves(version: str) -> str:
    """Say that a version served before it was promoted."""
    return f"{version} ya está en servicio; no cambió nada."
