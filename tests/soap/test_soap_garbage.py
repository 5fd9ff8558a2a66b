"""Each of millions of polls leaves memory as it found it, without waiting for Python's garbage collector."""

import gc
from collections.abc import Callable

import pytest
from lxml import etree
from soap.conftest import ENVELOPE, Recorder

from qbwc_bridge.soap.service import spyne_service

Answer = Callable[[etree._Element, str], bytes]
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


class _Broken(Recorder):
    def get_last_error(self, ticket: str) -> str:
        return str(1 / 0)  # an error of its own each time


def _poll(answer: Answer) -> None:
    for call in POLL:
        assert b"Result>" in answer(_envelope(call), "127.0.0.1")


def _broken(answer: Answer) -> None:
    with pytest.raises(ZeroDivisionError):
        answer(_envelope(CALL.format("getLastError", "<ticket>T</ticket>", "getLastError")), "127.0.0.1")


def _envelope(call: str) -> etree._Element:
    return etree.fromstring(ENVELOPE.format(call).encode())


@pytest.mark.parametrize("ask", [_poll, _broken])
def test_a_call_leaves_no_circles(ask: Callable[[Answer], None]) -> None:
    answer = spyne_service(_Broken())
    ask(answer)
    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            ask(answer)
        assert gc.collect() == 0
    finally:
        gc.enable()
