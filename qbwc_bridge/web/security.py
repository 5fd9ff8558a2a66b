"""What every answer carries and every form proves: headers, and a token only our own pages know.

In: requests and answers. Out: the same with headers, or a refusal. It never knows who is signed in.
"""

import hmac
import os
import secrets
import time
from pathlib import Path

from flask import Response, abort, request, session

POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
SAFE = {"GET", "HEAD", "OPTIONS"}
FIELD = "csrf_token"
BEING_WRITTEN = 2.0


def check_form_token() -> None:
    """Refuse every change that does not come from a page of this session. Where there is nothing to change, there is
    nothing to refuse: such a request gets its 404 or 405."""
    if request.method in SAFE or request.url_rule is None:
        return
    sent, kept = request.form.get(FIELD, ""), session.get("csrf", "")
    if not kept or not hmac.compare_digest(sent.encode(), str(kept).encode()):
        abort(403, "This page was open for too long, or it did not come from here. Go back, reload it and try again.")


def add_headers(answer: Response) -> Response:
    """No scripts or styles but our own, no frames, no guessing of types, nothing private in caches."""
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint != "static":
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def make_secret_key(file: Path) -> bool:
    """Write a key to this file, readable by nobody else; False when there is one, or somebody else was quicker."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="ascii") as fresh:
        fresh.write(secrets.token_hex(32))
    return True


def secret_key(file: Path) -> bytes:
    """The key that signs sessions, from its file, which is made when it is missing. Raises ValueError when it holds none."""
    make_secret_key(file)
    key = _written(file)
    if len(key) < 32:
        raise ValueError(f"{file} holds no key of 32 signs or more; delete it, and the next start makes a new one.")
    return key


def _written(file: Path) -> bytes:
    """Whoever made the file a moment ago may not have written into it yet."""
    end = time.monotonic() + BEING_WRITTEN
    while not (key := file.read_bytes().strip()) and time.monotonic() < end:
        time.sleep(0.05)
    return key
