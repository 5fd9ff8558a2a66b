"""Our WSDL says what the vendor's says, and foreign clients made from either can talk to us."""

import pytest
import zeep
from lxml import etree

from qbwc_bridge.soap.wsdl import wsdl

TNS = "http://developer.intuit.com/"
N = {
    "w": "http://schemas.xmlsoap.org/wsdl/",
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "s": "http://www.w3.org/2001/XMLSchema",
}
INTERACTIVE = {"getInteractiveURL", "interactiveDone", "interactiveRejected"}


def meaning(document):
    """What a WSDL says, without prefixes, order or white space."""
    root = etree.fromstring(document)
    schema = root.find("w:types/s:schema", N)
    (service,) = root.findall("w:service", N)
    (port,) = service.findall("w:port", N)
    (binding,) = root.findall("w:binding", N)
    (port_type,) = root.findall("w:portType", N)
    return {
        "namespaces": (root.get("targetNamespace"), schema.get("targetNamespace"), schema.get("elementFormDefault")),
        "service": (service.get("name"), port.get("name"), named(port, "binding")),
        "binding": (binding.get("name"), named(binding, "type"), dict(binding.find("soap:binding", N).attrib)),
        "portType": port_type.get("name"),
        "elements": {element.get("name"): members(element) for element in schema.findall("s:element", N)},
        "types": {kind.get("name"): members(kind) for kind in schema.findall("s:complexType", N)},
        "messages": {
            message.get("name"): [(part.get("name"), named(part, "element")) for part in message]
            for message in root.findall("w:message", N)
        },
        "operations": {
            operation.get("name"): {child.tag: named(child, "message") for child in operation}
            for operation in port_type.findall("w:operation", N)
        },
        "bound": {
            operation.get("name"): [(e.tag, dict(e.attrib)) for e in operation.iter() if e is not operation]
            for operation in binding.findall("w:operation", N)
        },
    }


def named(element, attribute):
    prefix, _, name = element.get(attribute).rpartition(":")
    return f"{{{element.nsmap[prefix or None]}}}{name}"


def members(element):
    return [
        {**member.attrib, "type": named(member, "type")}
        for member in element.iter(f"{{{N['s']}}}element")
        if member is not element
    ]


def test_it_means_what_the_reference_means(reference_wsdl):
    reference = meaning(reference_wsdl.read_bytes())
    ours = meaning(wsdl("https://books.example.com/qbwc"))
    assert reference["elements"].pop("serverVersion")[0]["name"] == "strVersion"
    assert ours["elements"].pop("serverVersion") == []
    for operation in INTERACTIVE:
        assert ours["operations"].pop(operation)
        assert ours["bound"].pop(operation)
        for suffix in ("", "Response"):
            assert ours["elements"].pop(operation + suffix)
        for suffix in ("SoapIn", "SoapOut"):
            assert ours["messages"].pop(operation + suffix)
    assert ours == reference


def test_the_address_is_the_configured_one(door):
    assert b'location="https://a.example/x?a&amp;b"' in wsdl("https://a.example/x?a&b")
    assert b'location="http://127.0.0.1/qbwc"' in door.request("GET", "/qbwc?wsdl", Host="evil.example").body


@pytest.fixture(params=["the reference", "ours, as served"])
def client(request, door, tmp_path):
    if request.param == "ours, as served":
        source = door.request("GET", "/qbwc?wsdl").body
    else:
        source = request.getfixturevalue("reference_wsdl").read_bytes()
    file = tmp_path / "service.wsdl"
    file.write_bytes(source)
    with zeep.Client(str(file), settings=zeep.Settings(strict=True)) as made:
        yield made.create_service(f"{{{TNS}}}QBWebConnectorSvcSoap", door.url)


def test_a_whole_conversation_with_a_foreign_client(door, client):
    answers = door.conversation.answers
    assert client.serverVersion() == "qbwc-bridge"
    assert client.clientVersion("2.3.0.215") is None
    assert client.authenticate("bridge", "päss & <word>") == ["T", None]
    answers["send_request_xml"] = '<?xml version="1.0"?><QBXML>&amp; ]]> Zoë</QBXML>'
    assert client.sendRequestXML("T", "<HCP/>", "C:\\A.QBW", "US", 16, 0) == answers["send_request_xml"]
    assert client.receiveResponseXML("T", "<QBXML>&amp; ]]> Zoë</QBXML>", "", "") == 50
    answers["receive_response_xml"] = -1
    assert client.receiveResponseXML("T", "", "0x80040400", "No.") == -1
    assert client.getLastError("T") == "All is well."
    assert client.connectionError("T", "0x80040408", "Could not start QuickBooks.") == "done"
    assert client.closeConnection("T") == "OK"
    assert door.conversation.calls == [
        ("server_version",),
        ("client_version", "2.3.0.215"),
        ("authenticate", "bridge", "päss & <word>", "127.0.0.1"),
        ("send_request_xml", "T", "<HCP/>", "C:\\A.QBW", "US", 16, 0),
        ("receive_response_xml", "T", "<QBXML>&amp; ]]> Zoë</QBXML>", "", ""),
        ("receive_response_xml", "T", "", "0x80040400", "No."),
        ("get_last_error", "T"),
        ("connection_error", "T", "0x80040408", "Could not start QuickBooks."),
        ("close_connection", "T"),
    ]


def test_the_interactive_three_from_our_wsdl(door, tmp_path):
    file = tmp_path / "service.wsdl"
    file.write_bytes(wsdl(door.url))
    with zeep.Client(str(file)) as client:
        assert client.service.getInteractiveURL("T", "S") is None
        assert client.service.interactiveDone("T") == "Done"
        assert client.service.interactiveRejected("T", "no") is None


def test_a_fault_reaches_a_foreign_client_with_its_sentence(door, client):
    door.conversation.answers["get_last_error"] = RuntimeError("no")
    with pytest.raises(zeep.exceptions.Fault, match="Internal Error"):
        client.getLastError("T")
