"""Logging, set up from the ``[log]`` section: text or one JSON object a line, on stderr, without secrets.

In: lines, and what is known of the request at work: its id, and once it is clear whose it is, the numbers of the company and
of the conversation. Out: lines that carry all of it, whoever writes them. It never knows a ticket, a name or an amount.
"""

import json
import logging
import sys
import time
import traceback
from contextvars import ContextVar
from typing import Any

from qbwc_bridge.config import Log

_known: ContextVar[dict[str, int | str] | None] = ContextVar("known", default=None)


def begin_request(number: str) -> None:
    """From here on each line of this thread carries the request's id."""
    _known.set({"request": number})


def note(**facts: int) -> None:
    """Something more is known of the request: all its lines from here on say so. Outside of one nothing is kept."""
    if (known := _known.get()) is not None:
        known.update(facts)


def end_request() -> None:
    """What was known is forgotten."""
    _known.set(None)


def request_id() -> str:
    """That of the request at work; "" outside of one."""
    return str((_known.get() or {}).get("request", ""))


def described(error: BaseException) -> str:
    """Types and tracebacks of an exception and of what led to it, without their texts, which may quote what they choked on."""
    links: list[str] = []
    link: BaseException | None = error
    while link and len(links) < 10:
        where = "".join(traceback.format_tb(link.__traceback__))
        links.append(f"{type(link).__module__}.{type(link).__qualname__}\n{where}")
        link = link.__cause__ or link.__context__
    return "caused by ".join(links)


class _Reticent(logging.Formatter):
    """An error is told without its text, whoever logs it."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        return described(ei[1]) if ei[1] else ""


class _Text(_Reticent):
    """One line; what is known of the request stands in brackets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(known)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        known = " ".join(f"{name}={value}" for name, value in (_known.get() or {}).items())
        record.known = f" [{known}]" if known else ""
        return super().formatMessage(record)


class _Json(_Reticent):
    """One JSON object a line; what a call gives as ``extra={"data": {...}}`` becomes members of it."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **(_known.get() or {}),
            **getattr(record, "data", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logging(log: Log) -> None:
    """Send the log to stderr in the chosen form, replacing what was set up before."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(_Json() if log.format == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(log.level)
    _silence_what_tells_secrets()


def _silence_what_tells_secrets() -> None:
    """Spyne and zeep write whole documents, passwords included, to these (protocol reference 8.8)."""
    for name in ("spyne.protocol.soap.soap11.invalid", "spyne.protocol.xml.invalid"):
        logging.getLogger(name).disabled = True
    for name in ("spyne", "zeep", "sqlalchemy", "urllib3", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
