"""The messages of the Web Connector, byte for byte as it sends them, and what a strict client finds in the answers."""

import http.client

import pytest
from lxml import etree

TNS = "http://developer.intuit.com/"
X = f'xmlns="{TNS}"'
TICKET = "6b0c4e52-0000-4000-8000-1234567890ab"
HCP = '<?xml version="1.0" ?>\n<QBXML><QBXMLMsgsRs><HostQueryRs requestID="0" statusCode="0"/></QBXMLMsgsRs></QBXML>'
HCP_ON_THE_WIRE = HCP.replace("<", "&lt;").replace(">", "&gt;")
SEND = (
    "<sendRequestXML {}><ticket>{}</ticket><strHCPResponse>{}</strHCPResponse><strCompanyFileName>{}</strCompanyFileName>"
    "<qbXMLCountry>{}</qbXMLCountry><qbXMLMajorVers>{}</qbXMLMajorVers><qbXMLMinorVers>{}</qbXMLMinorVers></sendRequestXML>"
)
ENVELOPE_1 = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
FILE = "C:\\Books\\Acme.QBW"
HRESULT = "QuickBooks found an error when parsing the provided XML text stream."

CALLS = [
    (f"<serverVersion {X} />", ("server_version",), "qbwc-bridge"),
    (
        f"<clientVersion {X}><strVersion>2.3.0.215</strVersion></clientVersion>",
        ("client_version", "2.3.0.215"),
        "",
    ),
    (
        f"<authenticate {X}><strUserName>bridge</strUserName><strPassword>pass</strPassword></authenticate>",
        ("authenticate", "bridge", "pass", "127.0.0.1"),
        ["T", ""],
    ),
    (
        SEND.format(X, TICKET, HCP_ON_THE_WIRE, FILE, "US", 16, 0),
        ("send_request_xml", TICKET, HCP, FILE, "US", 16, 0),
        "<QBXML/>",
    ),
    (
        f"<receiveResponseXML {X}><ticket>{TICKET}</ticket><response>{HCP_ON_THE_WIRE}</response><hresult />"
        "<message /></receiveResponseXML>",
        ("receive_response_xml", TICKET, HCP, "", ""),
        "50",
    ),
    (
        f"<receiveResponseXML {X}><ticket>{TICKET}</ticket><response /><hresult>0x80040400</hresult>"
        f"<message>{HRESULT}</message></receiveResponseXML>",
        ("receive_response_xml", TICKET, "", "0x80040400", HRESULT),
        "50",
    ),
    (
        f"<connectionError {X}><ticket>{TICKET}</ticket><hresult>0x80040408</hresult>"
        "<message>Could not start QuickBooks.</message></connectionError>",
        ("connection_error", TICKET, "0x80040408", "Could not start QuickBooks."),
        "done",
    ),
    (f"<getLastError {X}><ticket>{TICKET}</ticket></getLastError>", ("get_last_error", TICKET), "All is well."),
    (f"<closeConnection {X}><ticket>{TICKET}</ticket></closeConnection>", ("close_connection", TICKET), "OK"),
    (f"<getInteractiveURL {X}><wcTicket>t</wcTicket><sessionID>s</sessionID></getInteractiveURL>", None, ""),
    (f"<interactiveDone {X}><wcTicket>t</wcTicket></interactiveDone>", None, "Done"),
    (f"<interactiveRejected {X}><wcTicket>t</wcTicket><reason>no</reason></interactiveRejected>", None, ""),
]


@pytest.mark.parametrize(("call", "asked", "answered"), CALLS, ids=[c.split()[0][1:] for c, _, _ in CALLS])
def test_a_call_as_the_web_connector_sends_it(door, call, asked, answered):
    reply = door.call(call)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert "content-encoding" not in reply.headers
    assert reply.body.startswith(b"<?xml")
    assert reply.result == answered
    assert door.conversation.calls == ([asked] if asked else [])


