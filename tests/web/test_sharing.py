"""Client links: shown once, read-only, revocable, with an end."""

import re
from datetime import timedelta

import pytest
from web.cast import NOW, Cast, Visitor

from qbwc_bridge.errors import DatabaseAway
from qbwc_bridge.records import Failure
from qbwc_bridge.store import projects, shares


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
    assert "Open</td>" in page
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


@pytest.mark.parametrize("day", ["2026-11-22", "soon"])
def test_a_last_day_in_the_past_is_refused(cast: Cast, admin: Visitor, day: str) -> None:
    assert admin.post(f"/projects/{cast.kitchen}/shares", {"expires": day}).status_code == 422


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
