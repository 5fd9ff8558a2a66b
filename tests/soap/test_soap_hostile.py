"""Whatever is posted, the answer is a fault with a sentence; Spyne, the conversation and the log never see the request."""

import logging

import pytest

TNS = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SECRET = "s3cret-p4ssword"
CALL = f'<getLastError xmlns="{TNS}"><ticket>{SECRET}</ticket></getLastError>'
UTF8 = "text/xml; charset=utf-8"


def envelope(content=CALL, before="", namespace=SOAP, attributes=""):
    return f'{before}<s:Envelope xmlns:s="{namespace}"{attributes}><s:Body>{content}</s:Body></s:Envelope>'


def parameter(content):
    return envelope(f'<getLastError xmlns="{TNS}"><ticket>{SECRET}{content}</ticket></getLastError>')


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
MANY_ATTRIBUTES = "".join(f' a{n}="{n}"' for n in range(3_000))

BODIES = {
    # what: (body, Content-Type, a part of the sentence)
    "nothing": (b"", UTF8, "has no body"),
    "text": (SECRET.encode(), UTF8, "not well-formed"),
    "spaces": (b"  \n ", UTF8, "not well-formed"),
    "zeros": (b"\0" * 1000, UTF8, "not well-formed"),
    "json": (b'{"password": "s3cret-p4ssword"}', "application/json", "not well-formed"),
    "a form": (b"password=s3cret-p4ssword", "application/x-www-form-urlencoded", "not well-formed"),
    "a blank line first": (envelope(before='\n<?xml version="1.0"?>').encode(), UTF8, "not well-formed"),
    "cut in text": (envelope().encode()[:-40], UTF8, "not well-formed"),
    "cut in a tag": (envelope().encode()[:-3], UTF8, "not well-formed"),
    "cut in a comment": (b"<!-- " + envelope().encode(), UTF8, "not well-formed"),
    "cut in CDATA": (parameter("<![CDATA[").encode(), UTF8, "not well-formed"),
    "another document after it": (envelope().encode() * 2, UTF8, "not well-formed"),
    "a lone ampersand": (parameter(" & ").encode(), UTF8, "not well-formed"),
    "an unknown entity": (parameter("&nbsp;").encode(), UTF8, "not well-formed"),
    "a control character": (parameter("\x01").encode(), UTF8, "not well-formed"),
    "a reference to a control character": (parameter("&#1;").encode(), UTF8, "not well-formed"),
    "gzip": (b"\x1f\x8b\x08\0" + SECRET.encode(), UTF8, "not well-formed"),
    "DOCTYPE": (envelope(before="<!DOCTYPE a>").encode(), UTF8, "DOCTYPE"),
    "DOCTYPE with entities": (envelope(before=LAUGHS).encode(), UTF8, "DOCTYPE"),
    "DOCTYPE with entities in an attribute": (
        envelope(before=LAUGHS, attributes=' x="&b;"').encode(),
        UTF8,
        "DOCTYPE",
    ),
    "DOCTYPE of an external file": (
        envelope(before='<!DOCTYPE a SYSTEM "file:///etc/passwd">').encode(),
        UTF8,
        "DOCTYPE",
    ),
    "DOCTYPE after a comment": (
        envelope(before='<?xml version="1.0"?><!-- > --><!DOCTYPE a>').encode(),
        UTF8,
        "DOCTYPE",
    ),
    "DOCTYPE after CDATA-like text": (envelope(before="<?a <![CDATA[ ?><!DOCTYPE a>").encode(), UTF8, "DOCTYPE"),
    "DOCTYPE in lower case": (envelope(before="<!doctype a>").encode(), UTF8, "DOCTYPE"),
    "DOCTYPE in UTF-16": (envelope(before=LAUGHS).encode("utf-16"), "text/xml", "DOCTYPE"),
    "DOCTYPE in UTF-16, named": (envelope(before=LAUGHS).encode("utf-16-be"), "text/xml; charset=utf-16be", "DOCTYPE"),
    "DOCTYPE in Latin-1": (envelope(before="<!DOCTYPE ä>").encode("latin-1"), "text/xml;charset=iso-8859-1", "DOCTYPE"),
    "DOCTYPE in UTF-7": (
        b'<?xml version="1.0" encoding="utf-7"?>' + envelope(before="+ADwAIQ-DOCTYPE a>").encode(),
        "text/xml",
        "charset",
    ),
    "an unknown charset": (envelope().encode(), "text/xml; charset=klingon", "charset"),
    "a charset that is a codec of another kind": (envelope().encode(), "text/xml; charset=zip", "charset"),
    "a charset with a NUL": (envelope().encode(), "text/xml; charset=utf-8%00", "charset"),
    "an unknown charset in the declaration": (
        envelope(before='<?xml version="1.0" encoding="klingon"?>').encode(),
        "text/xml",
        "charset",
    ),
    "UTF-32": (envelope().encode("utf-32"), UTF8, "not well-formed"),
    "bytes that are no UTF-8": (parameter("\xff").encode("latin-1"), UTF8, "not well-formed"),
    "half of a UTF-16 character": (envelope().encode("utf-16")[:-1], "text/xml; charset=utf-16", "charset"),
    "declared as UTF-16": (envelope(before='<?xml version="1.0" encoding="utf-16"?>').encode(), "text/xml", "charset"),
    "deep": (envelope("<a>" * 5_000 + "</a>" * 5_000).encode(), UTF8, "too many or too large"),
    "wide": (envelope("<a/>" * 100_000).encode(), UTF8, "too many or too large"),
    "many comments": (envelope("<!---->" * 100_000).encode(), UTF8, "too many or too large"),
    "many attributes": (envelope(attributes=MANY_ATTRIBUTES).encode(), UTF8, "too many or too large"),
    "an endless tag": (b"<a" + b" " * 1_000_000, UTF8, "too many or too large"),
    "an endless name": (b"<" + b"a" * 1_000_000 + b">", UTF8, "too many or too large"),
    "the same attribute twice": (envelope(attributes=' a="1" a="2"').encode(), UTF8, "not well-formed"),
    "qbXML as elements": (parameter("<QBXML><a/></QBXML>").encode(), UTF8, "escaped"),
    "a parameter twice": (
        envelope(f'<getLastError xmlns="{TNS}"><ticket>a</ticket><ticket>b</ticket></getLastError>').encode(),
        UTF8,
        "twice",
    ),
    "HTML": (b"<html><body>s3cret-p4ssword</body></html>", "text/html", "not a SOAP 1.1"),
    "no namespace": (b"<Envelope><Body/></Envelope>", UTF8, "not a SOAP 1.1"),
    "SOAP 1.2": (
        envelope(namespace="http://www.w3.org/2003/05/soap-envelope").encode(),
        "application/soap+xml",
        "SOAP 1.2",
    ),
    "an empty body": (envelope("").encode(), UTF8, "exactly one call"),
    "text in the body": (envelope(SECRET).encode(), UTF8, "exactly one call"),
    "no SOAP body": (f'<s:Envelope xmlns:s="{SOAP}"/>'.encode(), UTF8, "exactly one call"),
    "two SOAP bodies": (envelope(f"{CALL}</s:Body><s:Body>{CALL}").encode(), UTF8, "exactly one call"),
    "two calls": (envelope(CALL * 2).encode(), UTF8, "exactly one call"),
    "a fault": (envelope("<s:Fault><faultcode/></s:Fault>").encode(), UTF8, "namespace"),
    "a call without namespace": (envelope("<getLastError/>").encode(), UTF8, "namespace"),
    "a namespace without its slash": (envelope(CALL.replace("com/", "com")).encode(), UTF8, "namespace"),
    "another namespace": (envelope(CALL.replace(TNS, "urn:a")).encode(), UTF8, "namespace"),
    "an unknown operation": (envelope(CALL.replace("getLastError", SECRET)).encode(), UTF8, "no operation"),
    "an operation in other case": (envelope(CALL.replace("getLast", "GetLast")).encode(), UTF8, "no operation"),
    "an answer": (envelope(CALL.replace("getLastError", "getLastErrorResponse")).encode(), UTF8, "no operation"),
}


