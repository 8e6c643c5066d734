"""The image is built in a company: behind its mirror of packages, with its own authorities."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.compose.engine import EngineError, checkout, docker, require_engine, run
from tests.compose.stack import API, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_ARGUMENTS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT")
_AUTHORITY = "Autoridad de prueba"
_TRUSTED = """
import ssl
context = ssl.create_default_context()
context.load_verify_locations('/etc/ssl/certs/ca-certificates.crt')
names = [dict(pair for part in one['subject'] for pair in part) for one in context.get_ca_certs()]
print(any(name.get('commonName') == 'AUTHORITY' for name in names))
""".replace("AUTHORITY", _AUTHORITY)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an image is built from."""
    require_engine()
    return checkout(tmp_path_factory.mktemp("sources"))


@contextmanager
def empty_mirror() -> Iterator[tuple[int, list[str]]]:
    """Serve an index without any package; give its port and the paths that were asked for."""
    asked: list[str] = []

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1], asked
        finally:
            server.shutdown()
            thread.join()


def test_packages_come_from_the_mirror_that_is_named(sources: Path) -> None:
    with empty_mirror() as (port, asked), pytest.raises(EngineError):
        docker(
            "build", "--force-rm", "--network", "host", "--target", "requirements",
            "--build-arg", f"PIP_INDEX_URL=http://127.0.0.1:{port}/simple",
            "--build-arg", "PIP_RETRIES=0",
            str(sources),
        )  # fmt: skip
    assert asked, "nothing was asked of the mirror"
    assert all(path.startswith("/simple/") for path in asked)


@pytest.mark.parametrize("given", [True, False])
def test_the_image_trusts_the_authorities_that_are_given(
    sources: Path, tmp_path: Path, given: bool
) -> None:
    folder = sources / "docker" / "certificates"
    authority = folder / "empresa.crt"
    if given:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not on this machine")
        run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", f"/CN={_AUTHORITY}",
            "-keyout", str(tmp_path / "key.pem"), "-out", str(authority),
        ])  # fmt: skip
    tag = "ml-payment:tests-certificates"
    try:
        docker("build", "--target", "base", "--tag", tag, str(sources))
        assert docker("run", "--rm", tag, "python", "-c", _TRUSTED) == str(given)
    finally:
        authority.unlink(missing_ok=True)
        docker("image", "rm", tag)


def test_neither_settings_nor_history_tell_of_the_mirror(stack: Stack) -> None:
    image = stack.facts(API)["Image"]
    environment = docker("image", "inspect", "--format", "{{json .Config.Env}}", image)
    history = docker("history", "--no-trunc", image)
    assert not [one for one in _ARGUMENTS if one in history or one in environment]
    assert "HOST=0.0.0.0" in environment
