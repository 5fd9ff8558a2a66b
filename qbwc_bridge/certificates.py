"""Certificates: one of our own for trials, and what the one a service shows says.

In: a host name, or an address where TLS is spoken. Out: PEM text, or facts: until when, for which names, and whether this
machine trusts it. It never knows who wants to know, and decides nothing.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from qbwc_bridge.errors import InvalidValue

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

LONGEST_DAYS = 825
"""What most systems accept of a certificate for a server."""

KEY_BITS = 2048


# One for trials -------------------------------------------------------------------------------------------------------


def self_signed(host: str, days: int, now: datetime) -> tuple[bytes, bytes]:
    """A certificate for one host name and its private key, both PEM. Raises InvalidValue for an IP address.

    Nobody but its owner can vouch with it: it is no authority (CA:FALSE), so a computer that trusts it as a root trusts this
    one host and no other. RSA, because old Windows knows nothing else for sure (protocol reference 6.6).
    """
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(65537, KEY_BITS)
    made = _signed(key, _host_name(host), now - timedelta(minutes=5), now + timedelta(days=days))
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM), written


def _signed(key: "RSAPrivateKey", host: str, starts: datetime, ends: datetime) -> "Certificate":
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), starts, ends)
    usage = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
    )
    shape = x509.KeyUsage(
        digital_signature=True, key_encipherment=True, encipher_only=False, decipher_only=False, **usage
    )
    return (
        builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(shape, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def _host_name(host: str) -> str:
    if is_ip_address(host):
        raise InvalidValue("host", f"{host} is an IP address; the Web Connector accepts only host names (QBWC1001).")
    try:
        name = host.encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    if not name or not name.replace("-", "").replace(".", "").isalnum():
        raise InvalidValue("host", f"{host!r} is no host name, such as bridge.example.com.")
    return name


def is_ip_address(host: str) -> bool:
    """Is it an address and no name?"""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


# The one that is shown ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """What a service shows. ``distrust`` is why this machine does not trust it, in OpenSSL's words; "" when it does."""

    names: tuple[str, ...]
    issuer: str
    self_signed: bool
    ends: datetime
    distrust: str

    def is_for(self, host: str) -> bool:
        """Does it name this host, itself or as *.example.com?"""
        return bool({host.lower(), f"*.{host.lower().partition('.')[2]}"}.intersection(self.names))


def shown_at(host: str, port: int, patience: float) -> Shown:
    """Raises OSError when nobody speaks TLS there within ``patience`` seconds."""
    try:
        with _secure(_trusting(), host, port, patience) as connection:
            return _facts(connection, "")
    except ssl.SSLCertVerificationError as error:
        with _secure(unverified(), host, port, patience) as connection:
            return _facts(connection, error.verify_message)


def offers_tls_1_2(host: str, port: int, patience: float) -> bool:
    """The newest that older Windows speaks."""
    context = unverified()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with _secure(context, host, port, patience):
            return True
    except ssl.SSLError:
        return False


def unverified() -> ssl.SSLContext:
    """For looking at what is shown, whoever shows it; nothing secret may be sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False  # that is a fact of its own: ``Shown.is_for``
    return context


@contextmanager
def _secure(context: ssl.SSLContext, host: str, port: int, patience: float) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection((host, port), patience) as plain,
        context.wrap_socket(plain, server_hostname=host) as s,
    ):
        yield s


def _facts(connection: ssl.SSLSocket, distrust: str) -> Shown:
    from cryptography import x509

    certificate = x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        known = tuple(name.lower() for name in names.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        known = ()
    issuer, own = certificate.issuer, certificate.issuer == certificate.subject
    return Shown(known, issuer.rfc4514_string(), own, certificate.not_valid_after_utc, distrust)
