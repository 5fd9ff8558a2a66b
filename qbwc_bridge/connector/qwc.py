"""The .qwc file: what a person opens once on the QuickBooks computer so that the Web Connector knows this service.

In: a company, the public address, the poll interval. Out: the bytes of the file, the same each time; and what is wrong
with an address, in sentences. It carries no password: that is typed into the Web Connector (protocol reference 5).
"""

from datetime import UTC, datetime, time
from urllib.parse import urlsplit

from lxml import etree

from qbwc_bridge.certificates import is_ip_address
from qbwc_bridge.config import Server, Sync
from qbwc_bridge.records import Company

DESCRIPTION_LIMIT = 80
LOCAL = ("localhost",)


def qwc(company: Company, public_url: str, poll_minutes: int) -> bytes:
    """The file as UTF-8 without BOM. ``public_url`` has no slash at its end."""
    root = etree.Element("QBWCXML")
    for name, text in _elements(company, public_url):
        etree.SubElement(root, name).text = text
    scheduler = etree.Element("Scheduler")
    etree.SubElement(scheduler, "RunEveryNMinutes").text = str(poll_minutes)
    root.insert(_position(root, "QBType") + 1, scheduler)
    etree.indent(root)
    body: bytes = etree.tostring(root, encoding="UTF-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _elements(company: Company, public_url: str) -> list[tuple[str, str]]:
    https = public_url.startswith("https://")
    return [
        # It is also the name in QuickBooks' list of integrated applications, where two companies must not collide.
        ("AppName", f"qbwc-bridge - {company.name}"),
        ("AppID", ""),
        ("AppURL", f"{public_url}/qbwc"),
        ("AppDescription", f"Shows the payments QuickBooks has for {company.name}"[:DESCRIPTION_LIMIT]),
        ("AppSupport", f"{public_url}/support"),
        # Fetched to verify the certificate; any failure there is reported as a bad certificate (reference 6.6).
        *([("CertURL", f"{public_url}/support")] if https else []),
        ("UserName", company.connector_user),
        ("OwnerID", company.owner_id),
        ("FileID", company.file_id),
        ("QBType", "QBFS"),
        ("PersonalDataPref", "pdpNotNeeded"),
        ("UnattendedModePref", "umpOptional"),
        # We only read. But the Web Connector itself writes its FileID and its lock into the company file, and with
        # "true" QuickBooks refuses that (status 3263) and the registration fails (reference 4).
        ("IsReadOnly", "false"),
        ("Notify", "false"),
    ]


def _position(root: etree._Element, name: str) -> int:
    return next(place for place, child in enumerate(root) if child.tag == name)


def file_name(company: Company) -> str:
    """What the download is called: the company's name without the signs Windows refuses in a file name."""
    kept = "".join(sign if sign.isalnum() or sign in " -_" else " " for sign in company.name)
    return f"{' '.join(kept.split()) or 'company'}.qwc"


# The address --------------------------------------------------------------------------------------------------------


def problems(public_url: str) -> list[str]:
    """Why the Web Connector would refuse this address, one sentence each; nothing when it will not."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    found = []
    if parts.scheme not in ("http", "https") or not host:
        return [f"{public_url} is no address: it must start with https:// and a host name."]
    if is_ip_address(host):
        found.append(f"{host} is an IP address; the Web Connector accepts only host names (QBWC1001).")
    if parts.scheme == "http" and host not in LOCAL:
        found.append(f"{public_url} is not secure: the Web Connector wants https, or http with localhost (QBWC1010).")
    if host == "intuit.com" or host.endswith(".intuit.com"):
        found.append("The Web Connector accepts no address of Intuit's own.")
    if parts.path not in ("", "/") or parts.query:
        found.append(f"{public_url} must be the bare address, without a path.")
    return found


# The sample at the root of the repository -------------------------------------------------------------------------


def sample() -> bytes:
    """The text of ``app.qwc``: the file of a made-up company at the default local address."""
    company = Company(
        id=1,
        name="Sample Builders",
        connector_user="sample-builders",
        owner_id="{3f5b0c1e-7d64-4c1a-9b0e-2a8f6d4e1c90}",
        file_id="{8c2d9e47-51fa-4b36-a7d8-0e6b3f9a2c15}",
        client_payments_default=False,
        daily_at=time(2),
        timezone="UTC",
        created_at=datetime(2026, 1, 5, tzinfo=UTC),
    )
    return qwc(company, Server().public_url, Sync().poll_minutes)
