"""Connections to the outside: to whom, and for how long.

In: a host and a port somebody typed. Out: a connected socket, or a :class:`~qbwc_bridge.errors.NotSent` in words. A name is
looked up once, all its addresses are judged, and only a judged one is called: a name that answers differently the second
time leads nowhere else. Nothing here takes longer than its deadline, whatever the other side does.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from typing import Any

from qbwc_bridge.errors import NotSent

SECONDS = 10.0
"""No message takes longer."""

SLOW = f"There was no answer within {SECONDS:.0f} seconds."
PRIVATE = "The address leads to this machine or into a private network, and this installation does not send there."
ALLOW = "Whoever runs qbwc-bridge can allow it: [notices] allow_private = yes."
TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as a network without IPv4 writes them; the last 32 bits are the address (RFC 6052)."""


class Deadline:
    """A moment in the near future."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then. Raises TimeoutError when it has passed."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    @property
    def over(self) -> bool:
        """Has it passed?"""
        return time.monotonic() >= self.at


@contextmanager
def cut_off(deadline: Deadline, current: Callable[[], socket.socket | None]) -> Iterator[None]:
    """At the deadline the connection ends, also for somebody who sends one byte every few seconds."""
    timer = threading.Timer(deadline.left, lambda: _hang_up(current()))
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if deadline.over:
            raise NotSent(SLOW) from error
        raise
    finally:
        timer.cancel()


def dial(host: str, port: int, deadline: Deadline, allow_private: bool) -> socket.socket:
    """The first of a name's addresses that takes the call. Raises NotSent."""
    found = _looked_up(host, port, deadline)
    if not allow_private and not all(is_public(address[4][0]) for address in found):
        raise NotSent(PRIVATE, ALLOW)
    refusal: OSError | None = None
    for family, kind, protocol, _, address in found:
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(deadline.left)
            line.connect(address)
        except OSError as error:
            line.close()
            refusal = error
        else:
            return line
    raise unreached(refusal)


def unreached(error: OSError | None) -> NotSent:
    """Nobody took the call, or somebody hung up, in words."""
    if isinstance(error, TimeoutError):
        return NotSent(SLOW)
    return NotSent(f"It could not be reached: {(error and error.strerror) or 'the connection broke'}.")


def is_public(address: str) -> bool:
    """Is it an address of the open internet, and of one machine there? An IPv4 address in the clothes of an IPv6 one is
    judged as what it is. Raises ValueError when it is no address."""
    one = ip_address(address)
    return one.is_global and not one.is_multicast if isinstance(one, IPv4Address) else _is_public_6(one)


def _is_public_6(one: IPv6Address) -> bool:
    inner = IPv4Address(int(one) & 0xFFFFFFFF) if one in TRANSLATED else one.ipv4_mapped or one.sixtofour
    if inner is not None:
        return is_public(str(inner))
    return one.is_global and not one.is_multicast and one.teredo is None


def is_number_inside(host: str) -> bool:
    """Is the host written as a number, and not a public one?"""
    try:
        return not is_public(host)
    except ValueError:
        return False


def _looked_up(host: str, port: int, deadline: Deadline) -> list[Any]:
    """The lookup cannot be interrupted, so it gets a thread of its own, which is left behind when it is too slow."""
    answer: SimpleQueue[list[Any] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, name="lookup", daemon=True).start()
    try:
        found = answer.get(timeout=deadline.left)
    except (Empty, TimeoutError):
        raise NotSent(SLOW) from None
    if isinstance(found, Exception) or not found:
        raise NotSent("There is no machine of this name.", "Check how it is written.")
    return found


def _hang_up(line: socket.socket | None) -> None:
    if line is not None:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)  # past TLS, which would want to say goodbye first
