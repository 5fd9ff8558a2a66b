"""What is legal for an option: words for people, and a function that reads the text or refuses it.

In: the text of one option. Out: its value, or ValueError. It never knows which option it reads.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Kind:
    """What is legal, in words and as a function that raises ValueError. ``secret``: never show such a value."""

    words: str
    read: Callable[[str], Any]
    secret: bool = False


def whole(low: int, high: int) -> Kind:
    """A whole number within bounds, both included."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError
        return int(text)

    return Kind(f"a whole number from {low} to {high}", read)


def one_of(*words: str) -> Kind:
    """One of these words, in upper or lower case."""
    known = {word.lower(): word for word in words}

    def read(text: str) -> str:
        if text.lower() not in known:
            raise ValueError
        return known[text.lower()]

    return Kind(f"{', '.join(words[:-1])} or {words[-1]}", read)


def _host(text: str) -> str:
    if not text or any(sign.isspace() or sign in "/@" for sign in text):
        raise ValueError
    return text


def _public_url(text: str) -> str:
    parts = urlsplit(text)  # its .port raises ValueError by itself when it is no number
    stray = parts.query or parts.fragment or parts.username or parts.port == 0 or any(map(str.isspace, text))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or stray:
        raise ValueError
    return f"{parts.scheme}://{parts.netloc}"


def _database_url(text: str) -> str:
    scheme, _, rest = text.partition("://")
    file = rest.removeprefix("/")
    if scheme == "sqlite" and rest.startswith("/") and file and not file.startswith(":memory:"):
        return text
    if scheme == "postgresql+psycopg" and rest.partition("/")[2]:
        return text
    raise ValueError


def _redis_url(text: str) -> str:
    parts = urlsplit(text)  # its .port raises ValueError by itself when it is no number
    there = parts.path if parts.scheme == "unix" else parts.hostname
    if text and (parts.scheme not in ("redis", "rediss", "unix") or not there or parts.port == 0):
        raise ValueError
    return text


def _path(text: str) -> Path:
    if not text:
        raise ValueError
    return Path(text)


def _mail_address(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+", text):
        raise ValueError
    return text


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise ValueError
    return text.lower() == "yes"


HOST = Kind("a host name or an address of this machine", _host)
PUBLIC_URL = Kind("http:// or https:// with a host name and perhaps a port, without a path", _public_url)
DATABASE_URL = Kind("sqlite:///FILE or postgresql+psycopg://user:password@host/name", _database_url, secret=True)
REDIS_URL = Kind("redis://user:password@host:port/number, rediss:// or unix://, or nothing", _redis_url, secret=True)
FILE = Kind("the path of a file", _path)
PEM = Kind("the path of a PEM file, or nothing", lambda text: Path(text) if text else None)
FILE_OR_NOTHING = Kind("the path of a file, or nothing", lambda text: Path(text) if text else None)
HOST_OR_NOTHING = Kind("a host name or an address, or nothing", lambda text: _host(text) if text else "")
MAIL_ADDRESS = Kind("an email address, or nothing", _mail_address)
TEXT = Kind("any text on one line, or nothing", lambda text: text)
YES_OR_NO = Kind("yes or no", _yes_or_no)
