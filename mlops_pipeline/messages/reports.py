"""Names that the reports give to measures, findings and reasons."""

from __future__ import annotations

import re

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


def scientific(value: float) -> str:
    """Write a tiny number.

    >>> scientific(0.00000048)
    '4,8e-07'
    """
    return f"{value:.1e}".replace(".", ",")


def reason_kind(reason: str) -> str:
    """Give the kind of one reason why a row cannot be used; "other" where it is a new one.

    >>> from mlops_pipeline.messages.loans import bad_target, not_whole
    >>> reason_kind(not_whole(0.5)), reason_kind(bad_target("falta el valor"))
    ('not_whole', 'bad_target')
    """
    said = re.sub("«.*»", "", reason)
    return next((kind for phrase, kind in _REASON_KINDS.items() if phrase in said), "other")
