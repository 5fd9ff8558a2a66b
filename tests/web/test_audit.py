"""The audit: every decision of an admin leaves one line, in the same transaction, without a secret."""

import html
import re

import pytest
from web.cast import EMAILS, NOW, Cast, Visitor

from qbwc_bridge.records import CompanyFile, Deed
from qbwc_bridge.store import audit, companies, projects
from qbwc_bridge.web.audit import KINDS, PAGE

Line = tuple[str, str, str]
SAME = {"name": "Smith kitchen", "client_name": "J. Smith", "contract_price": "240,000.00", "integration_shown": "1"}
LINKED = {**SAME, "customer": "Smith:Kitchen", "client_payments": "on"}


def lines(cast: Cast) -> list[Line]:
    """(who, what, subject), oldest first."""
    with cast.database.read() as c:
        return [(one.who, one.what, one.subject) for one in reversed(audit.listing(c, cast.acme, limit=500))]


def words(page: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def test_links_to_quickbooks(cast: Cast, admin: Visitor) -> None:
    admin.post("/projects", {"name": "Deck", "customer": "Smith:Bath", "client_payments": "on"})
    setup = f"/projects/{cast.kitchen}/setup"
    admin.post(setup, LINKED)  # nothing differs
    admin.post(setup, {**LINKED, "include_jobs": "on"})
    admin.post(setup, {**LINKED, "customer": "Smith"})
    admin.post(setup, {**SAME, "customer": ""})
    admin.post(setup, {**SAME, "name": "Kitchen", "contract_price": "", "client_name": "", "customer": "Smith"})
    assert lines(cast) == [
        ("Dana", "project added", "Deck"),
        ("Dana", "project linked", "Deck to Smith:Bath"),
        ("Dana", "Client Payments on", "Deck"),
        ("Dana", "project re-linked", "Smith kitchen from Smith:Kitchen to Smith:Kitchen with its jobs"),
        ("Dana", "project re-linked", "Smith kitchen from Smith:Kitchen with its jobs to Smith"),
        ("Dana", "project unlinked", "Smith kitchen from Smith"),
        ("Dana", "Client Payments off", "Smith kitchen"),
        (
            "Dana",
            "project changed",
            "Kitchen, name: Smith kitchen → Kitchen, client: J. Smith → none, contract price: 240,000.00 → none",
        ),
        ("Dana", "project linked", "Kitchen to Smith"),
    ]


def test_a_refused_change_leaves_no_line(cast: Cast, admin: Visitor) -> None:
    assert admin.post(f"/projects/{cast.kitchen}/setup", {**LINKED, "name": "Smith bath"}).status_code == 422
    assert admin.post(f"/projects/{cast.kitchen}/shares", {"expires": "2026-11-22"}).status_code == 422
    assert admin.post(f"/settings/users/{cast.people['admin']}/archive").status_code == 409
    assert lines(cast) == []


def test_client_links_and_what_clients_see(cast: Cast, admin: Visitor) -> None:
    shares = f"/projects/{cast.kitchen}/shares"
    admin.post(shares, {"label": "Jane", "applied_to": "on", "memo": "on", "expires": "2026-11-24"})
    admin.post(shares)
    for _ in range(2):  # revoked only once
        admin.post(f"{shares}/1/revoke")
    admin.post(f"/projects/{cast.kitchen}/setup", {**LINKED, "clients_see_shown": "yes", "clients_see_memo": "on"})
    admin.post(f"/projects/{cast.kitchen}/setup", {**LINKED, "clients_see_shown": "yes"})
    assert lines(cast) == [
        ("Dana", "client link made", "Smith kitchen, for Jane, with Applied to and Memo, until 2026-11-24"),
        ("Dana", "client link made", "Smith kitchen"),
        ("Dana", "client link revoked", "Smith kitchen, for Jane, made 2026-11-23"),
        ("Dana", "columns for clients changed", "Smith kitchen, Memo"),
        ("Dana", "columns for clients changed", "Smith kitchen, none of the optional columns"),
    ]


def test_people_and_their_passwords(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    def token(page: str) -> str:
        found = re.search(r"/invite/[\w-]+", page)
        assert found
        return found[0]

    person = f"/settings/users/{cast.people['staff']}"
    admin.post(person, {"role": "staff"})  # nothing differs
    admin.post(person, {"role": "client", "projects": [cast.kitchen, cast.bath]})
    link = token(admin.post(f"{person}/invitation").text)
    stranger.get(link)
    stranger.post(link, {"password": "four words and more"})
    admin.post(f"{person}/invitation")
    admin.post(f"{person}/invitation/withdraw")
    admin.post(f"{person}/archive")
    invited = {"email": EMAILS["staff"], "role": "staff"}
    admin.post("/settings/users", invited)
    admin.post(f"{person}/invitation")
    admin.post(f"{person}/invitation/withdraw")
    admin.post("/settings/users", {"email": "new@home.example", "role": "client"})
    sam = EMAILS["staff"]
    assert lines(cast) == [
        ("Dana", "role changed", f"{sam}, staff → client of Smith bath, Smith kitchen"),
        ("Dana", "password reset link made", sam),
        ("Sam", "password chosen", sam),
        ("Dana", "password reset link made", sam),
        ("Dana", "password reset link withdrawn", sam),
        ("Dana", "person archived", f"{sam}, client of Smith bath, Smith kitchen"),
        ("Dana", "person invited again", f"{sam}, staff"),
        ("Dana", "invitation renewed", sam),
        ("Dana", "invitation withdrawn", sam),
        ("Dana", "person invited", "new@home.example, client of no project"),
    ]


def test_settings_and_the_company_file(cast: Cast, admin: Visitor) -> None:
    settings = "/settings/accounting"
    admin.post(f"{settings}/default", {"client_payments_default": "on"})
    admin.post(f"{settings}/default", {"client_payments_default": "on"})  # nothing differs
    admin.post(f"{settings}/schedule", {"daily_at": "03:30", "timezone": "Europe/Rome"})
    admin.post(f"{settings}/quiet", {"quiet_from": "22:00", "quiet_until": "06:00"})
    admin.post(f"{settings}/pause", {"paused": "on"})
    admin.post(f"{settings}/pause", {"paused": "off"})
    admin.post(f"{settings}/password")
    with cast.database.begin() as c:
        companies.refuse_file(c, cast.acme, CompanyFile("Moved", "D:/moved.qbw"))
    admin.post(f"{settings}/file", {"name": "Moved"})
    assert lines(cast) == [
        ("Dana", "settings changed", "account default: off → on"),
        ("Dana", "settings changed", "daily sync: 02:00 → 03:30, time zone: America/Chicago → Europe/Rome"),
        ("Dana", "settings changed", "quiet hours: none → 22:00 to 06:00"),
        ("Dana", "syncing paused", "Acme Builders"),
        ("Dana", "syncing resumed", "Acme Builders"),
        ("Dana", "connector password made", "for the connector user acme"),
        ("Dana", "company file accepted", "Moved, D:/moved.qbw in place of Acme Builders Inc, C:\\Books\\acme.qbw"),
    ]


@pytest.mark.parametrize(("action", "word"), [("accept", "empty answer accepted"), ("keep", "empty answer refused")])
def test_what_was_decided_of_an_empty_answer(cast: Cast, admin: Visitor, action: str, word: str) -> None:
    with cast.database.begin() as c:
        projects.held(c, cast.acme, cast.kitchen, NOW)
    admin.post(f"/projects/{cast.kitchen}/sync/{action}")
    assert lines(cast) == [("Dana", word, "Smith kitchen")]


def test_no_secret_is_ever_told(cast: Cast, admin: Visitor) -> None:
    pages = [
        admin.post("/settings/accounting/password").text,
        admin.post(f"/projects/{cast.kitchen}/shares").text,
        admin.post(f"/settings/users/{cast.people['staff']}/invitation").text,
    ]
    told = admin.get("/settings/audit").text
    for page in pages:
        secret = re.search(r'id="copy"[^>]*value="([^"]+)"', page)
        assert secret
        assert secret[1].rpartition("/")[2] not in told


def test_the_page_tells_when_who_what_and_leads_to_the_project(cast: Cast, admin: Visitor) -> None:
    admin.post(f"/projects/{cast.kitchen}/shares", {"label": "Jane <b>"})
    admin.post("/settings/accounting/pause", {"paused": "on"})
    page = admin.get("/settings/audit").text
    assert "today 3:04 pm" in page
    assert f'<a href="/projects/{cast.kitchen}/setup">Smith kitchen, for Jane &lt;b&gt;</a>' in page
    assert page.index("Syncing paused</") < page.index("Client link made<span")


def test_filters_live_in_the_address(cast: Cast, admin: Visitor) -> None:
    admin.post(f"/projects/{cast.kitchen}/shares", {"label": "Jane"})
    admin.post(f"/projects/{cast.bath}/shares", {"label": "Paul"})
    admin.post("/settings/accounting/pause", {"paused": "on"})
    by_kind = admin.get("/settings/audit?kind=client+link+made").text
    assert "for Jane" in by_kind
    assert "for Paul" in by_kind
    assert "Syncing paused<span" not in by_kind
    assert '<option value="client link made" selected>Client link made</option>' in by_kind
    by_words = admin.get("/settings/audit?q=PAUL").text
    assert "for Paul" in by_words
    assert "for Jane" not in by_words
    assert 'value="PAUL"' in by_words
    assert "Nothing matches" in admin.get("/settings/audit?q=nobody").text
    assert "Nothing matches" in admin.get("/settings/audit?kind=API+token+made").text


def test_older_entries_are_a_page_away_and_keep_the_filter(cast: Cast, admin: Visitor) -> None:
    with cast.database.begin() as c:
        for number in range(PAGE + 2):
            audit.add(c, cast.acme, "Dana", Deed.INVITED, f"person {number}.", NOW)
        audit.add(c, cast.acme, "Dana", Deed.PAUSED, "Acme Builders", NOW)
    newest = admin.get("/settings/audit?kind=person+invited").text
    assert f"person {PAGE + 1}." in newest
    assert "person 1." not in newest
    older = re.search(r'href="([^"]+)">Older</a>', newest)
    assert older
    assert "kind=person+invited" in older[1]
    page = admin.get("/settings/audit" + html.unescape(older[1])).text
    assert "person 1." in page
    assert "person 0." in page
    assert "person 2." not in page
    assert ">Older</a>" not in page
    assert '<a class="button" href="?kind=person+invited">Newest</a>' in page


@pytest.mark.parametrize(
    "query", ["?before=x", "?before=-1", "?before=" + "9" * 30, "?kind=;drop", "?q=%00%27", "?before=²"]
)
def test_a_strange_address_still_opens(admin: Visitor, query: str) -> None:
    assert admin.get(f"/settings/audit{query}").status_code == 200


def test_before_the_first_line_and_after_the_last(cast: Cast, admin: Visitor) -> None:
    assert "Nothing to tell yet" in admin.get("/settings/audit").text
    admin.post("/settings/accounting/pause", {"paused": "on"})
    assert "That was all" in admin.get("/settings/audit?before=1").text


def test_it_is_for_admins_of_the_company(cast: Cast, admin: Visitor, staff: Visitor, outsider: Visitor) -> None:
    admin.post("/settings/accounting/pause", {"paused": "on"})
    assert staff.get("/settings/audit").status_code == 403
    assert "Nothing to tell yet" in words(outsider.get("/settings/audit").text)


def test_every_deed_can_be_chosen_once() -> None:
    assert sorted(deed for _, deeds in KINDS for deed in deeds) == sorted(Deed)
