"""Each of millions of polls leaves memory as it found it, without waiting for Python's garbage collector."""

import gc

from lxml import etree
from soap.conftest import ENVELOPE, Recorder

from qbwc_bridge.soap.service import spyne_service

CALL = '<{} xmlns="http://developer.intuit.com/">{}</{}>'
POLL = [
    CALL.format(name, inside, name)
    for name, inside in (
        ("serverVersion", ""),
        ("clientVersion", "<strVersion>34.0</strVersion>"),
        ("authenticate", "<strUserName>acme</strUserName><strPassword>a</strPassword>"),
        ("closeConnection", "<ticket>T</ticket>"),
    )
]


def test_a_poll_leaves_no_circles() -> None:
    answer = spyne_service(Recorder())

    def poll() -> None:
        for call in POLL:
            assert b"Result>" in answer(etree.fromstring(ENVELOPE.format(call).encode()), "127.0.0.1")

    poll()
    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            poll()
        assert gc.collect() == 0
    finally:
        gc.enable()
