"""The sync log in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert
from web.cast import KITCHEN, NOW, Cast, Visitor

from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.records import Change, Failure, RequestKind
from qbwc_bridge.store import companies, history, requests
from qbwc_bridge.store.models import conversations


def log(cast: Cast, company: int, **values: object) -> int:
    started = NOW - timedelta(minutes=30)
    row = {
        "company_id": company,
        "ticket_hash": token_hash(f"{company}{values}"),
        "started": started,
        "last_call_at": started,
    }
    with cast.database.begin() as c:
        made = insert(conversations).values({**row, "ended": started + timedelta(seconds=94), **values})
        return int(c.execute(made.returning(conversations.c.id)).scalar_one())


def test_each_run_says_what_it_did(cast: Cast, staff: Visitor) -> None:
    sums = {
        "quickbooks_count": 9,
        "quickbooks_total": Decimal("186400.00"),
        "our_count": 9,
        "our_total": Decimal("186400.00"),
    }
    log(cast, cast.acme, trigger="daily", result="ok", rounds=3, added=2, removed=1, **sums)
    log(
        cast,
        cast.acme,
        trigger="Sync Data Now",
        result="failed",
        error_code="0x80040408",
        error_sentence="It broke.",
        error_hint="Mend it.",
    )
    log(cast, cast.other, trigger="theirs", result="ok")
    page = staff.get("/activity").text
    for words in (
        "today 2:34 pm",
        "took 1 min 34 s, 3 rounds",
        "daily",
        "2 added, 1 removed",
        "9, $186,400.00",
        "It broke. Mend it.",
    ):
        assert words in page, words
    assert "theirs" not in page
    only = staff.get("/activity?result=failed").text
    assert "It broke." in only
    assert "2 added" not in only
    assert "Mismatch</span>" not in page


def test_an_empty_log_says_the_next_step(cast: Cast, admin: Visitor) -> None:
    assert "there was nothing to do" in admin.get("/activity").text
    cast.company(cast.acme, last_contact_at=None)
    assert "Set it up in Accounting Settings" in admin.get("/activity").text
    assert "No sync matches" in admin.get("/activity?result=held").text


def test_a_mismatch_is_marked_and_a_repaired_one_is_said(cast: Cast, staff: Visitor) -> None:
    theirs = {"quickbooks_count": 9, "quickbooks_total": Decimal("0.00")}
    ours = {"our_count": 8, "our_total": Decimal("186400.00")}
    sentence = "QuickBooks had 9 payments where we had 8. The projects concerned were read again."
    log(cast, cast.acme, result="repaired", error_code="counts-differ", error_sentence=sentence, **theirs, **ours)
    log(cast, cast.acme, result="ok", trigger="daily", added=77)
    page = staff.get("/activity?result=mismatch").text
    assert "Mismatch, repaired</span>" in page
    assert sentence in page
    assert "QuickBooks 9, ours 8, $186,400.00" in page  # its total is not known, so no zero is made up
    assert "77 added" not in page


def test_who_asked_is_said_and_found(cast: Cast, staff: Visitor) -> None:
    log(cast, cast.acme, result="ok", trigger="Sync Data Now", asked_by="Sam")
    log(cast, cast.acme, result="ok", trigger="read again completely", asked_by="Ann\nSam Smith")
    log(cast, cast.other, result="ok", trigger="daily", asked_by="Stranger")
    page = staff.get("/activity").text
    assert "Sync Data Now, asked by Sam<" in page
    assert "read again completely, asked by Ann and Sam Smith" in page
    assert "Stranger" not in page
    only = staff.get("/activity?who=Sam").text
    assert "asked by Sam<" in only
    assert "asked by Ann" not in only
    again = staff.get("/activity?why=read+again+completely").text
    assert "asked by Ann" in again
    assert "asked by Sam<" not in again


def test_days_are_the_office_s_own(cast: Cast, staff: Visitor) -> None:
    late = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)  # half past eleven in the evening of the 20th in Chicago
    log(cast, cast.acme, result="ok", trigger="daily", started=late, ended=late)
    assert "20 Nov 2026, 11:30 pm" in staff.get("/activity?from=2026-11-20&to=2026-11-20").text
    for days in ("from=2026-11-21", "to=2026-11-19"):
        assert "No sync matches" in staff.get(f"/activity?{days}").text


def test_a_project_s_syncs_are_those_that_asked_for_it_or_changed_it(cast: Cast, staff: Visitor) -> None:
    asked = log(cast, cast.acme, result="ok", trigger="first link")
    changed = log(cast, cast.acme, result="ok", trigger="daily")
    neither = log(cast, cast.acme, result="ok", trigger="weekly re-reading")
    with cast.database.begin() as c:
        requests.queue(c, cast.acme, RequestKind.PAYMENTS, project_id=cast.kitchen, trigger="", now=NOW)
        requests.change(c, cast.acme, [requests.open_rows(c, cast.acme)[0].id], conversation_id=asked)
        change = Change("1", KITCHEN, "added", None, Decimal(1))
        history.remember(c, cast.acme, [change], because="", now=NOW, conversation_id=changed)
    page = staff.get(f"/activity?project={cast.kitchen}").text
    shown = [run for run in (asked, changed, neither) if f'href="/activity/{run}"' in page]
    assert shown == [asked, changed]
    assert "No sync matches" in staff.get(f"/activity?project={cast.theirs}").text


def test_a_long_log_has_pages(cast: Cast, staff: Visitor) -> None:
    runs = [log(cast, cast.acme, result="ok", trigger="daily", rounds=number) for number in range(70)]
    first = staff.get("/activity?why=daily").text
    shown = [run for run in runs if f'href="/activity/{run}"' in first]
    assert shown == runs[20:]
    older = f"/activity?why=daily&before={runs[20]}"
    assert older.replace("&", "&amp;").removeprefix("/activity") in first
    second = staff.get(older).text
    assert [run for run in runs if f'href="/activity/{run}"' in second] == runs[:20]
    assert "Older" not in second
    assert "Newest" in second


@pytest.mark.parametrize("query", ["result=x", "why=x", "project=-1", "from=0001-01-01", "to=9999-12-31", "before=9e9"])
def test_an_address_that_cannot_be_read_still_opens(cast: Cast, staff: Visitor, query: str) -> None:
    log(cast, cast.acme, result="ok", trigger="daily")
    assert "daily" in staff.get(f"/activity?{query}").text


def test_a_sync_without_an_end_runs_until_it_is_silent(cast: Cast, staff: Visitor) -> None:
    run = log(cast, cast.acme, trigger="daily", ended=None, last_call_at=NOW - timedelta(seconds=9), progress=40)
    page = staff.get("/activity?result=running").text
    assert "Running</span> 40 %" in page
    assert 'data-status="/activity/status.json"' in page
    status = staff.get("/activity/status.json").get_json()
    assert (status["state"], status["progress"], status["waiting"]) == ("syncing", 40, True)
    assert 'data-status="/activity/status.json"' in staff.get(f"/activity/{run}").text
    cast.clock.advance(minutes=20)
    assert "No answer</span>" in staff.get("/activity").text
    assert not staff.get("/activity/status.json").get_json()["waiting"]
    assert "has not called since today 3:03 pm" in staff.get(f"/activity/{run}").text


# Asking again --------------------------------------------------------------------------------------------------------


def queue_of(cast: Cast) -> list[tuple[str, int | None, str, str]]:
    with cast.database.read() as c:
        return [(row.kind, row.project_id, row.trigger, row.requested_by) for row in requests.open_rows(c, cast.acme)]


def broken(cast: Cast) -> int:
    failure = Failure("0x80040408", "QuickBooks could not be started.", "Open it.")
    with cast.database.begin() as c:
        companies.failed(c, cast.acme, failure, NOW)
    return log(cast, cast.acme, result="failed", error_code=failure.code, error_sentence=failure.sentence)


def test_after_a_problem_it_is_asked_again(cast: Cast, staff: Visitor) -> None:
    assert "Try again" not in staff.get("/activity").text
    run = broken(cast)
    for page in ("/activity", f"/activity/{run}"):
        assert "Try again" in staff.get(page).text
    cast.clock.advance(minutes=1)
    assert "Asked again" in staff.follow("/activity/retry").text
    assert queue_of(cast) == [("changed payments", None, "Sync Data Now", "Sam")]
    for page in ("/activity", f"/activity/{run}"):
        assert "Try again" not in staff.get(page).text
    assert "waiting or running already" in staff.follow("/activity/retry").text
    assert len(queue_of(cast)) == 1


def test_an_older_problem_is_not_tried_again(cast: Cast, staff: Visitor) -> None:
    run = broken(cast)
    log(cast, cast.acme, result="ok", trigger="daily")
    assert "Try again" not in staff.get(f"/activity/{run}").text


def test_asking_where_nobody_would_come_is_refused(cast: Cast, staff: Visitor) -> None:
    cast.company(cast.acme, last_contact_at=None)
    assert staff.post("/activity/retry").status_code == 409
    assert queue_of(cast) == []


def test_everything_is_read_again_after_a_page_that_says_what_it_does(cast: Cast, admin: Visitor) -> None:
    asked = admin.get("/activity/reread").text
    for words in ("the one linked project", "Nothing is removed until", "Read everything again?"):
        assert words in asked
    assert queue_of(cast) == []
    assert "Everything will be read again." in admin.follow("/activity/reread").text
    assert queue_of(cast) == [("payments", cast.kitchen, "read again completely", "Dana")]
    refused = "A complete reading is waiting or running already, asked for by Dana today 3:04 pm."
    assert refused in admin.follow("/activity/reread").text
    assert len(queue_of(cast)) == 1
    page = admin.get("/activity/reread").text
    assert refused in page
    assert 'method="post" class="buttons"' not in page


def test_with_nothing_linked_there_is_nothing_to_read_again(cast: Cast, admin: Visitor) -> None:
    cast.project(cast.kitchen, client_payments=False)
    assert "There is nothing to read again" in admin.get("/activity/reread").text
    assert admin.post("/activity/reread").status_code == 409
    assert queue_of(cast) == []


def test_one_project_is_read_again(cast: Cast, admin: Visitor, outsider: Visitor) -> None:
    address = f"/projects/{cast.kitchen}/reread"
    assert address in admin.get(f"/projects/{cast.kitchen}/setup").text
    assert "All payments will be read again." in admin.follow(address).text
    assert queue_of(cast) == [("payments", cast.kitchen, "read again completely", "Dana")]
    assert "waiting already" in admin.follow(address).text
    assert "/reread" not in admin.get(f"/projects/{cast.bath}/setup").text
    assert admin.post(f"/projects/{cast.bath}/reread").status_code == 409
    assert outsider.post(address).status_code == 404
    assert len(queue_of(cast)) == 1
