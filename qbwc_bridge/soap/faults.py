"""Why a call was not answered: for the Web Connector as a SOAP fault, for the log without anything from the request.

In: a fixed sentence, or an exception. Out: a fault's bytes, or a description of the exception. Neither ever holds a word
the caller sent: not in the fault, and not in the log, since an exception's own text may quote what it choked on.
"""

import traceback
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


def described(error: BaseException) -> str:
    """Types and tracebacks of an exception and of what led to it, without their texts."""
    links: list[str] = []
    link: BaseException | None = error
    while link and len(links) < 10:
        where = "".join(traceback.format_tb(link.__traceback__))
        links.append(f"{type(link).__module__}.{type(link).__qualname__}\n{where}")
        link = link.__cause__ or link.__context__
    return "caused by ".join(links)
