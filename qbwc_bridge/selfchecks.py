"""The self-checks: what stands between a fresh installation and its first sync, one sentence each, and what to do.

In: the database, a moment, the public address, the file of the secret key. Out: checks, in the order in which things must
work. It signs in nowhere, changes nothing, and asks no address but the installation's own. It never knows who wants to know:
``test-connection`` prints them, the site shows them.
"""

import http.client
import logging
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from qbwc_bridge.connector import qwc
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.store.database import Database

log = logging.getLogger(__name__)

PATIENCE = 15.0
LARGEST = 1_000_000
SLOW_CLOCK = timedelta(seconds=60)
PATHS = (("GET", "/healthz"), ("GET", "/support"), ("GET", "/qbwc"), ("HEAD", "/qbwc"))
SOAP_ADDRESS = "{http://schemas.xmlsoap.org/wsdl/soap/}address"

IN_THE_WAY = (
    "Something else answers at this address: another program, a proxy or a sign-in in front. "
    "It has to let /qbwc, /support and /healthz through unchanged."
)
REDIRECT = "The Web Connector follows no redirect. Make public_url the address it leads to, or take the redirect away."
UNREACHABLE = (
    "Is qbwc-bridge serve running, is public_url right, and does the name lead to this machine? A machine behind a router "
    "sometimes cannot call itself by its public name: then run qbwc-bridge test-connection on another computer."
)
CERTIFICATE = "Install a certificate that Windows trusts, together with the whole chain of its issuers."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``hint`` says what to do when it did not pass."""

    passed: bool
    sentence: str
    hint: str = ""


def of_database(database: Database, now: datetime) -> Iterator[Check]:
    """Does it answer, is it at the newest schema, and does its clock agree with ours?"""
    try:
        database.ping()
        yield (
            Check(True, "The database answers and is at the newest schema.")
            if database.is_current()
            else Check(False, "The database is not at the newest schema.", "Run qbwc-bridge init; it keeps all data.")
        )
        yield from _clock(database.moment(), now)
    except BridgeError as error:
        yield Check(False, error.sentence, error.hint)


def _clock(theirs: datetime | None, ours: datetime) -> Iterator[Check]:
    if theirs is None:
        return
    off = abs(theirs - ours)
    if off < SLOW_CLOCK:
        yield Check(True, "The clocks of the database and of this machine agree.")
        return
    words = f"The clocks of the database and of this machine are {off.total_seconds() / 60:.0f} minutes apart."
    yield Check(False, words, "Let both machines take the time from the network.")


def of_secret_key(file: Path) -> Iterator[Check]:
    """Is there one?"""
    if file.is_file():
        yield Check(True, f"The secret key is in {file}.")
    else:
        yield Check(False, f"There is no secret key in {file}.", "Run qbwc-bridge init.")


def of_address(url: str, patience: float = PATIENCE) -> Iterator[Check]:
    """Would the Web Connector accept the address, and does the service answer there? ``patience`` is for each question, in
    seconds. Where nothing can be reached at all, it asks only once."""
    found = qwc.problems(url)
    yield from (Check(False, problem, "Correct [server] public_url in the configuration.") for problem in found)
    if not found:
        yield Check(True, f"The Web Connector accepts the address {url}.")
    try:
        for method, path in PATHS:
            yield _answers(url + path, method, patience)
        yield _wsdl(f"{url}/qbwc", patience)
    except _UnreachableError as reason:
        yield Check(False, f"{url}: {reason}", reason.hint)


def _answers(url: str, method: str, patience: float) -> Check:
    status, _ = _fetch(url, method, patience)
    if status == 200:
        return Check(True, f"{method} {url} answers with status 200.")
    hint = REDIRECT if 300 <= status < 400 else IN_THE_WAY
    return Check(False, f"{method} {url} answers with status {status}; it must be 200.", hint)


def _wsdl(url: str, patience: float) -> Check:
    status, body = _fetch(f"{url}?wsdl", "GET", patience)
    try:
        document = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        words = f"{url}?wsdl answers with status {status}, and not with the service description."
        return Check(False, words, IN_THE_WAY)
    named = [element.get("location") for element in document.iter(SOAP_ADDRESS)]
    if named == [url]:
        return Check(True, f"The service description names {url}.")
    said = ", ".join(name or "nothing" for name in named) or "no address"
    return Check(False, f"The service description names {said} instead of {url}.", "Is public_url right?")


# Asking ---------------------------------------------------------------------------------------------------------------


class _UnreachableError(Exception):
    """No answer; the text says why."""

    def __init__(self, why: str, hint: str = UNREACHABLE) -> None:
        super().__init__(why)
        self.hint = hint


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The Web Connector follows none, so a redirect counts as its status."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _fetch(url: str, method: str, patience: float) -> tuple[int, bytes]:
    opener = urllib.request.build_opener(_NoRedirects)
    request = urllib.request.Request(url, method=method)  # noqa: S310 - the configuration allows http and https only
    try:
        with opener.open(request, timeout=patience) as answer:
            return int(answer.status), bytes(answer.read(LARGEST))
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""
    except (OSError, http.client.HTTPException) as error:
        raise _in_words(error, patience) from error


def _in_words(error: Exception, patience: float) -> _UnreachableError:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return _UnreachableError(f"its certificate cannot be verified: {reason.verify_message}.", CERTIFICATE)
    if isinstance(reason, ConnectionRefusedError):
        return _UnreachableError("nobody listens there.")
    if isinstance(reason, TimeoutError):
        return _UnreachableError(f"no answer within {patience:.0f} seconds.")
    return _UnreachableError(f"it cannot be reached ({reason}).")


# In a bounded time ----------------------------------------------------------------------------------------------------


class OneAtATime:
    """Runs checks beside the thread that wants to know, and never two rounds at once in one process.

    A server that calls itself needs a second thread of its own to answer. So the first one must not wait for ever, and may
    not be joined by others that wait as well: then no number of impatient people can use up all threads.
    """

    def __init__(self) -> None:
        self._running = threading.Lock()

    def run(self, checks: Iterable[Check], seconds: float) -> list[Check] | None:
        """What was found within so many seconds; None while another round is running."""
        if not self._running.acquire(blocking=False):
            return None
        found: list[Check] = []
        asking = threading.Thread(target=self._collect, args=(checks, found), name="self-checks", daemon=True)
        asking.start()
        asking.join(seconds)
        late = Check(False, f"The checks were stopped after {seconds:.0f} seconds without an answer.", UNREACHABLE)
        return [*found, late] if asking.is_alive() else found

    def _collect(self, checks: Iterable[Check], found: list[Check]) -> None:
        try:
            found.extend(checks)
        except Exception:
            log.exception("A self-check broke off.")
            found.append(Check(False, "A check broke off; the log of the service says why."))
        finally:
            self._running.release()
