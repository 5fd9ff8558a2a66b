"""The change history of a project: what each sync changed about its payments, and what people changed about their source.

In: the entries of the customer:jobs a project covers, and a filter that lives in the address. Out: one sentence each, with
the difference it made and the sync that brought it; the same as a table. It never says who changed something in QuickBooks,
because QuickBooks does not tell.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask import Blueprint, render_template, request, send_file
from werkzeug.wrappers import Response

from qbwc_bridge.records import CustomerJob, Payment, Project, Role
from qbwc_bridge.store import conversations, customers, history, payments
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.history import Entry, Wanted
from qbwc_bridge.summary import covered_by
from qbwc_bridge.web import access, addresses, exports
from qbwc_bridge.web.changes import Teller
from qbwc_bridge.web.formats import Formats
from qbwc_bridge.web.site import formats_of, reading

pages = Blueprint("history", __name__, url_prefix="/projects/<int:project_id>")
LINES = 50
MOST = 20_000
"""Lines of an export."""

KINDS = {
    "added": "New",
    "changed": "Edited",
    "moved": "Moved here or away",
    "voided": "Voided",
    "removed": "Deleted",
    "archived": "Typed payments replaced",
    "restored": "Typed payments brought back",
    "linked": "Link changed",
}
OF_PAYMENTS = {"added", "changed", "moved", "voided", "removed"}
TITLES = ("Noticed", "Kind", "Payment date", "Method", "Ref / check no.", "Before", "After", "Difference", "What happened",
          "Sync", "TxnID")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty means all."""

    kind: str = ""
    first: date | None = None
    last: date | None = None
    sync: int | None = None

    @property
    def active(self) -> bool:
        """Is anything left out?"""
        return self != Filters()

    def query(self, **changes: str) -> str:
        """This filter as the query of an address, with some values changed."""
        own = {"kind": self.kind, "from": addresses.iso(self.first), "to": addresses.iso(self.last)}
        return addresses.query({**own, "sync": str(self.sync or ""), **changes})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page. ``together`` says what its sync did in all; it is "" from a sync's second line on."""

    at: str
    kind: str
    words: str
    difference: str
    sync: int | None
    together: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What entries are told from."""

    entries: list[Entry]
    covered: set[str]
    teller: Teller
    named: Mapping[str, Payment]


@pages.get("/history")
def show(project_id: int) -> str:
    """The changes, newest first, a page at a time."""
    filters = read(request.args)
    before = addresses.number(request.args.get("before", ""))
    with reading() as c:
        person, project = access.project(c, project_id, need=Role.STAFF)
        known = customers.everything(c, project.company_id)
        job = known.get(project.list_id)
        formats = formats_of(person.company, job.currency if job else "")
        told = _told(c, project, known, formats, filters, before, LINES + 1)
        shown = told.entries[:LINES]
        syncs = {entry.conversation_id for entry in shown if entry.conversation_id}
        effects = history.effects(c, project.company_id, told.covered, syncs)
        logged = conversations.kept(c, project.company_id, syncs)
    older = filters.query(before=str(shown[-1].id)) if len(told.entries) > LINES else ""
    return render_template(
        "history.html",
        project=project,
        customer=job,
        lines=_lines(shown, told.teller, effects, logged, formats),
        older=older,
        before=before,
        filters=filters,
        kinds=KINDS,
        f=formats,
    )


@pages.get("/history.csv")
def export(project_id: int) -> Response:
    """The same for a spreadsheet, all pages of it."""
    with reading() as c:
        person, project = access.project(c, project_id, need=Role.STAFF)
        known = customers.everything(c, project.company_id)
        told = _told(c, project, known, formats_of(person.company), read(request.args), None, MOST)
    rows = [_row(entry, told) for entry in told.entries]
    name = f"{project.name} history.csv".replace("/", "-")
    body = exports.file_of(exports.csv_table(TITLES, rows))
    return send_file(body, "text/csv", as_attachment=True, download_name=name)


def read(query: Mapping[str, str]) -> Filters:
    """What cannot be read is left out."""
    return Filters(
        kind=addresses.one_of(query.get("kind", ""), KINDS),
        first=addresses.day(query.get("from", "")),
        last=addresses.day(query.get("to", "")),
        sync=addresses.number(query.get("sync", "")),
    )


def _told(
    c: Connection,
    project: Project,
    known: Mapping[str, CustomerJob],
    formats: Formats,
    filters: Filters,
    before: int | None,
    limit: int,
) -> _Told:
    covered = covered_by(project.list_id, project.include_jobs, known) if project.list_id else set()
    wanted = _wanted(filters, formats)
    entries = history.of_project(c, project.company_id, project.id, covered, wanted, before, limit)
    named = payments.known(c, project.company_id, {entry.txn_id for entry in entries if entry.what in OF_PAYMENTS})
    return _Told(entries, covered, Teller(formats, known, named), named)


def _wanted(filters: Filters, formats: Formats) -> Wanted:
    return Wanted(
        what=filters.kind,
        since=formats.clock.start_of(filters.first) if filters.first else None,
        until=formats.clock.start_of(filters.last + timedelta(days=1)) if filters.last else None,
        conversation_id=filters.sync,
    )


def _lines(
    entries: list[Entry],
    teller: Teller,
    effects: Mapping[int, history.Effect],
    logged: Collection[int],
    formats: Formats,
) -> list[Line]:
    return [
        Line(
            at=formats.moment(entry.at),
            kind=KINDS[entry.what],
            words=teller.sentence(entry),
            difference=formats.change(entry.difference) if entry.what in OF_PAYMENTS else "",
            sync=entry.conversation_id if entry.conversation_id in logged else None,
            together=_together(effects.get(entry.conversation_id or 0), formats) if first else "",
        )
        for entry, first in zip(entries, _firsts(entries), strict=True)
    ]


def _firsts(entries: list[Entry]) -> list[bool]:
    """For each entry, whether it is the first one shown of its sync."""
    syncs = [entry.conversation_id for entry in entries]
    return [sync is not None and sync not in syncs[:at] for at, sync in enumerate(syncs)]


def _together(effect: history.Effect | None, formats: Formats) -> str:
    """ "3 payments, −$2,000.00 in all"; nothing for a single one."""
    if effect is None or effect.payments < 2:
        return ""
    return f"{effect.payments} payments, {formats.change(effect.difference)} in all"


def _row(entry: Entry, told: _Told) -> list[exports.Cell]:
    payment = told.named.get(entry.txn_id)
    of_payment = entry.what in OF_PAYMENTS
    return [
        exports.instant(entry.at) or "",
        KINDS[entry.what],
        payment.date if payment else "",
        payment.method if payment else "",
        payment.ref_number if payment else "",
        _amount(entry.before),
        _amount(entry.after),
        entry.difference if of_payment else "",
        told.teller.sentence(entry),
        str(entry.conversation_id or ""),
        entry.txn_id if of_payment else "",
    ]


def _amount(amount: Decimal | None) -> exports.Cell:
    return "" if amount is None else amount
