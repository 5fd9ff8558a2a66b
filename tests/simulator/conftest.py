"""What the simulator is tried against: a scripted SOAP service on a real socket, for its Web Connector, and a small company
file that is asked in qbXML, for its QuickBooks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from lxml import etree
from simulator.queries import OWNER

from qbwc_bridge.simulator import Books, RequestProcessor

TNS = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
TEXT = "string"
OPERATIONS: dict[str, tuple[dict[str, str], str]] = {
    "serverVersion": ({}, TEXT),
    "clientVersion": ({"strVersion": TEXT}, TEXT),
    "authenticate": ({"strUserName": TEXT, "strPassword": TEXT}, "tns:ArrayOfString"),
    "sendRequestXML": (
        {
            "ticket": TEXT,
            "strHCPResponse": TEXT,
            "strCompanyFileName": TEXT,
            "qbXMLCountry": TEXT,
            "qbXMLMajorVers": "int",
            "qbXMLMinorVers": "int",
        },
        TEXT,
    ),
    "receiveResponseXML": ({"ticket": TEXT, "response": TEXT, "hresult": TEXT, "message": TEXT}, "int"),
    "connectionError": ({"ticket": TEXT, "hresult": TEXT, "message": TEXT}, TEXT),
    "getLastError": ({"ticket": TEXT}, TEXT),
    "closeConnection": ({"ticket": TEXT}, TEXT),
}


def _qualified(kind: str) -> str:
    return kind if ":" in kind else f"xs:{kind}"


def _wrapper(name: str, fields: dict[str, str]) -> str:
    rows = "".join(
        f'<xs:element minOccurs="0" name="{key}" type="{_qualified(kind)}"/>' for key, kind in fields.items()
    )
    return f'<xs:element name="{name}"><xs:complexType><xs:sequence>{rows}</xs:sequence></xs:complexType></xs:element>'


def wsdl() -> str:
    """The contract in our own words (protocol reference, section 1)."""
    elements = "".join(
        _wrapper(name, fields) + _wrapper(f"{name}Response", {f"{name}Result": result})
        for name, (fields, result) in OPERATIONS.items()
    )
    messages = "".join(
        f'<message name="{name}{way}"><part name="parameters" element="tns:{name}{suffix}"/></message>'
        for name in OPERATIONS
        for way, suffix in (("In", ""), ("Out", "Response"))
    )
    ports = "".join(
        f'<operation name="{name}"><input message="tns:{name}In"/><output message="tns:{name}Out"/></operation>'
        for name in OPERATIONS
    )
    bound = "".join(
        f'<operation name="{name}"><soap:operation soapAction="{TNS}{name}" style="document"/>'
        '<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>'
        for name in OPERATIONS
    )
    return f"""<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="{TNS}" targetNamespace="{TNS}">
