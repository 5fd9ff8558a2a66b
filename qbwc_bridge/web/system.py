"""Pages for machines, and the one the Web Connector's window links to.

In: the state of the database and of each company. Out: yes or no, and numbers. No names, no money, no sign-in.
"""

from ipaddress import ip_address

from flask import Blueprint, Response, abort, make_response, render_template, request

from qbwc_bridge.errors import BridgeError
from qbwc_bridge.web.metrics import KIND, text
from qbwc_bridge.web.site import now, poll_minutes, reading, site

pages = Blueprint("system", __name__)


@pages.get("/support")
def support() -> str:
    """For whoever looks after the Web Connector."""
    return render_template("support.html", poll_minutes=poll_minutes())


@pages.get("/healthz")
def healthy() -> Response:
    """The process answers."""
    return _text("ok\n")


@pages.get("/readyz")
def ready() -> Response:
    """The database answers and its tables are the newest; else 503 with the reason."""
    try:
        site().database.must_be_current()
    except BridgeError as error:
        return _text(f"{error.sentence} {error.hint}\n", 503)
    return _text("ok\n")


@pages.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for callers on this machine only."""
    if not _from_here():
        abort(404)
    with reading() as c:
        return make_response(text(c, now()), {"Content-Type": KIND})


def _from_here() -> bool:
    """A proxy on this machine speaks for somebody else, so its header counts as coming from outside."""
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
    try:
        return not forwarded and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _text(words: str, status: int = 200) -> Response:
    return make_response(words, status, {"Content-Type": "text/plain; charset=utf-8"})