@pytest.mark.parametrize("operation", [c.split()[0][1:] for c, _, _ in CALLS])
def test_names_in_the_answer_are_the_contracts(door, operation):
    envelope = etree.fromstring(door.call(f"<{operation} {X} />").body)
    assert envelope.tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    (body,) = envelope
    assert [element.tag for element in body.iter()][1:3] == [
        f"{{{TNS}}}{operation}Response",
        f"{{{TNS}}}{operation}Result",
    ]


def test_authenticate_answers_qualified_strings_the_empty_second_one_too(door):
    envelope = etree.fromstring(door.call(f"<authenticate {X}/>").body)
    items = envelope.findall(f".//{{{TNS}}}authenticateResult/*")
    assert [(item.tag, item.text) for item in items] == [(f"{{{TNS}}}string", "T"), (f"{{{TNS}}}string", None)]
    assert not any(item.attrib for item in items)


NOTHINGS = {"empty": "<{0} />", "nil": '<{0} xsi:nil="true" />', "open and closed": "<{0}></{0}>", "absent": ""}


@pytest.mark.parametrize("nothing", NOTHINGS.values(), ids=NOTHINGS)
def test_every_kind_of_nothing_is_the_same(door, nothing):
    names = ("ticket", "strHCPResponse", "strCompanyFileName", "qbXMLCountry", "qbXMLMajorVers", "qbXMLMinorVers")
    assert door.call(f"<sendRequestXML {X}>{''.join(map(nothing.format, names))}</sendRequestXML>").status == 200
    names = ("ticket", "response", "hresult", "message")
    assert (
        door.call(f"<receiveResponseXML {X}>{''.join(map(nothing.format, names))}</receiveResponseXML>").status == 200
    )
    assert door.conversation.calls == [
        ("send_request_xml", "", "", "", "", 0, 0),
        ("receive_response_xml", "", "", "", ""),
    ]


@pytest.mark.parametrize(
    ("number", "read"),
    [("16", 16), (" 16\n", 16), ("", 0), ("13.0", 0), ("x", 0), ("9" * 5000, 0), ("٣", 0), ("-1", 0)],
)
def test_a_version_that_is_no_number_is_0(door, number, read):
    assert door.call(SEND.format(X, "t", "", "", "", number, number)).status == 200
    assert door.conversation.calls[0][-2:] == (read, read)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            '<q1:authenticate xmlns:q1="http://developer.intuit.com/" '
            'soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><strUserName xsi:type="xsd:string">bridge'
            '</strUserName><strPassword xsi:type="xsd:string">pass</strPassword></q1:authenticate>',
            id="rpc style",
        ),
        pytest.param(
            f"<authenticate {X}><strPassword>pass</strPassword><strUserName>bridge</strUserName></authenticate>",
            id="another order",
        ),
        pytest.param(
            f"<authenticate {X}><strUserName>bri<!-- a comment -->dge</strUserName><more>x</more>"
            "<strPassword><![CDATA[pa]]>ss</strPassword></authenticate>",
            id="comment, CDATA and an unknown element",
        ),
        pytest.param(
            f"<authenticate {X}><strUserName>bridge</strUserName><strPassword>&#112;ass</strPassword></authenticate>"
            "<!-- after --> <?pi after?>",
            id="character reference, processing instruction",
        ),
    ],
)
def test_other_ways_to_write_a_call(door, body):
    assert door.call(body).result == ["T", ""]
    assert door.conversation.calls == [("authenticate", "bridge", "pass", "127.0.0.1")]


def test_server_version_with_the_parameter_that_copied_wsdls_give_it(door):
    assert door.call(f"<serverVersion {X}><strVersion>1</strVersion></serverVersion>").result == "qbwc-bridge"


def test_a_header_is_passed_over(door):
    header = '<s:Header><a:b xmlns:a="urn:a"><a:c/></a:b></s:Header><s:Body>'
    body = ENVELOPE_1.format(f"<getLastError {X}/>").replace("<s:Body>", header)
    assert door.post(body.encode()).result == "All is well."


