"""A Web Connector: carries messages between a QuickBooks and a service, call by call as Intuit's program does.

In: the service's address, a sign-in, a :class:`~.request_processor.RequestProcessor`. Out: one :class:`Update` telling
what happened. It is a foreign client: zeep builds every call from the service's own WSDL (protocol 1.3 gives the
order). It will never know a table, a page or a project, and it prints nothing.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # zeep's import speaks of its own dependencies
    import zeep
    import zeep.exceptions

from .faults import RequestRefused
from .request_processor import RequestProcessor

USER_AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
VERSION = "2.3.0.215"
NO_WORK = {"none": "No data exchange required", "nvu": "Invalid user or password", "busy": "The application is busy"}
OPENINGS = 3  # QuickBooks is retried at most twice per update (protocol 1.2)
NOOPS = 12
NOOP_WAIT = 5.0


class Stop(Exception):
    """The Web Connector is closed, the computer sleeps."""


@dataclass(frozen=True)
class Message:
    """One round: what was asked, what QuickBooks said or the HRESULT it refused with."""

    request: str
    response: str
    hresult: str = ""
    message: str = ""


@dataclass(frozen=True)
class Update:
    """``outcome`` is done, none, nvu, busy (or postponed), error, or stopped. ``calls``: method names in order."""

    outcome: str
    status: str = ""
    last_error: str = ""
    messages: tuple[Message, ...] = ()
    progress: tuple[int, ...] = ()
    calls: tuple[str, ...] = ()
    postponed: str = ""
    minimum_seconds: str = ""

    @property
    def rounds(self) -> int:
        return len(self.messages)


@dataclass
class _Seen:
    """What one update has met so far."""

    ticket: str = ""
    last_error: str = ""
    slots: tuple[str, str, str] = ("", "", "")
    messages: list[Message] = field(default_factory=list)
    progress: list[int] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def update(self, outcome: str, status: str = "", last_error: str = "") -> Update:
        return Update(
            outcome,
            status,
            last_error or self.last_error,
            tuple(self.messages),
            tuple(self.progress),
            tuple(self.calls),
            *self.slots[1:],
        )


class WebConnector:
    """One application in the Web Connector's list. ``on_call(method)`` runs before each call and may raise Stop."""

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        quickbooks: RequestProcessor,
        owner_id: str,
        *,
        on_call: Callable[[str], object] | None = None,
        sleep: Callable[[float], object] = time.sleep,
        timeout: float = 100.0,
        max_rounds: int = 5000,
        version: str = VERSION,
    ) -> None:
        self.url = url
        self.user = user
        self.password = password
        self.quickbooks = quickbooks
        self.owner_id = owner_id
        self.on_call = on_call or (lambda method: None)
        self.sleep = sleep
        self.timeout = timeout
        self.max_rounds = max_rounds
        self.version = version
        self._http = requests.Session()
        self._service: Any = None
        self._seen = _Seen()

    def update(self) -> Update:
        """One update, as "Update Selected" runs it. An exception of ``on_call`` other than Stop passes through."""
        self._seen = _Seen()
        try:
            return self._converse()
        except Stop:
            return self._seen.update("stopped")
        except (zeep.exceptions.Error, requests.RequestException) as error:
            return self._seen.update("error", last_error=f"{type(error).__name__}: {error}")
        finally:
            self.quickbooks.end_session()
            self._http.close()

    # The order of calls -----------------------------------------------------------------------------------------

    def _converse(self) -> Update:
        self._tolerantly("serverVersion")
        verdict = self._text("clientVersion", self.version)
        if verdict[:2] in ("E:", "O:"):
            return self._seen.update("error", last_error=verdict[2:])
        self._authenticate()
        wanted, postponed, _ = self._seen.slots
        if wanted.lower() in NO_WORK:
            return self._closed(wanted.lower(), NO_WORK[wanted.lower()])
        if postponed:
            return self._seen.update("busy", "Update postponed by application")
        if not self._opened(wanted):
            return self._seen.update("error", last_error=self._seen.last_error)
        return self._rounds()

    def _authenticate(self) -> None:
        answered = [item or "" for item in self._call("authenticate", self.user, self.password) or []]
        slots = [*answered, "", "", "", ""]
        self._seen.ticket = slots[0]
        self._seen.slots = (slots[1], slots[2], slots[3])

    def _opened(self, path: str) -> bool:
        """Opens QuickBooks; each failure is told to the service, which says ``done`` or which file to try next."""
        for _ in range(OPENINGS):
            try:
                self.quickbooks.begin_session(path)
            except RequestRefused as refusal:
                self._seen.last_error = f"{refusal.hresult}: {refusal.message}"
                path = self._text("connectionError", self._seen.ticket, refusal.hresult, refusal.message)
            else:
                self._seen.last_error = ""
                return True
            if path.lower() == "done":
                break
        return False

    def _rounds(self) -> Update:
        """``sendRequestXML`` and ``receiveResponseXML`` until 100, an error, or the bound."""
        hcp, noops = self.quickbooks.hcp(self.owner_id), 0
        for _ in range(self.max_rounds):
            request, hcp = self._send(hcp), ""
            if request in ("", "NoOp"):
                text = self._text("getLastError", self._seen.ticket)
                noops += 1
                if text != "NoOp" or noops > NOOPS:
                    return self._closed("error", last_error=text)
                self.sleep(NOOP_WAIT)
                continue
            percent = self._receive(self._asked(request))
            if percent == 100:
                self.quickbooks.end_session()
                return self._closed("done")
            if percent < 0:
                return self._closed("error", last_error=self._text("getLastError", self._seen.ticket))
        return self._closed("error", last_error=f"more than {self.max_rounds} rounds")

    def _closed(self, outcome: str, status: str = "", last_error: str = "") -> Update:
        said = self._text("closeConnection", self._seen.ticket)
        return self._seen.update(outcome, said or status, last_error)

    # One round --------------------------------------------------------------------------------------------------

    def _send(self, hcp: str) -> str:
        books = self.quickbooks.books
        major, _, minor = books.versions[-1].partition(".")
        arguments = (self._seen.ticket, hcp, books.path, books.country, int(major), int(minor))
        return self._text("sendRequestXML", *arguments)

    def _asked(self, request: str) -> Message:
        """QuickBooks' part of a round; its time is spent outside any call."""
        if self.quickbooks.faults.delay:
            self.sleep(self.quickbooks.faults.delay)
        try:
            message = Message(request, self.quickbooks.process(request))
        except RequestRefused as refusal:
            message = Message(request, "", refusal.hresult, refusal.message)
        self._seen.messages.append(message)
        return message

    def _receive(self, message: Message) -> int:
        arguments = (self._seen.ticket, message.response, message.hresult, message.message)
        percent = int(self._call("receiveResponseXML", *arguments) or 0)
        self._seen.progress.append(percent)
        return percent

    # Calls ------------------------------------------------------------------------------------------------------

    def _tolerantly(self, method: str) -> None:
        """A fault of ``serverVersion`` is only logged (protocol 1.2); a service that is not there ends the update."""
        try:
            self._call(method)
        except zeep.exceptions.Fault:
            self._seen.last_error = ""

    def _text(self, method: str, *arguments: str | int) -> str:
        return str(self._call(method, *arguments) or "")

    def _call(self, method: str, *arguments: str | int) -> Any:
        self.on_call(method)
        self._seen.calls.append(method)
        result = self._methods()[method](*arguments)
        if self.quickbooks.faults.stop_after == (method, self._seen.calls.count(method)):
            raise Stop(method)
        return result

    def _methods(self) -> Any:
        """The service's methods, built from its WSDL once. The address called is the .qwc's, whatever the WSDL says."""
        if self._service is None:
            untyped: Any = zeep
            transport = untyped.Transport(session=self._http, timeout=self.timeout, operation_timeout=self.timeout)
            self._http.headers["User-Agent"] = USER_AGENT  # after zeep has put its own name there
            settings = zeep.Settings(strict=True, xml_huge_tree=True)
            client = untyped.Client(f"{self.url}?wsdl", transport=transport, settings=settings)
            self._service = client.create_service(next(iter(client.wsdl.bindings)), self.url)
        return self._service
