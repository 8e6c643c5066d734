"""What the client of the service says when an answer is not what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_pipeline.messages.numbers import number


def service_unreachable(address: str) -> str:
    """Say that no connection came about, or that it broke."""
    return f"No hay conexión con el servicio en {address}: compruebe que esté en marcha."


def service_timeout(address: str) -> str:
    """Say that the service did not answer in time."""
    return f"El servicio en {address} no respondió a tiempo; la solicitud pudo haberse atendido."


def unauthorized(detail: str | None) -> str:
    """Say that the API key is missing or wrong."""
    return _with_detail("El servicio exige una clave de API válida (cabecera X-API-Key)", detail)


def loan_refused(reasons: Sequence[str]) -> str:
    """Say what is wrong with what was sent, field by field."""
    return _with_detail("El servicio rechazó los datos", "; ".join(reasons))


def too_large(detail: str | None) -> str:
    """Say that a body or a batch is larger than the service takes."""
    return _with_detail("La solicitud es más grande de lo que el servicio admite", detail)


def overloaded(detail: str | None, retry_after: float | None) -> str:
    """Say that the service cannot answer now, and when to come back."""
    sentence = _with_detail("El servicio no puede responder en este momento", detail)
    return sentence if retry_after is None else f"{sentence} Reintente en {number(retry_after)} s."


def no_such_prediction(detail: str | None) -> str:
    """Say that the log has no prediction of that id."""
    return _with_detail("El registro no tiene una predicción con ese identificador", detail)


def service_refused(status: int, detail: str | None) -> str:
    """Say that the service answered with an error that has no name of its own."""
    return _with_detail(f"El servicio respondió con un error (HTTP {status})", detail)


def redirected(status: int) -> str:
    """Say that the service points elsewhere, where nothing is sent."""
    return (
        f"El servicio redirige a otra dirección (HTTP {status}) y el cliente no la sigue: "
        "configure la dirección definitiva."
    )


def strange_answer() -> str:
    """Say that an answer is not of the agreed form."""
    return "La respuesta no tiene la forma esperada: ¿es esta la dirección del servicio?"


def bad_address(address: str) -> str:
    """Say that an address is no HTTP address."""
    return f"{address} no es una dirección HTTP; se espera, por ejemplo, http://127.0.0.1:8000."


def unknown_media_type(name: str) -> str:
    """Say that a file's name does not tell its format."""
    what = f"de {name}" if name else "de los datos"
    return f"No se reconoce el formato {what}: use .csv o .parquet, o indique media_type."


def _with_detail(sentence: str, detail: str | None) -> str:
    """End a sentence with what the service said, if it said something."""
    return f"{sentence}: {detail.rstrip('.')}." if detail else f"{sentence}."
