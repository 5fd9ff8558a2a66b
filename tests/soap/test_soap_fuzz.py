"""Random damage to valid calls: whatever arrives, the answer is an envelope and nothing escapes."""

import io
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from qbwc_bridge.soap import soap_application

ENVELOPE = (
    b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    b'<receiveResponseXML xmlns="http://developer.intuit.com/"><ticket>t</ticket><response>&lt;QBXML/&gt;</response>'
    b"<hresult/><message/></receiveResponseXML></soap:Body></soap:Envelope>"
)
PIECES = [
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<![CDATA[",
    b"<!DOCTYPE x>",
    b"&x;",
    b"<!--",
    b"-->",
    b"\x00",
    b"\xff",
    b"xmlns=''",
    b"<?x?>",
]
DAMAGE = st.lists(st.tuples(st.integers(0, len(ENVELOPE)), st.integers(0, 12), st.sampled_from(PIECES)), max_size=4)


class Quiet:
    """A conversation that answers."""

    def __getattr__(self, name: str) -> Any:
        results = {"receive_response_xml": 0, "authenticate": ["", "nvu"]}
        return lambda *arguments, **options: results.get(name, "")


def answered(body: bytes, content_type: str = "text/xml; charset=utf-8") -> tuple[str, bytes]:
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/qbwc", "QUERY_STRING": "", "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
    }  # fmt: skip
    answer = b"".join(APPLICATION(environ, lambda status, headers, exc=None: statuses.append(status)))
    return statuses[0], answer


APPLICATION: Any = soap_application(Quiet(), "http://localhost", 1_000_000)  # type: ignore[arg-type]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    damage=DAMAGE, content_type=st.sampled_from(["text/xml; charset=utf-8", "text/xml", "text/xml; charset=utf-16", ""])
)
@example(damage=[], content_type="text/xml; charset=utf-8")
def test_damaged_calls_get_an_envelope(damage: list[tuple[int, int, bytes]], content_type: str) -> None:
    body = ENVELOPE
    for place, cut, piece in damage:
        body = body[:place] + piece + body[place + cut :]
    status, answer = answered(body, content_type)
    assert status[:3] in {"200", "500"}
    assert etree.fromstring(answer).tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    assert (status[:3] == "200") == (b"Fault" not in answer)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes_get_a_fault(body: bytes) -> None:
    status, answer = answered(body)
    assert status[:3] == "500"
    assert b"<faultstring>" in answer
