"""The self-checks of ``test-connection``: what stands between a fresh installation and its first sync, one sentence each.

In: a configuration. Out: checks, in the order in which things must work. It signs in nowhere and changes nothing.
"""

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from qbwc_bridge.config import Config
from qbwc_bridge.connector import qwc
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.store.database import Database

TIMEOUT = 15
SOAP_ADDRESS = "{http://schemas.xmlsoap.org/wsdl/soap/}address"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    passed: bool
    sentence: str


def checks(config: Config) -> Iterator[Check]:
    """All of them; a failed one does not stop the others."""
    yield _database(config)
    yield _secret_key(config)
    yield from _public_url(config.server.public_url)
    for path in ("/healthz", "/support", "/qbwc"):
        yield _answers(config.server.public_url + path, "GET")
    yield _answers(f"{config.server.public_url}/qbwc", "HEAD")
    yield _wsdl(f"{config.server.public_url}/qbwc")


def _database(config: Config) -> Check:
    database = Database(config.database.url)
    try:
        database.ping()
        if database.is_current():
            return Check(True, "The database answers and is at the newest schema.")
        return Check(False, "The database is not at the newest schema. Run qbwc-bridge init.")
    except BridgeError as error:
        return Check(False, f"{error.sentence} {error.hint}")
    finally:
        database.close()


def _secret_key(config: Config) -> Check:
    file = config.web.secret_key_file
    if not file.is_file():
        return Check(False, f"There is no secret key in {file}. Run qbwc-bridge init.")
    return Check(True, f"The secret key is in {file}.")


def _public_url(url: str) -> Iterator[Check]:
    found = qwc.problems(url)
    yield from (Check(False, problem) for problem in found)
    if not found:
        yield Check(True, f"The Web Connector accepts the address {url}.")


def _answers(url: str, method: str) -> Check:
    try:
        status, _ = _fetch(url, method)
    except _UnreachableError as reason:
        return Check(False, f"{method} {url}: {reason}")
    passed = status == 200
    return Check(passed, f"{method} {url} answers with status {status}{'' if passed else '; it must be 200'}.")


def _wsdl(url: str) -> Check:
    try:
        status, body = _fetch(f"{url}?wsdl", "GET")
        document = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except _UnreachableError as reason:
        return Check(False, f"The service description at {url}?wsdl: {reason}")
    except etree.XMLSyntaxError:
        return Check(False, f"{url}?wsdl answers with status {status}, and not with the service description.")
    named = [element.get("location") for element in document.iter(SOAP_ADDRESS)]
    if named == [url]:
        return Check(True, f"The service description names {url}.")
    said = ", ".join(name or "nothing" for name in named) or "no address"
    return Check(False, f"The service description names {said} instead of {url}. Is public_url right?")


class _UnreachableError(Exception):
    """No answer; the text says why."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The Web Connector follows none, so a redirect counts as its status."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _fetch(url: str, method: str) -> tuple[int, bytes]:
    opener = urllib.request.build_opener(_NoRedirects)
    request = urllib.request.Request(url, method=method)  # noqa: S310 - the configuration allows http and https only
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return int(answer.status), bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""
    except (OSError, http.client.HTTPException) as error:
        raise _UnreachableError(_in_words(error)) from error


def _in_words(error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate cannot be verified: {reason.verify_message}."
    if isinstance(reason, ConnectionRefusedError):
        return "nobody listens there. Is qbwc-bridge serve running, and is public_url right?"
    if isinstance(reason, TimeoutError):
        return f"no answer within {TIMEOUT} seconds."
    return f"it cannot be reached ({reason})."
