"""What the dashboard says when the service gives no prediction."""

from __future__ import annotations

from collections.abc import Mapping

KEPT = "El formulario conserva sus datos."
ERROR_TITLES: Mapping[str, str] = {
    "unreachable": "No hay conexión con la API",
    "timeout": "La API tarda demasiado",
    "unauthorized": "La API pide una clave",
    "forbidden": "El registro no se puede consultar",
    "unknown": "No existe esa predicción",
    "too_large": "Es demasiado para una solicitud",
    "invalid": "La API rechazó los datos",
    "overloaded": "La API no puede responder ahora",
    "other": "La API respondió con un error",
    "address": "La dirección de la API no es válida",
}
ERROR_ADVICE: Mapping[str, str] = {
    "unreachable": (
        "Levante el servicio (`python api_main.py` o `make run`) o corrija la dirección en la "
        "barra lateral, y pulse el botón otra vez."
    ),
    "timeout": (
        "La solicitud pudo haberse atendido y estar en el registro: si la repite, puede quedar "
        "dos veces."
    ),
    "unauthorized": (
        "Ponga una clave válida en la variable API_KEY del tablero y reinícielo. La clave se envía "
        "solo a la dirección de API_URL, nunca a otra que se escriba en la barra lateral."
    ),
    "forbidden": (
        "Las predicciones registradas son datos de clientes. Quien administra el servicio debe "
        "configurar claves (API_KEYS en el servicio, API_KEY en el tablero): "
        "`python -m mlops_pipeline key` crea una."
    ),
    "unknown": (
        "Compruebe el identificador: sale en el resultado de cada predicción y en la columna "
        "«prediction_id» de los archivos puntuados. Las predicciones vencidas se borran."
    ),
    "too_large": "Divida los datos, o suba el archivo en «Lote o archivo».",
    "invalid": "Corrija los campos marcados y vuelva a enviar.",
    "overloaded": "Espere ese tiempo y pulse el botón otra vez.",
    "other": (
        "Si se repite, avise a quien administra el servicio, con el identificador de la solicitud."
    ),
    "address": "Corríjala en la barra lateral; por ejemplo, http://127.0.0.1:8000.",
}


def with_request_id(request_id: str) -> str:
    """Name a failed request, to look it up in the service's technical log."""
    return f"Identificador de la solicitud: {request_id}."
