"""A real server on a free port of this machine, and a conversation that writes down what it is asked."""

import http.client
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cheroot import wsgi
from lxml import etree

from qbwc_bridge.soap import soap_application

LIMIT = 60_000_000
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    "<soap:Body>{}</soap:Body></soap:Envelope>"
)


@dataclass
class Recorder:
    """A conversation. ``calls`` has each call as a tuple; ``answers`` what to say, by operation."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def server_version(self) -> str:
        return self._said("server_version", "qbwc-bridge")

    def client_version(self, version: str, address: str) -> str:
        return self._said("client_version", "", version)

    def authenticate(self, user: str, password: str, address: str) -> list[str]:
        return self._said("authenticate", ["T", ""], user, password, address)

    def send_request_xml(self, *arguments: Any) -> str:
        return self._said("send_request_xml", "<QBXML/>", *arguments)

    def receive_response_xml(self, *arguments: Any) -> int:
        return self._said("receive_response_xml", 50, *arguments)

    def connection_error(self, *arguments: Any) -> str:
        return self._said("connection_error", "done", *arguments)

    def get_last_error(self, ticket: str) -> str:
        return self._said("get_last_error", "All is well.", ticket)

    def close_connection(self, ticket: str) -> str:
        return self._said("close_connection", "OK", ticket)

    def _said(self, operation: str, usual: Any, *arguments: Any) -> Any:
        self.calls.append((operation, *arguments))
        answer = self.answers.get(operation, usual)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def result(self) -> Any:
        """The text of the single result element, or the list of the texts in it."""
        envelope = etree.fromstring(self.body, etree.XMLParser(huge_tree=True))
        (response,) = envelope[0]
        (result,) = response
        return [item.text or "" for item in result] if len(result) else result.text or ""

    @property
    def fault(self) -> str:
        return etree.fromstring(self.body).findtext(".//faultstring") or ""


@dataclass
class Door:
    """The service over HTTP."""

    port: int
    conversation: Recorder

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/qbwc"

    def request(self, method: str, path: str = "/qbwc", body: Any = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named, encode_chunked="Transfer-Encoding" in named)
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def post(self, body: Any, content_type: str = "text/xml; charset=utf-8", **headers: str) -> Reply:
        return self.request("POST", body=body, Content_Type=content_type, **headers)

    def call(self, content: str) -> Reply:
        """One call, as the Web Connector sends it."""
        return self.post(ENVELOPE.format(content).encode())


@pytest.fixture(scope="session")
def _served() -> Iterator[Door]:
    recorder = Recorder()
    server = wsgi.Server(("127.0.0.1", 0), soap_application(recorder, "http://127.0.0.1/", LIMIT), numthreads=2)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield Door(server.bind_addr[1], recorder)
    server.stop()
    thread.join()


@pytest.fixture
def door(_served: Door) -> Door:
    _served.conversation.calls.clear()
    _served.conversation.answers.clear()
    return _served


@pytest.fixture(scope="session")
def reference_wsdl() -> Path:
    """The WSDL that is passed around as the vendor's. It is not ours to ship."""
    root = Path(__file__).parents[2]
    path = Path(os.environ.get("QBWC_WSDL_DIR", root.parent / "shared" / "wsdl")) / "QBWebConnectorSvc.wsdl"
    if not path.is_file():
        pytest.skip(f"no {path.name} in QBWC_WSDL_DIR")
    return path
