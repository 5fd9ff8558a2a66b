"""The sync log: what each update of the Web Connector did, and how the company stands now.

In: conversations as stored, and a filter that lives in the address. Out: one row each, in words. What travelled in a sync is
on its own page (``runs``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import Blueprint, jsonify, render_template, request
from werkzeug.wrappers import Response

from qbwc_bridge.records import Conversation, Failure, Project, Role, State, Trigger
from qbwc_bridge.store import conversations, customers, summaries
from qbwc_bridge.store.conversations import Wanted
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import covered_by
from qbwc_bridge.web import access, addresses
from qbwc_bridge.web.formats import Formats
from qbwc_bridge.web.site import formats_of, now, poll_minutes, reading

pages = Blueprint("activity", __name__)
LINES = 50
WAITING = {State.QUEUED, State.SYNCING}
RESULTS = {
    "running": "Running",
    "ok": "Done",
    "failed": "Problem",
    "held": "Please check",
    "repaired": "Repaired",
    "stopped": "Stopped",
    "silent": "No answer",
}
BADGES = {"running": "syncing", "ok": "current", "failed": "failed", "held": "held", "silent": "failed"}
SHOWN = {**{name: words for name, words in RESULTS.items() if name != "silent"}, "mismatch": "Mismatch"}
"""The results one can ask for."""

REASONS = {trigger.value: f"{trigger.value[0].upper()}{trigger.value[1:]}" for trigger in Trigger}


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty means all."""

    result: str = ""
    trigger: str = ""
    person: str = ""
    project: int | None = None
    first: date | None = None
    last: date | None = None

    @property
    def active(self) -> bool:
        """Is anything left out?"""
        return self != Filters()

    def query(self, **changes: str) -> str:
        """This filter as the query of an address, with some values changed."""
        own = {"result": self.result, "why": self.trigger, "who": self.person, "project": str(self.project or "")}
        days = {"from": addresses.iso(self.first), "to": addresses.iso(self.last)}
        return addresses.query({**own, **days, **changes})


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the log. ``mismatch`` is "" when both sides agreed."""

    id: int
    started: str
    took: str
    why: str
    result: str
    badge: str
    rounds: int
    progress: int
    changes: str
    quickbooks: str
    ours: str
    mismatch: str
    failure: Failure | None
    running: bool
    failed: bool


@pages.get("/activity")
def index() -> str:
    """The log, newest first, a page at a time."""
    filters = read(request.args)
    before = addresses.number(request.args.get("before", ""))
    with reading() as c:
        person = access.signed_in(c, need=Role.STAFF)
        overview = summaries.overview(c, person.company.id, now(), poll_minutes())
        formats = formats_of(person.company)
        projects = [line.project for line in overview.projects]
        wanted = _wanted(c, person.company.id, filters, formats, projects)
        log = conversations.log(c, person.company.id, LINES + 1, wanted, before)
        people = conversations.people(c, person.company.id)
    return render_template(
        "activity.html",
        runs=[told(one, formats) for one in log[:LINES]],
        older=filters.query(before=str(log[LINES - 1].id)) if len(log) > LINES else "",
        before=before,
        filters=filters,
        results=SHOWN,
        reasons=REASONS,
        people=people,
        projects=projects,
        overview=overview,
        waiting=overview.status.state in WAITING,
        retry=may_retry(overview.status.state),
        f=formats,
    )


@pages.get("/activity/status.json")
def status_json() -> Response:
    """What the page's script asks for while a sync waits or runs."""
    with reading() as c:
        person = access.signed_in(c, need=Role.STAFF)
        status = summaries.overview(c, person.company.id, now(), poll_minutes()).status
    return jsonify(
        state=status.state.value,
        badge=status.badge,
        sentence=status.sentence,
        progress=status.progress,
        waiting=status.state in WAITING,
    )


def read(query: Mapping[str, str]) -> Filters:
    """What cannot be read is left out."""
    return Filters(
        result=addresses.one_of(query.get("result", ""), SHOWN),
        trigger=addresses.one_of(query.get("why", ""), REASONS),
        person=query.get("who", "")[:200],
        project=addresses.number(query.get("project", "")),
        first=addresses.day(query.get("from", "")),
        last=addresses.day(query.get("to", "")),
    )


def may_retry(state: State) -> bool:
    """Is trying again what a person would want now?"""
    return state is State.FAILED


def told(one: Conversation, formats: Formats) -> Run:
    """A conversation in words."""
    result = _result(one)
    return Run(
        id=one.id,
        started=formats.moment(one.started),
        took=_took(one),
        why=why(one),
        result=RESULTS.get(result, result),
        badge=BADGES.get(result, "stale"),
        rounds=one.rounds,
        progress=one.progress,
        changes=_changes(one),
        quickbooks=_theirs(one, formats),
        ours=f"{one.ours.count}, {formats.money(one.ours.total)}" if one.ours else "",
        mismatch=_mismatch(one),
        failure=one.failure,
        running=result == "running",
        failed=result in {"failed", "stopped", "silent"},
    )


def why(one: Conversation) -> str:
    """ "Sync Data Now, asked by Sam"."""
    asked = f"asked by {' and '.join(one.asked_by)}" if one.asked_by else ""
    return ", ".join(filter(None, [one.trigger, asked]))


def _wanted(c: Connection, company_id: int, filters: Filters, formats: Formats, projects: list[Project]) -> Wanted:
    wanted = Wanted(
        result=filters.result,
        trigger=filters.trigger,
        person=filters.person,
        since=formats.clock.start_of(filters.first) if filters.first else None,
        until=formats.clock.start_of(filters.last + timedelta(days=1)) if filters.last else None,
        project_id=filters.project,
    )
    project = next((one for one in projects if one.id == filters.project), None)
    if project is None or not project.list_id:
        return wanted
    known = customers.everything(c, company_id)
    return replace(wanted, list_ids=covered_by(project.list_id, project.include_jobs, known))


def _result(one: Conversation) -> str:
    if one.ended is not None:
        return one.result
    return "silent" if now() - one.last_call_at > summaries.ACTIVE_FOR else "running"


def _took(one: Conversation) -> str:
    seconds = int(((one.ended or one.last_call_at) - one.started).total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _changes(one: Conversation) -> str:
    counts = [(one.added, "added"), (one.changed, "changed"), (one.removed, "removed")]
    return ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing new"


def _theirs(one: Conversation, formats: Formats) -> str:
    """QuickBooks is asked for the number alone when changes are followed; where it differs, its total is not known."""
    if one.quickbooks is None:
        return ""
    same_count = one.ours is not None and one.quickbooks.count == one.ours.count
    return f"{one.quickbooks.count}, {formats.money(one.quickbooks.total)}" if same_count else f"{one.quickbooks.count}"


def _mismatch(one: Conversation) -> str:
    if not one.mismatch:
        return ""
    return "Mismatch, repaired" if one.result == "repaired" else "Mismatch"
