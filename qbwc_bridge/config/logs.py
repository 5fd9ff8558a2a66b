"""Logging, set up from the ``[log]`` section: text or one JSON object a line, on stderr, without secrets."""

import json
import logging
import sys
import time

from qbwc_bridge.config import Log


class _Json(logging.Formatter):
    """One JSON object a line; what a call gives as ``extra={"data": {...}}`` becomes members of it."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "data", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logging(log: Log) -> None:
    """Send the log to stderr in the chosen form, replacing what was set up before."""
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    text.converter = time.gmtime
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(_Json() if log.format == "json" else text)
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
