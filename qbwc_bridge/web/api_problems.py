"""What a program reads when something went wrong: a problem document (RFC 9457) instead of a page.

In: an HTTP error or one of ours, below /api/v1. Out: JSON with the right status and the headers that belong to it. Nothing a
program sent comes back in it but the name of a parameter.
"""

import json
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from qbwc_bridge.errors import BridgeError, InvalidValue

ROOT = "/api/v1"
KIND = "application/problem+json"
BUSY_SECONDS = 60
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
WORDS = {
    400: "The request could not be read.",
    404: f"There is nothing at this address. {ROOT}/openapi.json says what there is.",
    405: "Programs can only read here, with GET or HEAD.",
    500: "Something broke on our side. It has been written to the log.",
}
OUR_WORDS = {401, 429}
"""Statuses that are only given with a sentence of our own."""


def concerns() -> bool:
    """Is this request a program's?"""
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def of_http(error: HTTPException) -> Response:
    """With the headers the error has of its own: how to sign in, how long to wait, what is allowed."""
    status = error.code or 500
    detail = (error.description if status in OUR_WORDS else WORDS.get(status)) or TITLES.get(status, "")
    answer = _document(status, detail)
    for name, value in error.get_headers():
        if name != "Content-Type":
            answer.headers[name] = value
    return answer


def of_ours(error: BridgeError, status: int) -> Response:
    """One of our errors; a parameter that cannot be used is named."""
    named = {"parameter": error.field} if isinstance(error, InvalidValue) else {}
    answer = _document(status, f"{error.sentence} {error.hint}".strip(), **named)
    if status == 503:
        answer.headers["Retry-After"] = str(BUSY_SECONDS)
    return answer


def _document(status: int, detail: str, **more: Any) -> Response:
    told = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail, **more}
    return Response(json.dumps(told) + "\n", status, content_type=KIND)
