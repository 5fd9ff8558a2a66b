"""Financials: the summary of a project, its sync, its live status and its exports.

In: a Summary and a SyncStatus. Out: pages and files, all from that one Summary; requests to sync. It never counts by itself.
"""

from datetime import date, timedelta

from flask import (
    Blueprint,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response

from qbwc_bridge.connector import decisions, requests
from qbwc_bridge.records import Project, Role, State, Summary, Trigger
from qbwc_bridge.store import manual, summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import Clock
from qbwc_bridge.web import access, chart, exports, figures, filters
from qbwc_bridge.web.access import Person
from qbwc_bridge.web.site import formats_of, now, poll_minutes, reading, writing

pages = Blueprint("financials", __name__, url_prefix="/projects/<int:project_id>")
WAITING = {State.QUEUED, State.SYNCING}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/financials")
def show(project_id: int) -> str:
    """The Summary tab."""
    with reading() as c:
        person, project = access.project(c, project_id)
        whole, status = summaries.with_status(c, project.company_id, project.id, now(), poll_minutes())
        archived = len(manual.archive(c, project.company_id, project.id)) if person.is_admin else 0
    columns = access.columns(person, project)
    summary = whole if person.is_staff else figures.for_client(whole, columns)
    chosen = filters.read(request.args)
    shown = filters.narrowed(summary, chosen)
    page = filters.page(filters.ordered(shown.lines, chosen), chosen)
    formats, clock = formats_of(person.company, whole.currency), Clock(now(), person.company.timezone)
    return render_template(
        "financials.html",
        project=project,
        columns=columns,
        summary=filters.headed(summary),
        in_all=len(summary.lines),
        figures=figures.figures(summary),
        status=status,
        words=figures.client_words(status, whole.synced_at, clock),
        chart=chart.draw(summary, formats),
        page=page,
        lines=page.lines,
        shown=filters.total(shown.lines),
        filters=chosen,
        methods=filters.methods(summary),
        presets=_presets(clock.local(now()).date(), chosen),
        archived=archived,
        editable=person.is_staff and not project.client_payments and not project.archived_at,
        waiting=status.state in WAITING,
        poll_minutes=poll_minutes(),
        f=formats,
    )


@pages.get("/status.json")
def status_json(project_id: int) -> Response:
    """What the page's script asks for while a sync waits or runs."""
    with reading() as c:
        person, project = access.project(c, project_id)
        status = summaries.status(c, project.company_id, project.id, now(), poll_minutes())
    words = figures.client_words(status, project.synced_at, Clock(now(), person.company.timezone))
    told = (status.state.value, status.badge, status.sentence) if person.is_staff else _of(words)
    return jsonify(
        state=told[0], badge=told[1], sentence=told[2], progress=status.progress, waiting=status.state in WAITING
    )


@pages.post("/sync")
def sync(project_id: int) -> Response:
    """Sync Data Now: leave a request that the Web Connector collects."""
    with writing() as c:
        person, project = access.project(c, project_id, need=Role.STAFF)
        status = summaries.status(c, project.company_id, project.id, now(), poll_minutes())
        if status.can_request:
            requests.request_sync(c, project.company_id, project.id, trigger=Trigger.PERSON, by=person.name, now=now())
        elif status.state in WAITING:
            flash("A sync is waiting or running already.")
        else:
            abort(409, status.sentence)
    return _back(project_id)


@pages.post("/sync/cancel")
def cancel(project_id: int) -> Response:
    """Take the waiting request back."""
    with writing() as c:
        _, project = access.project(c, project_id, need=Role.STAFF)
        requests.cancel(c, project.company_id, project.id, now())
    flash("The sync request is cancelled.")
    return _back(project_id)


@pages.post("/sync/accept")
def accept(project_id: int) -> Response:
    """QuickBooks is right: there are no payments any more."""
    with writing() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        _held_only(c, project)
        decisions.accept_empty(c, project.company_id, project.id, person.name, now())
    flash("Accepted. The payments QuickBooks no longer has are gone from this page; the history keeps them.")
    return _back(project_id)


@pages.post("/sync/keep")
def keep(project_id: int) -> Response:
    """QuickBooks' empty answer is a mistake: keep what is here."""
    with writing() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        _held_only(c, project)
        decisions.keep_data(c, project.company_id, project.id, person.name, now())
    flash("The payments stay as they were.")
    return _back(project_id)


@pages.get("/payments.<any(csv,xlsx,json):kind>")
def export(project_id: int, kind: str) -> Response:
    """The filtered payments as a file, in the columns the person may see."""
    with reading() as c:
        person, project = access.project(c, project_id)
        whole = _summary(c, person, project)
    allowed = access.columns(person, project)
    summary = whole if person.is_staff else figures.for_client(whole, allowed)
    columns = exports.STAFF_COLUMNS if person.is_staff else exports.client_columns(allowed)
    shown = filters.narrowed(summary, filters.read(request.args))
    name = f"{project.name} payments.{kind}"
    match kind:
        case "json":
            return make_response(exports.json_bytes(exports.json_document(shown)), {"Content-Type": "application/json"})
        case "csv":
            return _file(exports.csv_bytes(shown, columns), "text/csv", name)
        case _:
            return _file(exports.xlsx_bytes(shown, columns), XLSX, name)


def _file(body: bytes, kind: str, name: str) -> Response:
    return send_file(exports.file_of(body), kind, as_attachment=True, download_name=name.replace("/", "-"))


def _summary(c: Connection, person: Person, project: Project) -> Summary:
    return summaries.load(c, person.company.id, project.id, now(), poll_minutes())


def _held_only(c: Connection, project: Project) -> None:
    status = summaries.status(c, project.company_id, project.id, now(), poll_minutes())
    if status.state is not State.HELD:
        abort(409, "There is nothing to decide any more: a newer answer has arrived.")


def _of(words: figures.ClientWords) -> tuple[str, str, str]:
    return words.state, words.badge, words.sentence


def _back(project_id: int) -> Response:
    return redirect(url_for("financials.show", project_id=project_id), 303)


def _presets(today: date, chosen: filters.Filters) -> list[tuple[str, str, bool]]:
    """(words, query, is it the present choice) of the usual periods."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    periods = [("This month", month), ("Last 90 days", today - timedelta(days=90)), ("This year", year)]
    told = [(words, {"from": start.isoformat(), "to": ""}, chosen.first == start) for words, start in periods]
    all_time = ("All time", {"from": "", "to": ""}, chosen.first is None)
    return [
        (words, chosen.query(**period), now_so and chosen.last is None) for words, period, now_so in [*told, all_time]
    ]
