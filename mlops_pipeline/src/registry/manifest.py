"""The bundle's table of contents: each file's SHA-256, and the bundle's format number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from mlops_pipeline import messages
from mlops_pipeline.src.errors import CorruptBundleError

BUNDLE_FORMAT = 2  # 2: the training domain apart, the reference profile and the history
MANIFEST = "manifest.json"

MODEL = "model.onnx"
ENCODER = "encoder.json"
CALIBRATION = "calibration.json"
DOMAIN = "domain.json"
REFERENCE = "reference.json"
HISTORY = "history.json"
METADATA = "metadata.json"
SELFTEST = "selftest.json"
ESTIMATOR = "model.joblib"
FILES = (
    MODEL,
    ENCODER,
    CALIBRATION,
    DOMAIN,
    REFERENCE,
    HISTORY,
    METADATA,
    SELFTEST,
    ESTIMATOR,
)


def write_manifest(files: Mapping[str, bytes]) -> bytes:
    """Give the manifest of these files as JSON."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    document = {"bundle_format": BUNDLE_FORMAT, "files": digests}
    return json.dumps(document, indent=2, sort_keys=True).encode()


def read_manifest(content: bytes) -> Mapping[str, str]:
    """Give file name -> SHA-256 of a manifest.

    Raises:
        CorruptBundleError: no manifest, of another format, or not of exactly the known files.

    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise CorruptBundleError(messages.corrupt_file(MANIFEST)) from None
    if not isinstance(document, dict) or not isinstance(document.get("files"), dict):
        raise CorruptBundleError(messages.corrupt_file(MANIFEST))
    found = document.get("bundle_format")
    if found != BUNDLE_FORMAT:
        raise CorruptBundleError(messages.wrong_bundle_format(found, BUNDLE_FORMAT))
    digests: dict[str, str] = document["files"]
    if set(digests) != set(FILES):
        raise CorruptBundleError(messages.corrupt_file(MANIFEST))
    return digests


def check(name: str, content: bytes, digests: Mapping[str, str]) -> None:
    """Compare a file with the manifest.

    Raises:
        CorruptBundleError: its bytes are not those that were published.

    """
    check_digest(name, hashlib.sha256(content).hexdigest(), digests)


def check_digest(name: str, sha256: str, digests: Mapping[str, str]) -> None:
    """Compare a file's SHA-256 with the manifest.

    Raises:
        CorruptBundleError: its bytes are not those that were published.

    """
    if sha256 != digests[name]:
        raise CorruptBundleError(messages.altered_file(name))
