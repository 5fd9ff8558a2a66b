"""Pages for machines, and the one the Web Connector's window links to.

In: the state of the database and of each company. Out: yes or no, and numbers. No names, no money, no sign-in.
"""

from ipaddress import ip_address

from flask import Blueprint, Response, abort, make_response, render_template, request

from qbwc_bridge.errors import BridgeError
from qbwc_bridge.records import State
from qbwc_bridge.store import companies, summaries
from qbwc_bridge.store.summaries import Overview
from qbwc_bridge.web.site import now, poll_minutes, reading, site

pages = Blueprint("system", __name__)
METRICS = (
    ("qbwc_connector_last_contact_timestamp_seconds", "When the Web Connector last called; 0 is never."),
    ("qbwc_sync_last_success_timestamp_seconds", "When the last sync succeeded; 0 is never."),
    ("qbwc_requests_waiting", "Requests not yet done."),
)


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
        seen = [summaries.overview(c, company.id, now(), poll_minutes()) for company in companies.listing(c)]
    answer = _text("\n".join([*_numbers(seen), *_states(seen), ""]))
    answer.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    return answer


def _from_here() -> bool:
    """A proxy on this machine speaks for somebody else, so its header counts as coming from outside."""
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
    try:
        return not forwarded and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _numbers(seen: list[Overview]) -> list[str]:
    lines = []
    for name, words in METRICS:
        lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge"]
        lines += [f'{name}{{company="{one.company.id}"}} {_value(name, one)}' for one in seen]
    return lines


def _value(name: str, one: Overview) -> int:
    contact, success = one.company.last_contact_at, one.company.last_success_at
    values = (int(contact.timestamp()) if contact else 0, int(success.timestamp()) if success else 0, one.waiting)
    return dict(zip((known for known, _ in METRICS), values, strict=True))[name]


def _states(seen: list[Overview]) -> list[str]:
    name = "qbwc_projects"
    lines = [f"# HELP {name} Projects by state.", f"# TYPE {name} gauge"]
    for one in seen:
        found = [line.status.state for line in one.projects]
        lines += [f'{name}{{company="{one.company.id}",state="{state}"}} {found.count(state)}' for state in State]
    return lines


def _text(words: str, status: int = 200) -> Response:
    return make_response(words, status, {"Content-Type": "text/plain; charset=utf-8"})
