"""How the service is, asked at most every few seconds, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.client import Retries, ScoringClient, ServiceError

# A service that hangs must not hold the page for long; its state is asked anew after `FRESH`.
ASK_SECONDS = 2.0
FRESH_SECONDS = 5.0


class Light(StrEnum):
    """The service's state as a traffic light."""

    UP = "up"  # predicts
    DEGRADED = "degraded"  # answers, but does not predict
    DOWN = "down"  # does not answer
    WRONG_ADDRESS = "wrong_address"  # what was given is no address


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """The service's state, which model it serves, and a sentence that explains it."""

    light: Light
    text: str
    model_version: str | None = None

    @property
    def answers(self) -> bool:
        """Whether it can be asked at all."""
        return self.light in (Light.UP, Light.DEGRADED)


def connect(
    address: str, configured: str, api_key: str | None, timeout: float | None = None
) -> ScoringClient:
    """Give a client of the service at `address`; the key goes to the configured address alone.

    Raises:
        ValueError: `address` is no HTTP address.

    """
    key = api_key if address == configured else None
    if timeout is None:
        return ScoringClient(address, api_key=key)
    return ScoringClient(address, api_key=key, timeout=timeout, retries=Retries(attempts=1))


@st.cache_data(ttl=FRESH_SECONDS, max_entries=16, show_spinner=False)
def service_status(address: str) -> ServiceStatus:
    """Ask the service at an address how it is; no key is needed for that."""
    try:
        with connect(address, "", None, ASK_SECONDS) as client:
            health = client.health()
    except ValueError as error:
        return ServiceStatus(Light.WRONG_ADDRESS, str(error))
    except ServiceError as error:
        return ServiceStatus(Light.DOWN, messages.service_down(str(error)))
    if health.model_loaded and health.status == "healthy":
        version = health.model_version or ""
        return ServiceStatus(Light.UP, messages.service_up(version), version)
    why = health.detail or health.status
    return ServiceStatus(Light.DEGRADED, messages.service_degraded(why), health.model_version)
