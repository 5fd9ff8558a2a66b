"""The sync log: what each update of the Web Connector did.

In: conversations as stored. Out: one row each, in words. It never shows what travelled in them.
"""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from qbwc_bridge.records import Conversation, Failure, Role
from qbwc_bridge.store import conversations, summaries
from qbwc_bridge.web import access
from qbwc_bridge.web.formats import Formats
from qbwc_bridge.web.site import formats_of, now, poll_minutes, reading

pages = Blueprint("activity", __name__)
RESULTS = {
    "": "Running",
    "ok": "Done",
    "failed": "Problem",
    "held": "Please check",
    "repaired": "Repaired",
    "stopped": "Stopped",
}
BADGES = {"": "syncing", "ok": "current", "failed": "failed", "held": "held", "repaired": "stale", "stopped": "stale"}


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the log."""

    started: str
    took: str
    why: str
    result: str
    badge: str
    rounds: int
    changes: str
    quickbooks: str
    ours: str
    failure: Failure | None


@pages.get("/activity")
def index() -> str:
    """The last hundred updates, newest first; ``?result=failed`` shows only those."""
    wanted = request.args.get("result", "all")
    with reading() as c:
        person = access.signed_in(c, need=Role.STAFF)
        log = conversations.log(c, person.company.id)
        overview = summaries.overview(c, person.company.id, now(), poll_minutes())
    formats = formats_of(person.company)
    runs = [_run(one, formats) for one in log if wanted in ("all", one.result)]
    return render_template("activity.html", runs=runs, wanted=wanted, overview=overview, f=formats)


def _run(one: Conversation, formats: Formats) -> Run:
    return Run(
        started=formats.moment(one.started),
        took=_took(one),
        why=one.trigger,
        result=RESULTS.get(one.result, one.result),
        badge=BADGES.get(one.result, "stale"),
        rounds=one.rounds,
        changes=_changes(one),
        quickbooks=f"{one.quickbooks.count}, {formats.money(one.quickbooks.total)}" if one.quickbooks else "",
        ours=f"{one.ours.count}, {formats.money(one.ours.total)}" if one.ours else "",
        failure=one.failure,
    )


def _took(one: Conversation) -> str:
    seconds = int(((one.ended or one.last_call_at) - one.started).total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s"


def _changes(one: Conversation) -> str:
    told = [(one.added, "added"), (one.changed, "changed"), (one.removed, "removed")]
    return ", ".join(f"{count} {what}" for count, what in told if count) or "nothing new"