@pytest.mark.parametrize(("body", "content_type", "sentence"), BODIES.values(), ids=BODIES)
def test_refused_with_a_sentence(door, caplog, body, content_type, sentence):
    caplog.set_level(logging.DEBUG)
    reply = door.post(body, content_type)
    assert (reply.status, reply.headers["content-type"]) == (500, UTF8)
    assert sentence in reply.fault
    assert SECRET.encode() not in reply.body
    assert door.conversation.calls == []
    assert [record.name for record in caplog.records] == ["qbwc_bridge.soap"]
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "content",
    [
        "&lt;!DOCTYPE a&gt;",
        "<![CDATA[<!DOCTYPE a [<!ENTITY b 'c'>]>]]>",
        "<!-- <!DOCTYPE a> -->",
        "<?a <!DOCTYPE a> ?>",
    ],
    ids=["escaped", "CDATA", "comment", "processing instruction"],
)
def test_text_about_a_doctype_is_no_doctype(door, content):
    assert door.post(parameter(content).encode()).status == 200


def test_hrefs_are_plain_attributes(door):
    """Spyne resolves SOAP encoding's href, and can be made to copy a text again and again with it."""
    content = f'<getLastError xmlns="{TNS}"><ticket id="a">t</ticket><more href="#a"/><again href="#b"/></getLastError>'
    assert door.post(envelope(content).encode()).status == 200
    assert door.conversation.calls == [("get_last_error", "t")]


def test_no_content_type_is_forgiven(door):
    assert door.request("POST", body=envelope().encode()).status == 200
