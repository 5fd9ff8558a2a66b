"""``certificate``: a self-signed certificate for trials, and what Windows needs to trust it.

In: a host name. Out: two PEM files, and sentences that say what to do with them.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click

from qbwc_bridge import certificates
from qbwc_bridge.certificates import LONGEST_DAYS
from qbwc_bridge.cli.desk import Desk, at_desk
from qbwc_bridge.config import Server
from qbwc_bridge.errors import Refused

PEM_FILE = click.Path(path_type=Path, dir_okay=False)
AFTERWARDS = r"""
Options for config.ini; then start the service anew:

    [server]
    public_url = {url}
    tls_certificate = {certificate}
    tls_private_key = {key}

Copy {certificate.name} (never the key) to the QuickBooks computer and import it there into the Trusted Root Certification
Authorities of the local machine, in a Command Prompt started as administrator:

    certutil -addstore Root {certificate.name}

or in PowerShell, as administrator:

    Import-Certificate -FilePath {certificate.name} -CertStoreLocation Cert:\LocalMachine\Root

The Web Connector wants the host name, never an IP address. When no DNS knows {host}, add a line such as
"192.0.2.10 {host}" to C:\Windows\System32\drivers\etc\hosts, with the address of this machine.
For clients and for good, get a certificate that every browser trusts; then: certutil -delstore Root {host}"""


@click.command
@click.argument("host", required=False)
@click.option("--certificate", "certificate_file", type=PEM_FILE, metavar="FILE", help="Default: tls_certificate.")
@click.option("--key", "key_file", type=PEM_FILE, metavar="FILE", help="Default: tls_private_key.")
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=LONGEST_DAYS, show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace the files when they exist.")
@at_desk
def certificate(
    desk: Desk, host: str | None, certificate_file: Path | None, key_file: Path | None, days: int, overwrite: bool
) -> None:
    """HOST is the name the Web Connector will use; default is that of public_url.

    Without options or a configuration for them the files are qbwc-bridge.crt and qbwc-bridge.key in the current directory.
    """
    server, now = desk.config.server, desk.now
    host = host or urlsplit(server.public_url).hostname or "localhost"
    kept = certificate_file or server.tls_certificate or Path("qbwc-bridge.crt")
    secret = key_file or server.tls_private_key or Path("qbwc-bridge.key")
    _room_for(kept, secret, overwrite)
    made, key = certificates.self_signed(host, days, now)
    _write(secret, key, 0o600)
    _write(kept, made, 0o644)
    click.echo(f"{kept} is a certificate for {host}, good until {now + timedelta(days=days):%Y-%m-%d}.")
    click.echo(f"{secret} is its private key; it stays on this machine.")
    click.echo(
        AFTERWARDS.format(url=_address(host, server), certificate=kept.absolute(), key=secret.absolute(), host=host)
    )


def _room_for(certificate: Path, key: Path, overwrite: bool) -> None:
    if certificate.absolute() == key.absolute():
        raise click.UsageError("The certificate and its key need two files.")
    taken = [str(file) for file in (certificate, key) if file.exists()]
    if taken and not overwrite:
        raise Refused(f"{' and '.join(taken)} exists already; nothing was written.", "--overwrite replaces both files.")


def _write(file: Path, content: bytes, mode: int) -> None:
    """A new file with this mode from its first byte on, in place of an old one."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    fresh.replace(file)


def _address(host: str, server: Server) -> str:
    known = urlsplit(server.public_url)
    port = known.port if known.scheme == "https" else server.port
    return f"https://{host}:{port}" if port and port != 443 else f"https://{host}"
