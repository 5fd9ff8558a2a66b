"""The body of a request whose length nobody said: HTTP's chunks as one stream.

In: the connection's bytes. Out: the body's, a block at a time. cheroot's own reader holds a whole chunk in memory, and one
chunk may be the whole of a hostile body.
"""

import io
import re
from typing import IO

from cheroot.server import HTTPRequest

BLOCK = 65_536
LONGEST_LINE = 8_192
MOST_TRAILERS = 100
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")


class _Chunks(io.RawIOBase):
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Some bytes of the body; 0 at its end. Raises ValueError when it is cut short or no chunked body at all."""
        if not self._left and not self._ended:
            self._begin()
        block = self._stream.read(min(len(buffer), self._left))
        buffer[: len(block)] = block
        self._left -= len(block)
        if self._left and not block:
            raise ValueError("The body ended within a chunk.")
        if block and not self._left:
            self._must_be(b"\r\n")
        return len(block)

    def _begin(self) -> None:
        size = _SIZE.fullmatch(self._stream.readline(LONGEST_LINE))
        if size is None:
            raise ValueError("This is no size of a chunk.")
        self._left = int(size[1], 16)
        if not self._left:
            self._ended = True
            self._skip_trailers()

    def _skip_trailers(self) -> None:
        for _ in range(MOST_TRAILERS):
            if self._stream.readline(LONGEST_LINE) in (b"\r\n", b"\n", b""):
                return
        raise ValueError("There is no end of trailers.")

    def _must_be(self, end: bytes) -> None:
        if self._stream.read(len(end)) != end:
            raise ValueError("A chunk is longer than it says.")


def body_of(request: HTTPRequest) -> IO[bytes]:
    """What the application reads as the body of a chunked request."""
    return io.BufferedReader(_Chunks(request.conn.rfile), BLOCK)
