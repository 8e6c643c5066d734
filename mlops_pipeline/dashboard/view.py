"""What a tab is given: the settings, the service, the model and the chosen window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mlops_pipeline.client import ScoringClient
from mlops_pipeline.dashboard.filters import Filters
from mlops_pipeline.dashboard.local_model import LocalModel, NoLocalModel
from mlops_pipeline.dashboard.service import ServiceStatus, connect
from mlops_pipeline.dashboard.uploads import Upload
from mlops_pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class View:
    """One run of the page.

    Attributes:
        api_address: where the service is asked; the person may have changed it.
        service: how it was a moment ago; a tab may still find it gone.
        model: the bundle on this machine, which the service need not serve.
        upload: the file to look at, if one was given.
        now: aware, UTC.

    """

    settings: Settings
    api_address: str
    service: ServiceStatus
    model: LocalModel | NoLocalModel
    filters: Filters
    upload: Upload | None
    now: datetime

    @property
    def sends_key(self) -> bool:
        """Whether requests carry the configured API key."""
        return self.settings.api_key is not None and self.api_address == self.settings.api_url

    def client(self, timeout: float | None = None) -> ScoringClient:
        """Give a client of the service, with the key if the address is the configured one.

        Args:
            timeout: seconds, asked once; None: the client's own patience and retries.

        Raises:
            ValueError: the address is none; the text is Spanish.

        """
        key = self.settings.api_key
        secret = None if key is None else key.get_secret_value()
        return connect(self.api_address, self.settings.api_url, secret, timeout)
