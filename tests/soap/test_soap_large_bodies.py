"""Responses of many megabytes: complete, quick, and in memory about once."""

import subprocess
import sys
import time

import pytest

X = 'xmlns="http://developer.intuit.com/"'
LINE = '<PaymentRet attribute="é">&amp; ]]&gt;</PaymentRet>\n'


def body_of(megabytes):
    """A receiveResponseXML of about that size on the wire, and the response that is in it."""
    line = LINE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    count = megabytes * 1_000_000 // len(line.encode())
    envelope = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
    call = f"<receiveResponseXML {X}><ticket>T</ticket><response>{{}}</response><hresult /><message /></receiveResponseXML>"
    return envelope.format(call).replace("{}", line * count).encode(), LINE * count


@pytest.mark.parametrize("megabytes", [3, 12, 40])
def test_a_large_response_arrives_complete(door, megabytes):
    body, response = body_of(megabytes)
    started = time.monotonic()
    assert door.post(body).result == "50"
    assert time.monotonic() - started < 10  # about 0.4 s for 40 MB; the Web Connector's own patience is 100 s
    ((_, _, got, *_),) = door.conversation.calls
    assert got == response


def test_a_large_response_in_cdata(door):
    text = "x" * 12_000_000
    call = f"<receiveResponseXML {X}><ticket>T</ticket><response><![CDATA[{text}]]></response></receiveResponseXML>"
    assert door.call(call).result == "50"
    assert door.conversation.calls == [("receive_response_xml", "T", text, "", "")]


def test_a_large_request_goes_out(door):
    door.conversation.answers["send_request_xml"] = LINE * 200_000
    assert door.call(f"<sendRequestXML {X}><ticket>T</ticket></sendRequestXML>").result == LINE * 200_000


MEASURE = """
import io, resource
from qbwc_bridge.soap import soap_application

class Conversation:
    def receive_response_xml(self, ticket, response, hresult, message):
        return len(response) // 1_000_000

class Body(io.RawIOBase):
    "40 MB that exist nowhere before they are read."
    head, line, tail = (part.encode() for part in {parts!r})
    count = 40_000_000 // len(line)
    pieces = None
    def read(self, size):
        self.pieces = self.pieces or iter([self.head, *[self.line * 1000] * (self.count // 1000), self.tail])
        return next(self.pieces, b"")

def post(application):
    length = len(Body.head) + len(Body.line) * 1000 * (Body.count // 1000) + len(Body.tail)
    environ = {{"REQUEST_METHOD": "POST", "CONTENT_TYPE": "text/xml", "CONTENT_LENGTH": str(length), "wsgi.input": Body()}}
    said = []
    answer = b"".join(application(environ, lambda status, headers: said.append(status)))
    assert said == ["200 OK"], answer

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
application = soap_application(Conversation(), "http://localhost", 60_000_000)
before = peak()
post(application)
first = peak()
for _ in range(5):
    post(application)
print(first - before, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in other units elsewhere")
def test_40_mb_need_little_more_than_twice_that_and_do_not_pile_up():
    head, tail = (part.decode() for part in body_of(0)[0].split(b"<response>"))
    parts = (f"{head}<response>", "&lt;PaymentRet&gt;1&lt;/PaymentRet&gt;\n", tail)
    run = subprocess.run(
        [sys.executable, "-c", MEASURE.format(parts=parts)], capture_output=True, text=True, check=True, timeout=60
    )
    first, sixth = map(int, run.stdout.split())
    assert first < 110
    assert sixth < first + 30
