"""Is this a call of the contract? Decided before Spyne sees it.

In: the bytes of a POST, from anybody. Out: the parsed SOAP 1.1 envelope with exactly one call of ours, whose parameters
are plain text; or :class:`RefusedError`. It knows neither HTTP nor Spyne, nor what the parameters say.

First the markup is looked through without a parser, so that nothing a parser could choke on reaches one: no DOCTYPE,
few tags, none of them long (a call has about ten; a body of 100 MB could hold 30 million). Both steps see UTF-8 whatever
was sent, so they cannot disagree about what is markup.
"""

import re
import threading
from typing import Any

from lxml import etree

from qbwc_bridge.soap.faults import VERSION, RefusedError
from qbwc_bridge.soap.operations import BY_NAME, NAMESPACE

_SOAP_11 = "{http://schemas.xmlsoap.org/soap/envelope/}"
_SOAP_12 = "{http://www.w3.org/2003/05/soap-envelope}"

MOST_MARKUP = 1_000
LONGEST_TAG = 16_384
SHORT = 65_536

_TAG = re.compile(rb"""<[^<>"']*+(?:"[^"<]*+"[^<>"']*+|'[^'<]*+'[^<>"']*+)*+>""")
_PASSAGES = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))
_DECLARED = re.compile(rb"""\A<\?xml[^>]{1,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*"?([^\s";]{1,40})""", re.IGNORECASE)
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8"))
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "iso-8859-1",
    "windows-1252": "windows-1252",
}

HARMLESS: Any = {
    "encoding": "utf-8", "resolve_entities": False, "no_network": True, "huge_tree": True, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip
_of_thread = threading.local()

_NO_BODY = "The request has no body. This address is for the QuickBooks Web Connector; add it there with the .qwc file."
_CHARSET_UNKNOWN = "The request's charset is not supported. Send the SOAP envelope as UTF-8."
_CHARSET_BROKEN = "The request's bytes do not fit its charset. Send the SOAP envelope as UTF-8."
_NOT_XML = (
    "The request is not well-formed XML. Send one SOAP 1.1 envelope; if it was cut on its way, check the network."
)
_DOCTYPE = "The request has a DOCTYPE. Document type declarations are not accepted; send the SOAP envelope without it."
_TOO_MUCH_MARKUP = (
    "The request has too many or too large XML elements. qbXML must be sent as escaped text, not as elements."
)
_NOT_SOAP = "The request is not a SOAP 1.1 envelope. This address speaks SOAP 1.1 with the QuickBooks Web Connector."
_IS_SOAP_12 = "The request is a SOAP 1.2 envelope. Use SOAP 1.1 (http://schemas.xmlsoap.org/soap/envelope/)."
_NOT_ONE_CALL = "The SOAP body must hold exactly one call, and the envelope exactly one body."
_OTHER_NAMESPACE = f"The call is not in the namespace {NAMESPACE} (with the slash at its end)."
_NO_SUCH_OPERATION = "The service has no operation of that name. Its WSDL, at this address with ?wsdl, lists them."
_NOT_TEXT = "A parameter holds XML elements or is given twice. qbXML must be sent as escaped text, in one element."


def read(body: bytes, content_type: str) -> etree._Element:
    """The envelope of a call. ``content_type`` is the header as it came. Raises RefusedError."""
    if not body:
        raise RefusedError(_NO_BODY)
    body = _as_utf8(body, content_type)
    _look_through(body)
    envelope = _parsed(body)
    _must_be_plain(_call(envelope))
    return envelope


def _as_utf8(body: bytes, content_type: str) -> bytes:
    """The same bytes if they are UTF-8 already, as the Web Connector's are: no copy of a large body."""
    charset = _CHARSETS.get(_charset(body, content_type).lower())
    if charset is None:
        raise RefusedError(_CHARSET_UNKNOWN)
    if charset == "utf-8":
        return body
    try:
        return body.decode(charset).encode()
    except UnicodeError:
        raise RefusedError(_CHARSET_BROKEN) from None


def _charset(body: bytes, content_type: str) -> str:
    """As RFC 7303 orders it: the byte order mark, the header, the XML declaration."""
    for mark, charset in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return charset
    if header := _CHARSET.search(content_type):
        return header[1]
    declared = _DECLARED.match(body[:200])
    return declared[1].decode() if declared else "utf-8"


def _look_through(body: bytes) -> None:
    """Every piece of markup once, from ``<`` to its end; text is jumped over."""
    pieces, at = 0, body.find(b"<")
    while at >= 0:
        pieces += 1
        if pieces > MOST_MARKUP:
            raise RefusedError(_TOO_MUCH_MARKUP)
        at = body.find(b"<", _end_of_markup(body, at))


def _end_of_markup(body: bytes, at: int) -> int:
    for opening, closing in _PASSAGES:
        if body.startswith(opening, at):
            end = body.find(closing, at + len(opening))
            if end < 0:
                raise RefusedError(_NOT_XML)
            return end + len(closing)
    if body.startswith(b"<!", at):
        raise RefusedError(_DOCTYPE)
    tag = _TAG.match(body, at, at + LONGEST_TAG)
    if tag is None:
        raise RefusedError(_TOO_MUCH_MARKUP if len(body) > at + LONGEST_TAG else _NOT_XML)
    return tag.end()


def _parsed(body: bytes) -> etree._Element:
    try:
        return etree.fromstring(body, _parser() if len(body) < SHORT else etree.XMLParser(**HARMLESS))
    except etree.XMLSyntaxError:  # its text quotes the request
        raise RefusedError(_NOT_XML) from None


def _parser() -> etree.XMLParser:
    """One for each thread: making it takes longer than parsing a short call. After a long one it would keep much memory."""
    if not hasattr(_of_thread, "parser"):
        _of_thread.parser = etree.XMLParser(**HARMLESS)
    parser: etree.XMLParser = _of_thread.parser
    return parser


def _call(envelope: etree._Element) -> etree._Element:
    if envelope.tag == f"{_SOAP_12}Envelope":
        raise RefusedError(_IS_SOAP_12, VERSION)
    if envelope.tag != f"{_SOAP_11}Envelope":
        raise RefusedError(_NOT_SOAP)
    bodies = envelope.findall(f"{_SOAP_11}Body")
    if len(bodies) != 1 or len(bodies[0]) != 1:
        raise RefusedError(_NOT_ONE_CALL)
    return bodies[0][0]


def _must_be_plain(call: etree._Element) -> None:
    name = etree.QName(call)
    if name.namespace != NAMESPACE:
        raise RefusedError(_OTHER_NAMESPACE)
    if name.localname not in BY_NAME:
        raise RefusedError(_NO_SUCH_OPERATION)
    parameters = [etree.QName(parameter).localname for parameter in call]
    if any(len(parameter) for parameter in call) or len(set(parameters)) != len(parameters):
        raise RefusedError(_NOT_TEXT)