<types><xs:schema elementFormDefault="qualified" targetNamespace="{TNS}">
<xs:complexType name="ArrayOfString"><xs:sequence>
<xs:element minOccurs="0" maxOccurs="unbounded" name="string" nillable="true" type="xs:string"/>
</xs:sequence></xs:complexType>{elements}</xs:schema></types>
{messages}<portType name="P">{ports}</portType>
<binding name="B" type="tns:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>{bound}</binding>
<service name="S"><port name="B" binding="tns:B"><soap:address location="http://elsewhere.invalid/"/></port></service>
</definitions>"""


Reply = object  # a str, an int, a list of str, an Exception for a fault, or a function of the call's arguments


@dataclass
class Service:
    """``script``: method → replies in order; the last one stays."""

    url: str = ""
    wsdl: str = field(default_factory=wsdl)
    script: dict[str, list[Reply]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def on(self, method: str, *replies: Reply) -> None:
        self.script[method] = list(replies)

    def sent(self, method: str) -> list[dict[str, str]]:
        return [arguments for name, arguments in self.calls if name == method]

    def reply(self, method: str, arguments: dict[str, str]) -> Reply:
        replies = self.script.get(method, [""])
        answer = replies.pop(0) if len(replies) > 1 else replies[0]
        return answer(arguments) if callable(answer) else answer

    def __call__(self, environ: dict[str, object], start_response: Callable[..., object]) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            start_response("200 OK", [("Content-Type", "text/xml")])
            return [self.wsdl.encode()]
        self.agents.add(str(environ["HTTP_USER_AGENT"]))
        body = environ["wsgi.input"].read(int(str(environ["CONTENT_LENGTH"])))  # type: ignore[attr-defined]
        call = etree.fromstring(body).find(f"{{{SOAP}}}Body")[0]  # type: ignore[index]
        method = etree.QName(call).localname
        arguments = {etree.QName(child).localname: child.text or "" for child in call}
        self.calls.append((method, arguments))
        answer = self.reply(method, arguments)
        failed = isinstance(answer, Exception)
        start_response("500 No" if failed else "200 OK", [("Content-Type", "text/xml; charset=utf-8")])
        return [_envelope(_fault(str(answer)) if failed else _result(method, answer))]


def _result(method: str, answer: Reply) -> etree._Element:
    response = etree.Element(f"{{{TNS}}}{method}Response")
    result = etree.SubElement(response, f"{{{TNS}}}{method}Result")
    if isinstance(answer, list):
        for item in answer:
            etree.SubElement(result, f"{{{TNS}}}string").text = item
    else:
        result.text = str(answer)
    return response


def _fault(text: str) -> etree._Element:
    fault = etree.Element(f"{{{SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = "Server"
    etree.SubElement(fault, "faultstring").text = text
    return fault


def _envelope(content: etree._Element) -> bytes:
    envelope = etree.Element(f"{{{SOAP}}}Envelope")
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    """A service that signs everybody in and has one host query to send."""
    service = Service()
    server = make_server("127.0.0.1", 0, service, handler_class=_Quiet)
    service.url = f"http://127.0.0.1:{server.server_port}/qbwc"
    service.on("authenticate", ["T-1", "", "", ""])
    service.on("sendRequestXML", message("<HostQueryRq/>"))
    service.on("receiveResponseXML", 100)
    service.on("closeConnection", "OK")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield service
    server.shutdown()
    thread.join()
    server.server_close()


def message(requests: str, on_error: str = "continueOnError", version: str = "13.0") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="{version}"?>\n'
        f'<QBXML><QBXMLMsgsRq onError="{on_error}">{requests}</QBXMLMsgsRq></QBXML>'
    )


@pytest.fixture(name="message")
def _message() -> Callable[..., str]:
    return message


@pytest.fixture
def books() -> Books:
    """Smith, Smith:Kitchen, Café & Co (inactive); P1…P5 of one job on five days, one payment of the parent."""
    books = Books()
    smith = books.add_customer("Smith").list_id
    books.add_customer("Kitchen", smith)
    books.add_customer("Café & Co", active=False)
    invoice = books.add_invoice("Smith:Kitchen", Decimal(100), ref_number="71")
    for number in range(1, 6):
        books.now += timedelta(days=1)
        books.receive_payment("Smith:Kitchen", Decimal(number), ref_number=f"P{number}", method="Check")
    books.receive_payment("Smith", Decimal(60), {invoice.txn_id: Decimal(40)}, memo="half & half")
    books.register(OWNER, "{F11E}")
    return books


@pytest.fixture
def ask(books, message):
    """Sends the requests in one message; the answer's ``…Rs`` elements."""
    processor = RequestProcessor(books)

    def ask(requests: str, **envelope: str) -> list[etree._Element]:
        text = processor.process(message(requests, **envelope))
        assert text.startswith('<?xml version="1.0" ?>')
        return list(etree.fromstring(text)[0])

    ask.processor = processor
    return ask


@pytest.fixture
def vendor_wsdl() -> str:
    """Intuit's contract as it is copied around; its licence keeps it out of the repository."""
    default = Path(__file__).parents[3] / "shared" / "wsdl"
    path = Path(os.environ.get("QBWC_WSDL_DIR", default)) / "QBWebConnectorSvc.wsdl"
    if not path.exists():
        pytest.skip(f"no {path}")
    return path.read_text(encoding="utf-8")
