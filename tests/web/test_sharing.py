"""Client links: shown once, read-only, revocable, with an end."""

import re
from datetime import timedelta
from html import escape

import pytest
from web.cast import NOW, Cast, Visitor

from qbwc_bridge.errors import DatabaseAway
from qbwc_bridge.records import Failure
from qbwc_bridge.store import projects, shares
from qbwc_bridge.web import filters


def made(cast: Cast, admin: Visitor, **fields: str) -> str:
    page = admin.post(f"/projects/{cast.kitchen}/shares", fields)
    found = re.search(r'value="http://localhost:8765(/shared/[\w-]{40,})"', page.text)
    assert found, page.text
    return found[1]


def test_anybody_with_the_link_reads_the_clients_summary(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    answer = stranger.get(made(cast, admin))
    assert answer.status_code == 200
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text
    assert "Set-Cookie" not in answer.headers
    for words in (
        "<strong>Acme Builders</strong>",
        "$182,400.00",
        "As of today 2:04 pm.",
        "of $10,000.00",
        "8 payments",
    ):
        assert words in answer.text, words
    for words in (
        "Memo",
        "Counter tops",
        "Invoice",
        "Voided",
        "1062",
        "received on",
        "Smith:Kitchen",
        "Sync",
        "Sign in",
    ):
        assert words not in answer.text, words


def test_the_address_is_not_kept(cast: Cast, admin: Visitor) -> None:
    link = made(cast, admin)
    assert link.rpartition("/")[2] not in admin.get(f"/projects/{cast.kitchen}/setup").text
    with cast.database.read() as c:
        assert [share.created_by for share in shares.listing(c, cast.acme, cast.kitchen)] == ["Dana"]


@pytest.mark.parametrize("state", ["failed", "held", "stale"])
def test_a_client_reads_of_doubt_but_never_of_errors(cast: Cast, admin: Visitor, stranger: Visitor, state: str) -> None:
    link = made(cast, admin)
    with cast.database.begin() as c:
        if state == "failed":
            projects.failed(c, cast.acme, cast.kitchen, Failure("0x80040408", "QuickBooks broke.", "Fix it."), NOW)
        elif state == "held":
            projects.held(c, cast.acme, cast.kitchen, NOW)
        else:
            projects.synced(c, cast.acme, cast.kitchen, NOW - timedelta(days=3))
    page = stranger.get(link).text
    assert "This may not include recent payments." in page
    assert "QuickBooks" not in page


def test_before_the_first_sync_nothing_is_promised(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    link = made(cast, admin)
    cast.project(cast.kitchen, synced_at=None)
    page = stranger.get(link).text
    assert "As of" not in page
    assert "No payments yet" in page


def test_a_revoked_link_opens_nothing(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    link = made(cast, admin)
    page = admin.get(f"/projects/{cast.kitchen}/setup").text
    assert "<span>Open</span>" in page
    assert "is revoked" in admin.follow(f"/projects/{cast.kitchen}/shares/1/revoke").text
    assert stranger.get(link).status_code == 404
    assert admin.post(f"/projects/{cast.bath}/shares/1/revoke").status_code == 404


def test_a_link_with_a_last_day_ends_with_that_day(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    link = made(cast, admin, expires="2026-11-24")
    cast.clock.advance(days=1)
    assert stranger.get(link).status_code == 200
    cast.clock.advance(hours=10)  # past midnight in Chicago
    answer = stranger.get(link)
    assert answer.status_code == 404
    assert "ask your contractor" in answer.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"expires": "2026-11-22"}, "This day is over. A client link can end today or later."),
        ({"expires": "soon"}, "Enter a date, such as"),
        ({"label": "x" * 101}, "at most 100 characters"),
    ],
)
def test_a_refused_link_keeps_what_was_typed(cast: Cast, admin: Visitor, fields: dict[str, str], sentence: str) -> None:
    typed = {"label": "Jane & Co", "memo": "on", **fields}
    answer = admin.post(f"/projects/{cast.kitchen}/shares", typed)
    assert answer.status_code == 422
    page = " ".join(answer.text.split())
    assert "<title>Error: Project Setup" in page
    (wrong,) = fields
    assert re.search(f'<a href="#f-{wrong}">[^<]*{re.escape(sentence)}', page)
    assert f'name="label" type="text" value="{escape(typed["label"])}"' in page
    assert f'name="expires" type="date" value="{typed.get("expires", "")}"' in page
    assert '<input id="f-memo" name="memo" type="checkbox" checked' in page
    assert '<input id="f-applied_to" name="applied_to" type="checkbox" a' in page
    assert 'value="Smith:Kitchen"' in page  # the rest of the page is as it is kept
    with cast.database.read() as c:
        assert shares.listing(c, cast.acme, cast.kitchen) == []


