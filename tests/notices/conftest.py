"""A mail server, a web server, certificates for both, and a configuration that leads to them."""

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from listeners import Mailbox

from qbwc_bridge.config import Config, Mail, Notices, Server


@dataclass(frozen=True)
class Certificate:
    """For the name localhost; trusted while ``SSL_CERT_FILE`` names it."""

    file: Path
    key: Path

    @property
    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if not shutil.which("openssl"):
        pytest.skip("no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    subprocess.run(made, check=True, capture_output=True)
    return Certificate(folder / "cert", folder / "key")


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    return certificate


@pytest.fixture
def config(mailbox: Mailbox) -> Config:
    mail = Mail("localhost", mailbox.port, security="none", sender="bridge@office.example")
    return Config(server=Server(public_url="https://pay.example"), mail=mail, notices=Notices(allow_private=True))
