"""The audit: who opened, changed or decided what. For admins, with filters that live in the address.

In: entries as stored. Out: one row each, in words. It never knows how they came to be written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from qbwc_bridge.records import Deed, Role
from qbwc_bridge.store import audit
from qbwc_bridge.store.audit import Entry
from qbwc_bridge.web import access
from qbwc_bridge.web.formats import Formats
from qbwc_bridge.web.site import formats_of, reading

pages = Blueprint("audit", __name__)
PAGE = 50
LARGEST_ID = 2**63 - 1

KINDS: tuple[tuple[str, tuple[Deed, ...]], ...] = (
    (
        "Projects",
        (
            Deed.PROJECT_ADDED, Deed.PROJECT_CHANGED, Deed.PROJECT_LINKED, Deed.PROJECT_RELINKED, Deed.PROJECT_UNLINKED,
            Deed.PAYMENTS_ON, Deed.PAYMENTS_OFF, Deed.EMPTY_ACCEPTED, Deed.EMPTY_REFUSED, Deed.PROJECT_ARCHIVED,
            Deed.PROJECT_RESTORED,
        ),
    ),
    ("Clients", (Deed.CLIENTS_SEE, Deed.LINK_MADE, Deed.LINK_REVOKED)),
    (
        "People",
        (
            Deed.INVITED, Deed.INVITED_AGAIN, Deed.JOINED, Deed.ROLE_CHANGED, Deed.PERSON_ARCHIVED, Deed.INVITATION_RENEWED,
            Deed.INVITATION_WITHDRAWN, Deed.RESET_MADE, Deed.RESET_WITHDRAWN, Deed.PASSWORD_CHOSEN,
        ),
    ),
    (
        "Company",
        (
            Deed.COMPANY_ADDED, Deed.SETTINGS_CHANGED, Deed.PAUSED, Deed.RESUMED, Deed.FILE_ACCEPTED,
            Deed.CONNECTOR_PASSWORD, Deed.NOTICES_CHANGED, Deed.NOTICES_SECRET,
            Deed.TOKEN_MADE, Deed.TOKEN_REVOKED,
        ),
    ),
)  # fmt: skip
"""The kinds to choose from, by what they are about."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line, in words. ``project_id`` leads to the project it is about, if there is one."""

    at: str
    who: str
    what: str
    subject: str
    project_id: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. ``before`` is None on the newest page."""

    kind: str = ""
    words: str = ""
    before: int | None = None

    @property
    def narrowed(self) -> bool:
        """Is anything left out?"""
        return bool(self.kind or self.words)

    def query(self, before: int | None = None) -> str:
        """The address of the same choice, from another line on."""
        told = {"kind": self.kind, "q": self.words, "before": before}
        return "?" + urlencode({name: value for name, value in told.items() if value})


@pages.get("/settings/audit")
def show() -> str:
    """Newest first, a page at a time."""
    asked = _asked(request.args)
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        found = audit.listing(
            c, person.company.id, what=asked.kind, words=asked.words, before=asked.before, limit=PAGE + 1
        )
    shown, formats = found[:PAGE], formats_of(person.company)
    return render_template(
        "audit.html",
        rows=[_row(entry, formats) for entry in shown],
        asked=asked,
        kinds=[(group, [(deed.value, _sentence(deed.value)) for deed in deeds]) for group, deeds in KINDS],
        older=asked.query(shown[-1].id) if len(found) > PAGE else "",
    )


def _asked(query: Mapping[str, str]) -> Asked:
    """What cannot be read is left out: an old bookmark still opens."""
    kind, before = query.get("kind", ""), query.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 20 else 0
    return Asked(
        kind=kind if kind in set(Deed) else "",
        words="".join(sign for sign in query.get("q", "") if sign.isprintable()).strip()[:100],
        before=number if 0 < number <= LARGEST_ID else None,
    )


def _row(entry: Entry, formats: Formats) -> Row:
    return Row(formats.moment(entry.at), entry.who, _sentence(entry.what), entry.subject, entry.project_id)


def _sentence(what: str) -> str:
    return what[:1].upper() + what[1:]
