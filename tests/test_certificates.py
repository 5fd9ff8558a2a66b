"""What the self-checks say of the certificates a real TLS server shows: trusted here or not, for whom, and until when."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from qbwc_bridge import selfchecks, server
from qbwc_bridge.certificates import self_signed
from qbwc_bridge.config import Config, Server
from qbwc_bridge.errors import InvalidValue
from qbwc_bridge.selfchecks import Check

NOW = datetime.now(UTC)
LINES = ("trust", "name", "end", "TLS 1.2")
Looked = Callable[..., dict[str, Check]]


class Party:
    """Somebody with a key, whom ``by`` vouches for, or nobody but itself."""

    def __init__(self, name: str, by: "Party | None" = None, host: str = "", days: int = 90) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        above = by or self
        starts, ends = NOW - timedelta(days=400), NOW + timedelta(days=days, hours=1)
        made = x509.CertificateBuilder(
            above.name, self.name, self.key.public_key(), x509.random_serial_number(), starts, ends
        )
        made = made.add_extension(x509.BasicConstraints(ca=not host, path_length=None), critical=True)
        mine, theirs = self.key.public_key(), above.key.public_key()
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(mine), critical=False)
        made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(theirs), critical=False)
        if host:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        else:
            made = made.add_extension(_may_vouch(), critical=True)
        self.certificate = made.sign(above.key, SHA256()).public_bytes(Encoding.PEM)

    @property
    def secret(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _may_vouch() -> x509.KeyUsage:
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    no = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **no)


@pytest.fixture(scope="module")
def root() -> Party:
    """An authority this machine trusts in these tests."""
    return Party("Root")


@pytest.fixture(scope="module")
def office(root: Party) -> Party:
    """Whom the authority lets vouch for hosts."""
    return Party("Office", root)


@pytest.fixture
def looked(tmp_path: Path, root: Party, monkeypatch: pytest.MonkeyPatch) -> Iterator[Looked]:
    """``looked(certificates, key)``: the four lines about TLS of a server that shows them."""
    (tmp_path / "trusted.pem").write_bytes(root.certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    running: list[server.Service] = []

    def look(shown: bytes, key: bytes, oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> dict[str, Check]:
        files = tmp_path / "shown.pem", tmp_path / "key.pem"
        for file, content in zip(files, (shown, key), strict=True):
            file.write_bytes(content)
        config = Config(Server(port=0, tls_certificate=files[0], tls_private_key=files[1]))
        service = server.Service(config, hello, lambda: None, False)
        service._server.ssl_adapter.context.minimum_version = oldest
        service.start()
        running.append(service)
        found = list(selfchecks.of_address(f"https://localhost:{service.address[1]}", NOW, 5))
        assert [check.sentence for check in found[5:9] if "status 200" not in check.sentence] == []
        return dict(zip(LINES, found[1:5], strict=True))

    yield look
    for service in running:
        service.stop()


def hello(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "2")])
    return [b"hi"]


def failed(found: dict[str, Check]) -> list[str]:
    return [line for line, check in found.items() if not check.passed]


def test_a_whole_chain_is_trusted(looked: Looked, office: Party) -> None:
    host = Party("host", office, "localhost")
    found = looked(host.certificate + office.certificate, host.secret)
    assert [(check.passed, check.hint) for check in found.values()] == [(True, "")] * 4
    assert "Office" in found["trust"].sentence
    assert f"{NOW + timedelta(days=90, hours=1):%Y-%m-%d}" in found["end"].sentence


def test_a_chain_with_a_hole_is_not(looked: Looked, office: Party) -> None:
    host = Party("host", office, "localhost")
    found = looked(host.certificate, host.secret)
    assert failed(found) == ["trust"]
    assert "fullchain.pem" in found["trust"].hint


def test_one_of_our_own_is_not_trusted_and_says_what_to_do(looked: Looked) -> None:
    found = looked(*self_signed("localhost", 30, NOW))
    assert failed(found) == ["trust"]
    assert "self-signed certificate" in found["trust"].sentence.replace("self signed", "self-signed")
    assert "certutil -addstore Root" in found["trust"].hint


@pytest.mark.parametrize(
    ("name", "failing"), [("*.localhost", ["name"]), ("other.example", ["name"]), ("localhost", [])]
)
def test_the_name_must_be_the_host(looked: Looked, root: Party, name: str, failing: list[str]) -> None:
    host = Party("host", root, name)
    found = looked(host.certificate, host.secret)
    assert failed(found) == failing
    assert name in found["name"].sentence


@pytest.mark.parametrize(
    ("days", "failing", "said"),
    [(22, [], "good until"), (20, [], "in 20 days"), (1, [], "in 1 day."), (-1, ["trust", "end"], "ended on")],
)
def test_the_end_is_told_three_weeks_before(
    looked: Looked, root: Party, days: int, failing: list[str], said: str
) -> None:
    host = Party("host", root, "localhost", days)
    found = looked(host.certificate, host.secret)
    assert failed(found) == failing
    assert said in found["end"].sentence
    assert bool(found["end"].hint) is (days < 21)


def test_older_windows_is_shut_out_by_tls_1_3_alone(looked: Looked, root: Party) -> None:
    host = Party("host", root, "localhost")
    assert failed(looked(host.certificate, host.secret, ssl.TLSVersion.TLSv1_3)) == ["TLS 1.2"]


def test_who_speaks_no_tls_is_said(looked: Looked) -> None:
    service = server.Service(Config(Server(port=0)), hello, lambda: None, False)
    service.start()
    found = list(selfchecks.of_address(f"https://localhost:{service.address[1]}", NOW, 5))
    service.stop()
    assert [check.passed for check in found] == [True, False]
    assert "not with TLS" in found[1].sentence


def test_a_name_nobody_knows_is_said() -> None:
    found = list(selfchecks.of_address("https://nobody.invalid", NOW, 5))
    assert "knows no such host name" in found[1].sentence
    assert "hosts file" in found[1].hint


@pytest.mark.parametrize("host", ["192.0.2.7", "::1", "", "two words", "a/b"])
def test_only_a_host_name_gets_one(host: str) -> None:
    with pytest.raises(InvalidValue):
        self_signed(host, 1, NOW)
