"""A certificate for a trial: made, kept, served, trusted by who imports it, and by nobody else."""

import os
import socket
import ssl
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from listeners import free_port

from qbwc_bridge import server
from qbwc_bridge.config import load

Run = Callable[..., Result]


def test_it_is_made_once_and_only_for_the_owners_eyes(run: Run) -> None:
    said = run("certificate", "bridge.example.com").stdout
    made, key = Path("qbwc-bridge.crt"), Path("qbwc-bridge.key")
    before = made.read_bytes(), key.read_bytes()
    assert b"PRIVATE" in before[1]
    assert b"PRIVATE" not in before[0]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    for needed in (
        "certutil -addstore Root qbwc-bridge.crt", r"Cert:\LocalMachine\Root", "never an IP address",
        f"tls_private_key = {key.absolute()}", "public_url = https://bridge.example.com:8765",
    ):  # fmt: skip
        assert needed in said
    assert "nothing was written" in run("certificate", status=1).stderr
    assert (made.read_bytes(), key.read_bytes()) == before
    run("certificate", "--overwrite")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert made.read_bytes() != before[0]
    assert key.read_bytes() != before[1]


@pytest.mark.parametrize(("words", "status"), [("192.0.2.7", 1), ("x --days 826", 2), ("x --key qbwc-bridge.crt", 2)])
def test_what_windows_would_refuse_is_not_made(run: Run, words: str, status: int) -> None:
    run("certificate", *words.split(), status=status)
    assert list(Path().iterdir()) == []


def test_the_service_speaks_tls_with_it(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    port, files = free_port(), (tmp_path / "own.pem", tmp_path / "own.key")
    for name, value in {
        "PORT": port, "PUBLIC_URL": f"https://localhost:{port}", "TLS_CERTIFICATE": files[0], "TLS_PRIVATE_KEY": files[1],
    }.items():  # fmt: skip
        monkeypatch.setenv(f"QBWC_BRIDGE_SERVER_{name}", str(value))
    run("certificate")
    run("init")
    config = load(None, os.environ)
    service = server.build(config, lambda: datetime.now(UTC))
    service.start()
    try:
        assert _greeted(port, files[0]) in ("TLSv1.2", "TLSv1.3")
        with pytest.raises(ssl.SSLCertVerificationError, match=r"self.signed"):
            _greeted(port, None)
        told = run("test-connection", status=1).stdout
        assert "certificate cannot be verified: self" in told
        assert "certutil -addstore Root" in told
        monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
        assert "FAILED" not in run("test-connection").stdout
    finally:
        service.stop()


def _greeted(port: int, trusted: Path | None) -> str | None:
    """The version of TLS a client speaks that checks the host name and trusts only this."""
    context = ssl.create_default_context(cafile=trusted)
    plain = socket.create_connection(("localhost", port), 5)
    with plain, context.wrap_socket(plain, server_hostname="localhost") as secure:
        return secure.version()
