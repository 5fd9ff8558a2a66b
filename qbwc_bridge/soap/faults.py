"""Why a call was not answered, for the Web Connector as a SOAP fault.

In: a fixed sentence. Out: a fault's bytes. They never hold a word the caller sent.
"""

from xml.sax.saxutils import escape

CLIENT, SERVER, VERSION = "Client", "Server", "VersionMismatch"
"""SOAP 1.1, section 4.4.1: the call is at fault, the service is at fault, the envelope is of another SOAP."""

INTERNAL_ERROR = "Internal Error. The service's log says where. Nothing was lost; the next update tries again."

_FAULT = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
    "<faultcode>soap:{code}</faultcode><faultstring>{sentence}</faultstring>"
    "</soap:Fault></soap:Body></soap:Envelope>"
)


class RefusedError(Exception):
    """A request that is no call of the contract. ``sentence`` is fixed text that says what to do about it."""

    def __init__(self, sentence: str, code: str = CLIENT) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


def fault(sentence: str, code: str) -> bytes:
    """The whole answer body."""
    return _FAULT.format(code=code, sentence=escape(sentence)).encode()
