"""The self-checks: what stands between a fresh installation and its first sync, one sentence each, and what to do.

In: the database, a moment, the public address, the files of the secret keys. Out: checks, in the order in which things must
work. It signs in nowhere, changes nothing, and asks no address but the installation's own. It never knows who wants to know:
``test-connection`` prints them, the site shows them.
"""

import http.client
import logging
import shutil
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from qbwc_bridge import certificates
from qbwc_bridge.certificates import Shown
from qbwc_bridge.connector import qwc
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.store.database import Database

log = logging.getLogger(__name__)

PATIENCE = 15.0
LARGEST = 1_000_000
SLOW_CLOCK = timedelta(seconds=60)
RENEW_BEFORE = timedelta(days=21)
LEAST_FREE = 500_000_000  # bytes: a few large answers of QuickBooks, and their log
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
NAME = "The name needs an entry in the DNS that leads to the service, or, for a trial, a line in the hosts file of each computer."
CERTIFICATE = (
    "Install a certificate that Windows trusts, together with the whole chain of its issuers: tls_certificate, or what the proxy "
    "in front shows, holds first the certificate and then those that vouch for it (often called fullchain.pem)."
)
SELF_SIGNED = (
    "A certificate that vouches for itself is for trials. Import it on the QuickBooks computer, as administrator: "
    "certutil -addstore Root FILE (into the Trusted Root Certification Authorities of the local machine). "
    "Here, this check passes once the variable SSL_CERT_FILE names the file. For good, get a certificate from a public authority."
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``hint`` says what to do when it did not pass, or will not much longer."""

    passed: bool
    sentence: str
    hint: str = ""


def of_database(database: Database, now: datetime) -> Iterator[Check]:
    """Does it answer, is it at this program's schema, does it take what is written, has it room, and is its clock right?"""
    try:
        database.must_be_current()
        yield Check(True, "The database answers and is at the newest schema.")
        database.try_to_write()
        yield Check(True, "The database takes what is written.")
        if database.folder:
            yield _room(database.folder)
        if moment := database.moment():
            yield _clock("the database", moment, now)
    except BridgeError as error:
        yield Check(False, error.sentence, error.hint)


def _room(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    words = f"The disk of the database has {free / 1e9:,.1f} GB left."
    if free >= LEAST_FREE:
        return Check(True, words)
    return Check(False, words, "Make room: when the disk is full, nothing can be synced.")


def _clock(whose: str, theirs: datetime, ours: datetime) -> Check:
    off = abs(theirs - ours)
    if off < SLOW_CLOCK:
        return Check(True, f"The clocks of {whose} and of this machine agree.")
    words = f"The clocks of {whose} and of this machine are {off.total_seconds() / 60:.0f} minutes apart."
    return Check(False, words, "Let both machines take the time from the network.")


def of_secret_key(file: Path) -> Iterator[Check]:
    """Is there one?"""
    if file.is_file():
        yield Check(True, f"The secret key is in {file}.")
    else:
        yield Check(False, f"There is no secret key in {file}.", "Run qbwc-bridge init.")


def of_clock(url: str, now: datetime, patience: float = PATIENCE) -> Iterator[Check]:
    """Does the machine that answers there have the time of this one? Nothing is said where nobody answers."""
    try:
        _, headers, _ = _fetch(f"{url}/healthz", "HEAD", patience)
        yield _clock("the service", parsedate_to_datetime(headers["Date"]), now)
    except (_UnreachableError, TypeError, ValueError):  # no answer, or one without a date
        return


def of_address(url: str, now: datetime, patience: float = PATIENCE) -> Iterator[Check]:
    """Would the Web Connector accept the address, and does the service answer there? ``patience`` is for each question, in
    seconds. Where nothing can be reached at all, it asks only once."""
    found = qwc.problems(url)
    yield from (Check(False, problem, "Correct [server] public_url in the configuration.") for problem in found)
    if not found:
        yield Check(True, f"The Web Connector accepts the address {url}.")
    try:
        yield from _of_certificate(url, now, patience)
        for method, path in PATHS:
            yield _answers(url + path, method, patience)
        yield _wsdl(f"{url}/qbwc", patience)
    except _UnreachableError as reason:
        yield Check(False, f"{url}: {reason}", reason.hint)


def _answers(url: str, method: str, patience: float) -> Check:
    status, _, _ = _fetch(url, method, patience)
    if status == 200:
        return Check(True, f"{method} {url} answers with status 200.")
    hint = REDIRECT if 300 <= status < 400 else IN_THE_WAY
    return Check(False, f"{method} {url} answers with status {status}; it must be 200.", hint)


def _wsdl(url: str, patience: float) -> Check:
    status, _, body = _fetch(f"{url}?wsdl", "GET", patience)
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


# The certificate ------------------------------------------------------------------------------------------------------


def _of_certificate(url: str, now: datetime, patience: float) -> Iterator[Check]:
    """Is it trusted here, for this name, for long enough, and may an older Windows come in?"""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return
    there = parts.hostname, parts.port or 443, patience
    try:
        shown, offered = certificates.shown_at(*there), certificates.offers_tls_1_2(*there)
    except OSError as error:
        raise _in_words(error, patience) from error
    yield _trusted(shown)
    yield _named(shown, parts.hostname)
    yield _lasting(shown, now)
    yield _offered(offered)


def _trusted(shown: Shown) -> Check:
    if not shown.distrust:
        return Check(
            True, f"This machine trusts its certificate, which {shown.issuer} vouches for; the chain is complete."
        )
    hint = SELF_SIGNED if shown.self_signed else CERTIFICATE
    return Check(False, f"Its certificate cannot be verified: {shown.distrust}.", hint)


def _named(shown: Shown, host: str) -> Check:
    if shown.is_for(host):
        return Check(True, f"Its certificate is for {host}.")
    words = f"Its certificate is for {', '.join(shown.names) or 'no host name at all'}, not for {host}."
    return Check(False, words, "Get one for the host name in public_url, or make public_url a name it is for.")


def _lasting(shown: Shown, now: datetime) -> Check:
    day = f"{shown.ends:%Y-%m-%d}"
    if shown.ends <= now:
        return Check(
            False,
            f"Its certificate ended on {day}.",
            "Renew it. The service shows the new one by itself; reload the proxy if there is one in front.",
        )
    if shown.ends <= now + RENEW_BEFORE:
        left = (shown.ends - now).days
        soon = f"Its certificate ends on {day}, in {left} day{'' if left == 1 else 's'}."
        return Check(True, soon, "Renew it now. Whatever renews it by itself should have done so: look at its log.")
    return Check(True, f"Its certificate is good until {day}.")


def _offered(tls_1_2: bool) -> Check:
    if tls_1_2:
        return Check(True, "TLS 1.2 is offered, which every Windows in use speaks.")
    return Check(
        False, "TLS 1.2 is not offered; older Windows speaks nothing newer.", "Allow TLS 1.2 in the proxy in front."
    )


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


def _fetch(url: str, method: str, patience: float) -> tuple[int, Message, bytes]:
    whoever = urllib.request.HTTPSHandler(context=certificates.unverified())  # the certificate has checks of its own
    opener = urllib.request.build_opener(_NoRedirects, whoever)
    request = urllib.request.Request(url, method=method)  # noqa: S310 - the configuration allows http and https only
    try:
        with opener.open(request, timeout=patience) as answer:
            return int(answer.status), answer.headers, bytes(answer.read(LARGEST))
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, b""
    except (OSError, http.client.HTTPException) as error:
        raise _in_words(error, patience) from error


def _in_words(error: Exception, patience: float) -> _UnreachableError:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLError):
        return _UnreachableError(f"it answers, but not with TLS ({reason.reason}).")
    if isinstance(reason, socket.gaierror):
        return _UnreachableError("this machine knows no such host name.", NAME)
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
