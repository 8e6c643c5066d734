"""API keys: only their SHA-256 is known to the service.

Keys are random (256 bits, `python -m mlops_pipeline key`), so a plain hash gives nothing away;
it is compared in constant time with every accepted one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

KEY_BYTES = 32


def new_key() -> tuple[str, str]:
    """Give a new key, for the client, and its SHA-256, for the service."""
    key = secrets.token_urlsafe(KEY_BYTES)
    return key, hashlib.sha256(key.encode()).hexdigest()


class Keys:
    """The accepted keys; without any, nobody is asked for one."""

    def __init__(self, digests: Sequence[str]) -> None:
        self._digests = tuple(bytes.fromhex(digest) for digest in digests)

    def __bool__(self) -> bool:
        """Tell whether a key is asked for."""
        return bool(self._digests)

    def accept(self, headers: Mapping[bytes, bytes]) -> bool:
        """Tell whether a request may pass: header `X-API-Key`, or `Authorization: Bearer`."""
        if not self._digests:
            return True
        key = headers.get(b"x-api-key")
        if key is None:
            scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
            key = token.strip() if scheme.lower() == b"bearer" else b""
        digest = hashlib.sha256(key).digest()
        found = [hmac.compare_digest(digest, one) for one in self._digests]
        return any(found)
