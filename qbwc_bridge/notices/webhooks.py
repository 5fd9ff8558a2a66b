"""One JSON document to an address an admin has typed, signed so that its reader can trust it.

In: the address, the document, the secret. Out: nothing when the address answered 2xx; else NotSent with what it answered.
Redirects are not followed, and the address is called where it was judged to be. The signature, in the header
``X-Qbwc-Bridge-Signature: t=<unix time>,v1=<hex>``, is the HMAC-SHA256 of ``<unix time>.<body>``; the README has a reader.
"""

import hashlib
import hmac
import http.client
import ssl
from datetime import datetime
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

from qbwc_bridge import __version__
from qbwc_bridge.errors import InvalidValue, NotSent
from qbwc_bridge.notices.dialling import Deadline, cut_off, dial, unreached

SIGNATURE, NAME = "X-Qbwc-Bridge-Signature", "X-Qbwc-Bridge-Delivery"
LOCAL = {"localhost", "127.0.0.1", "::1"}
LONGEST_URL = 1000
HTTPS_ONLY = "Enter an address that begins with https://; only localhost may do without."


def checked_url(text: str, field: str = "webhook_url") -> str:
    """An address a webhook can go to. Raises InvalidValue."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise InvalidValue(field, f"“{text}” can’t be read as an address.") from None
    if not text.isascii() or any(sign <= " " or sign in '\x7f"<>\\' for sign in text) or len(text) > LONGEST_URL:
        raise InvalidValue(field, "Enter an address of plain letters, without spaces, of at most 1,000 characters.")
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and parts.hostname not in LOCAL):
        raise InvalidValue(field, HTTPS_ONLY)
    if not parts.hostname or port == 0:
        raise InvalidValue(field, "Enter an address with a host name, such as https://example.com/notices.")
    if parts.username is not None or parts.password is not None:
        raise InvalidValue(field, "Leave the user name and the password out: the signature shows who sends.")
    return text.partition("#")[0]


def signature(secret: str, body: bytes, at: int) -> str:
    """The value of the header; ``at`` is the moment of sending as Unix time."""
    code = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={code}"


def post(url: str, document: str, name: str, secret: str, now: datetime, allow_private: bool) -> None:
    """Raises NotSent. ``name`` identifies the document: one that comes twice has the same."""
    parts, body, deadline = urlsplit(checked_url(url)), document.encode(), Deadline()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"qbwc-bridge/{__version__}",
        "Connection": "close",
        NAME: name,
        SIGNATURE: signature(secret, body, int(now.timestamp())),
    }
    line = _Line(parts, deadline, allow_private)
    try:
        with cut_off(deadline, lambda: line.sock):
            path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            line.request("POST", path, body, headers)
            with line.getresponse() as answer:
                status = answer.status
    except http.client.HTTPException as error:
        raise NotSent("The address did not answer as a web server does.") from error
    except ssl.SSLCertVerificationError as error:
        raise NotSent(f"The certificate of the address is not trusted: {error.verify_message}.") from error
    except OSError as error:
        raise unreached(error) from error
    finally:
        line.close()
    if not 200 <= status < 300:
        raise NotSent(_refusal(status))


class _Line(http.client.HTTPConnection):
    """An HTTP connection to an address that was judged."""

    def __init__(self, parts: SplitResult, deadline: Deadline, allow_private: bool) -> None:
        self.secure = parts.scheme == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if self.secure else 80), timeout=deadline.left)
        self.default_port = 443 if self.secure else 80  # such a one is left out of the Host header
        self.deadline, self.allow_private = deadline, allow_private

    def connect(self) -> None:
        self.sock = dial(self.host, self.port, self.deadline, self.allow_private)
        if self.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _refusal(status: int) -> str:
    try:
        named = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        named = str(status)
    return f"The address answered {named}{', and redirects are not followed' if 300 <= status < 400 else ''}."
