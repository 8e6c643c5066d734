"""What the service says of its lanes, of uploads, and of models that it does not take."""

from __future__ import annotations

LANE_STALLED = "El proceso que atiende lotes y archivos no avanza y se reinicia; reintente."
UPLOAD_STALLED = "El archivo dejó de llegar antes de su final; envíelo de nuevo."
NO_ROOM_FOR_FILES = "No se puede guardar el archivo mientras se procesa; reintente en un momento."
MONITOR_STALLED = "El proceso que vigila la deriva no avanza y se reinicia; reintente."
MONITOR_ENDED = "El proceso que vigila la deriva terminó antes de responder; reintente."
MONITOR_HAS_NO_SUCH_MODEL = "El proceso que vigila la deriva no tiene ese modelo."
LANE_HAS_NO_SUCH_MODEL = "El proceso que atiende lotes y archivos no tiene ese modelo."
NO_PUBLISHED_MODEL = "No hay un modelo publicado."


def loading_failed(kind: str) -> str:
    """Say that loading a bundle failed in an unforeseen way."""
    return f"El paquete no se pudo cargar ({kind})."