@pytest.mark.parametrize(
    ("content_type", "codec"),
    [
        ("text/xml; charset=utf-8", "utf-8"),
        ('text/xml; charset="UTF-8"', "utf-8-sig"),
        ("text/xml", "utf-8"),
        ("text/xml; charset=utf-16", "utf-16"),
        ("text/xml", "utf-16"),
        ("text/xml; charset=ISO-8859-1", "iso-8859-1"),
        ("application/xml; charset=windows-1252", "cp1252"),
    ],
)
def test_charsets(door, content_type, codec):
    call = f"<getLastError {X}><ticket>Zoë</ticket></getLastError>"
    assert door.post(ENVELOPE_1.format(call).encode(codec), content_type).status == 200
    assert door.conversation.calls == [("get_last_error", "Zoë")]


@pytest.mark.parametrize("declared", ["iso-8859-1", "utf-8"])
def test_the_xml_declaration_names_the_charset_if_the_header_does_not(door, declared):
    call = f"<getLastError {X}><ticket>Zoë</ticket></getLastError>"
    body = f'<?xml version="1.0" encoding="{declared}"?>' + ENVELOPE_1.format(call)
    assert door.post(body.encode(declared), "text/xml").status == 200
    assert door.conversation.calls == [("get_last_error", "Zoë")]


TEXTS = ["a & b &amp; c", "x ]]> y", "<!DOCTYPE a>", "Zoë, 東京, 🏗, \u00a0", "tab\tand\nnew line", "  spaces  "]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_survive_both_ways(door, text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    door.conversation.answers["get_last_error"] = text
    assert door.call(f"<getLastError {X}><ticket>{escaped}</ticket></getLastError>").result == text
    assert door.conversation.calls == [("get_last_error", text)]


def test_a_carriage_return_in_an_answer_survives(door):
    door.conversation.answers["get_last_error"] = "a\r\nb"
    assert door.call(f"<getLastError {X}/>").result == "a\r\nb"


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_carry_is_replaced_in_answers(door, bad):
    door.conversation.answers.update(get_last_error=f"a{bad}b", authenticate=[f"a{bad}b", bad])
    assert door.call(f"<getLastError {X}/>").result == "a\ufffdb"
    assert door.call(f"<authenticate {X}/>").result == ["a\ufffdb", "\ufffd"]


@pytest.mark.parametrize(
    ("said", "sent"), [(0, "0"), (100, "100"), (101, "100"), (-1, "-1"), (-101, "-100"), (99.6, "99")]
)
def test_progress_is_a_whole_number_from_minus_100_to_100(door, said, sent):
    door.conversation.answers["receive_response_xml"] = said
    assert door.call(f"<receiveResponseXML {X}/>").result == sent


@pytest.mark.parametrize("wrong", [None, 5, ["T", None], ["T", 5]])
def test_an_answer_of_a_wrong_type_is_a_fault_and_not_an_empty_result(door, wrong):
    door.conversation.answers.update(authenticate=wrong, get_last_error=wrong)
    for operation in ("authenticate", "getLastError"):
        reply = door.call(f"<{operation} {X}/>")
        assert (reply.status, reply.fault[:14]) == (500, "Internal Error")


def test_many_calls_on_one_connection(door):
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    for number in range(3):
        body = ENVELOPE_1.format(f"<getLastError {X}><ticket>{number}</ticket></getLastError>").encode()
        connection.putrequest("POST", "/qbwc")
        for name, value in {"Content-Type": "text/xml", "Content-Length": len(body), "Expect": "100-continue"}.items():
            connection.putheader(name, str(value))
        connection.endheaders()
        connection.send(body)
        response = connection.getresponse()
        assert (response.status, response.will_close) == (200, False)
        response.read()
    connection.close()
    assert door.conversation.calls == [("get_last_error", str(number)) for number in range(3)]
