"""The thin guard in front of Spyne: HTTP, sizes, and a static fault for everything that goes wrong.

In: a WSGI request to ``/qbwc``. Out: always an answer the Web Connector or a person can read, and never an exception.
It looks at no parameter, and nothing of a request gets into a fault or a log line.

A fault goes out with HTTP 500, as SOAP 1.1 section 6.2 demands: the Web Connector shows the sentence of a fault only
then, and "HTTP status 413" otherwise.
"""

import io
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from lxml import etree

from qbwc_bridge.config.logs import described
from qbwc_bridge.soap import envelope
from qbwc_bridge.soap.conversation import Conversation
from qbwc_bridge.soap.faults import CLIENT, INTERNAL_ERROR, SERVER, RefusedError, fault
from qbwc_bridge.soap.service import spyne_service
from qbwc_bridge.soap.wsdl import wsdl

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/qbwc"
BLOCK = 262_144

_OK, _NOT_ALLOWED, _FAILED = "200 OK", "405 Method Not Allowed", "500 Internal Server Error"
_XML, _TEXT = "text/xml; charset=utf-8", "text/plain; charset=utf-8"
_GREETING = b"This is the address of the QuickBooks Web Connector service. Its WSDL is at this address with ?wsdl.\n"
_POST_ONLY = "This address answers GET, HEAD and the QuickBooks Web Connector's POST only."
_TOO_LARGE = (
    "The request is larger than this service accepts. Lower [sync] page_size, or raise [sync] max_response_mb, "
    "in the service's configuration."
)
_BAD_LENGTH = "The request's Content-Length is not a number."
_CUT_SHORT = "The request ended before its Content-Length. Check the network and run the update again."
_TOO_SLOW = "The request came too slowly to be waited for. Check the network and run the update again."

log = logging.getLogger("qbwc_bridge.soap")


def soap_application(conversation: Conversation, public_url: str, max_body_bytes: int) -> "WSGIApplication":
    """The service at ``/qbwc``. ``public_url`` is the site's address, without that path; a body is limited in bytes."""
    description = wsdl(public_url.rstrip("/") + PATH)
    service = spyne_service(conversation)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        method = environ.get("REQUEST_METHOD", "")
        if method == "POST":
            return _answer_call(service, max_body_bytes, environ, start_response)
        if method not in ("GET", "HEAD"):
            return _send(start_response, _NOT_ALLOWED, _XML, fault(_POST_ONLY, CLIENT), ("Allow", "GET, HEAD, POST"))
        is_wsdl = environ.get("QUERY_STRING", "").partition("=")[0].lower() == "wsdl"
        body = _send(start_response, _OK, *((_XML, description) if is_wsdl else (_TEXT, _GREETING)))
        return [] if method == "HEAD" else body

    return answer


def _answer_call(
    answer: Callable[[etree._Element, str], bytes],
    limit: int,
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
) -> Iterable[bytes]:
    body = _Body(environ)
    try:
        address = environ.get("REMOTE_ADDR") or ""
        status, content = _OK, answer(envelope.read(body.read(limit), environ.get("CONTENT_TYPE", "")), address)
    except RefusedError as refused:
        log.warning("Refused a call of %d bytes: %s", body.size, refused.sentence)
        status, content = _FAILED, fault(refused.sentence, refused.code)
    except Exception as error:
        log.error("A call failed: %s", described(error))
        status, content = _FAILED, fault(INTERNAL_ERROR, SERVER)
    closing = () if body.is_read else (("Connection", "close"),)
    return _send(start_response, status, _XML, content, *closing)


class _Body:
    """The bytes of a POST, read once. ``size`` is what was read, ``is_read`` whether that was all."""

    def __init__(self, environ: "WSGIEnvironment") -> None:
        self._environ = environ
        self.size = 0
        self.is_read = False

    def read(self, limit: int) -> bytes:
        """All of it. Raises RefusedError: before reading if it says that it is too large, else on the first byte too many."""
        length = self._length(limit)
        buffer = io.BytesIO()
        while self.size < length and (block := self._block(min(BLOCK, length - self.size))):
            self.size += buffer.write(block)
            if self.size > limit:
                raise RefusedError(_TOO_LARGE)
        if "CONTENT_LENGTH" in self._environ and self.size < length:
            raise RefusedError(_CUT_SHORT)
        self.is_read = True
        return buffer.getvalue()

    def _block(self, size: int) -> bytes:
        try:
            block: bytes = self._environ["wsgi.input"].read(size)
        except TimeoutError:  # the server's patience with this client is at its end
            raise RefusedError(_TOO_SLOW) from None
        return block

    def _length(self, limit: int) -> int:
        """Bytes to read at most: the Content-Length, or one more than allowed of a chunked body, which has none."""
        stated = self._environ.get("CONTENT_LENGTH", "")
        if not stated:
            return limit + 1 if self._environ.get("wsgi.input_terminated") else 0
        if not (stated.isascii() and stated.isdigit()):
            raise RefusedError(_BAD_LENGTH)
        if len(stated) > 15 or int(stated) > limit:
            raise RefusedError(_TOO_LARGE)
        return int(stated)


def _send(start_response: "StartResponse", status: str, kind: str, body: bytes, *more: tuple[str, str]) -> list[bytes]:
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body))), *more])
    return [body]