def test_the_list_names_the_last_day_a_link_opens(cast: Cast, admin: Visitor) -> None:
    made(cast, admin, expires="2026-11-24")
    setup = f"/projects/{cast.kitchen}/setup"
    assert "Open until Nov 24, 2026<" in admin.get(setup).text
    cast.clock.advance(days=2)
    assert "Ended Nov 24, 2026<" in admin.get(setup).text


def test_a_link_can_end_today(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    assert stranger.get(made(cast, admin, expires="2026-11-23")).status_code == 200


BOTH = {"applied_to": "on", "memo": "on"}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [({}, set()), ({"applied_to": "on"}, {"Applied to"}), ({"memo": "on"}, {"Memo"}), (BOTH, {"Applied to", "Memo"})],
)
def test_a_link_shows_the_columns_it_was_made_with(
    cast: Cast, admin: Visitor, stranger: Visitor, fields: dict[str, str], shown: set[str]
) -> None:
    page = " ".join(stranger.get(made(cast, admin, **fields)).text.split())
    columns = {
        "Applied to": ["Invoice 94", "Invoice 90, not yet applied $400.00"],
        "Memo": ["Counter tops", "For two jobs"],
    }
    for title, words in columns.items():
        assert (f">{title}</th>" in page) is (title in shown)
        for word in words:
            assert (word in page) is (title in shown), word
    for words in ("Voided", "Bounced", "1062", "received on", "Smith:Kitchen", "4ECE", "INV-", "$1,000.00"):
        assert words not in page, words  # whatever is allowed


def test_each_link_has_columns_of_its_own(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    open_minded, plain = made(cast, admin, memo="on"), made(cast, admin)
    assert "Counter tops" in stranger.get(open_minded).text
    assert "Counter tops" not in stranger.get(plain).text


def test_the_list_says_for_whom_and_what(cast: Cast, admin: Visitor) -> None:
    made(cast, admin, label="Jane <Smith>", **BOTH)
    made(cast, admin)
    page = " ".join(admin.get(f"/projects/{cast.kitchen}/setup").text.split())
    assert (
        '<td class="free">Jane &lt;Smith&gt;<span class="meta">Made today 3:04 pm by Dana<br>Shows also Applied to, Memo'
        in page
    )
    assert "Revoke the link for Jane &lt;Smith&gt;, made today" in page
    assert '<td class="free">–<span class="meta">Made today 3:04 pm by Dana</span>' in page


def test_a_new_link_begins_with_what_the_projects_clients_see(cast: Cast, admin: Visitor) -> None:
    cast.project(cast.kitchen, clients_see_memo=True)
    page = " ".join(admin.get(f"/projects/{cast.kitchen}/setup").text.split())
    assert '<input id="f-memo" name="memo" type="checkbox" checked' in page
    assert '<input id="f-applied_to" name="applied_to" type="checkbox" a' in page


@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "' or 1=1"])
def test_an_unknown_token_opens_nothing(stranger: Visitor, token: str) -> None:
    answer = stranger.get(f"/shared/{token}")
    assert answer.status_code == 404
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_a_client_never_reads_of_the_database(
    monkeypatch: pytest.MonkeyPatch, cast: Cast, admin: Visitor, stranger: Visitor
) -> None:
    link = made(cast, admin)

    def away() -> None:
        raise DatabaseAway("The database is away.")

    monkeypatch.setattr(cast.database, "read", away)
    answer = stranger.get(link)
    assert answer.status_code == 503
    assert "atabase" not in answer.text


def test_a_link_pages_through_many_payments(
    cast: Cast, admin: Visitor, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "LINES", 5)
    link = made(cast, admin)
    first, second = stranger.get(link).text, stranger.get(f"{link}?page=2&q=1043&sort=amount").text
    assert [text.count('<td><span class="day">') for text in (first, second)] == [5, 3]
    assert "1–5 of 8" in first
    assert "Mar 3, 2026" not in first.partition("<tbody>")[2].partition("</tbody>")[0]
    assert second.index("Apr 10, 2026") < second.rindex("Mar 3, 2026")  # newest first, whatever else the address says
    for text in (first, second):
        assert "8 payments, newest first" in text
        assert "$182,400.00" in text
