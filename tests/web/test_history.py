"""The change history of a project in sentences: why is the total another one?"""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from office import Office
from web.cast import BATH, KITCHEN, NOW, SMITH, Cast, Visitor
from web.real_office import GARAGE, ROOF, again, opened, pay, synced
from web.real_office import KITCHEN as KITCHEN_JOB

from qbwc_bridge.connector import links
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.records import Change, Project, Trigger
from qbwc_bridge.store import conversations, customers, forgetting, payments, projects
from qbwc_bridge.summary import LATELY

TWELVE, TEN = Decimal("12000.00"), Decimal("10000.00")


def remember(cast: Cast, company: int, *changes: Change, **options: Any) -> None:
    with cast.database.begin() as c:
        payments.apply(c, company, changes=changes, because="deleted in QuickBooks", **{"now": NOW, **options})


def words(change: Change, cast: Cast, visitor: Visitor) -> str:
    """The page with this one change on it."""
    remember(cast, cast.acme, change)
    return visitor.get(f"/projects/{cast.kitchen}/history").text


SENTENCES = {
    "added": (
        Change("4ECE-0", KITCHEN, "added", None, TWELVE),
        "Check 1043, $12,000.00 of Mar 3, 2026, is new.",
    ),
    "amount": (
        Change("4ECE-0", KITCHEN, "changed", TWELVE, TEN, {"total": ("12000.00", "10000.00")}),
        "Check 1043 of Mar 3, 2026: $12,000.00 became $10,000.00.",
    ),
    "fields": (
        Change("4ECE-0", KITCHEN, "changed", TEN, TEN, {"date": ("2026-03-03", "2026-03-04"), "memo": ("a", "<b>")}),
        "Check 1043 of Mar 3, 2026: date Mar 3, 2026 became Mar 4, 2026; memo “a” became “&lt;b&gt;”.",
    ),
    "names": (
        Change("4ECE-0", KITCHEN, "changed", TEN, TEN, {"method": ("Check", ""), "ref_number": ("", "9")}),
        "method “Check” became (none); reference (none) became “9”.",
    ),
    "whole": (
        Change("4ECE-6", KITCHEN, "changed", TEN, TEN, {"total": ("10000.00", "12000.00")}),
        "the whole payment $10,000.00 became $12,000.00.",
    ),
    "payer": (
        Change("4ECE-0", KITCHEN, "changed", TEN, TEN, {"list_id": (SMITH, KITCHEN)}),
        "received from Smith:Kitchen instead of Smith.",
    ),
    "voided": (
        Change("4ECE-5", KITCHEN, "voided", TEN, Decimal("0.00")),
        "Check 1062, $10,000.00 of Aug 11, 2026, was voided in QuickBooks.",
    ),
    "unknown": (
        Change("gone", KITCHEN, "removed", TEN, None),
        "A payment of $10,000.00 was deleted in QuickBooks.",
    ),
    "moved away": (
        Change("4ECE-0", KITCHEN, "changed", TEN, None, {"list_id": (KITCHEN, BATH)}),
        "Check 1043, $10,000.00 of Mar 3, 2026, moved away to Smith:Bath.",
    ),
    "moved here from an unknown one": (
        Change("4ECE-0", KITCHEN, "changed", None, TEN, {"list_id": ("x", KITCHEN)}),
        "Check 1043, $10,000.00 of Mar 3, 2026, moved here from another customer or job.",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_each_change_is_a_sentence(cast: Cast, staff: Visitor, name: str) -> None:
    change, sentence = SENTENCES[name]
    assert sentence in words(change, cast, staff)


def test_another_company_s_changes_are_not_here(cast: Cast, staff: Visitor, outsider: Visitor) -> None:
    remember(cast, cast.other, Change("x", KITCHEN, "added", None, Decimal("77.00")))
    assert "$77.00" not in staff.get(f"/projects/{cast.kitchen}/history").text
    assert "$77.00" in outsider.get(f"/projects/{cast.theirs}/history").text
    for page in ("history", "history.csv"):
        assert outsider.get(f"/projects/{cast.kitchen}/{page}").status_code == 404


def test_a_client_does_not_read_it(cast: Cast, client: Visitor) -> None:
    for page in ("history", "history.csv"):
        assert client.get(f"/projects/{cast.kitchen}/{page}").status_code == 403
        assert client.get(f"/projects/{cast.bath}/{page}").status_code == 404


def test_nothing_yet(cast: Cast, staff: Visitor) -> None:
    assert "The first sync brings the first ones" in staff.get(f"/projects/{cast.kitchen}/history").text
    assert "typed by hand" in staff.get(f"/projects/{cast.bath}/history").text
    assert "No change matches" in staff.get(f"/projects/{cast.kitchen}/history?kind=voided").text


def test_filters_live_in_the_address(cast: Cast, staff: Visitor) -> None:
    for days, what in ((0, "added"), (2, "voided"), (4, "removed")):
        change = Change(f"4ECE-{days}", KITCHEN, what, TEN, TEN)
        remember(cast, cast.acme, change, now=NOW - timedelta(days=days))
    page = f"/projects/{cast.kitchen}/history"
    shown = {
        query: [word for word in ("is new", "was voided", "was deleted") if word in staff.get(f"{page}?{query}").text]
        for query in (
            "",
            "kind=voided",
            "from=2026-11-20",
            "to=2026-11-21",
            "from=2026-11-21&to=2026-11-21",
            "kind=nonsense&from=x&to=9999-12-31&sync=y&before=%C2%B2",
        )
    }
    assert list(shown.values()) == [
        ["is new", "was voided", "was deleted"],
        ["was voided"],
        ["is new", "was voided"],
        ["was voided", "was deleted"],
        ["was voided"],
        ["is new", "was voided", "was deleted"],
    ]
    assert f"{page}.csv?kind=voided" in staff.get(f"{page}?kind=voided").text


def test_a_long_history_has_pages(cast: Cast, staff: Visitor) -> None:
    for number in range(120):
        remember(cast, cast.acme, Change(f"n{number}", KITCHEN, "added", None, Decimal(number)))
    address, seen = f"/projects/{cast.kitchen}/history?kind=added", []
    for _ in range(3):
        page = staff.get(address).text
        seen += [number for number in range(120) if f"A payment of ${number}.00 is new" in page]
        address = page.partition('href="?kind=added&amp;before=')[2].partition('"')[0]
        address = f"/projects/{cast.kitchen}/history?kind=added&before={address}"
    assert sorted(seen) == list(range(120))
    assert "Older" not in page
    assert "Newest" in page


def test_the_file_has_what_the_page_has(cast: Cast, staff: Visitor) -> None:
    remember(cast, cast.acme, Change("4ECE-0", KITCHEN, "added", None, TWELVE))
    risky = {"memo": ("", "=1+1")}
    remember(cast, cast.acme, Change("=x", KITCHEN, "changed", TWELVE, TEN, risky), now=NOW + timedelta(seconds=1))
    answer = staff.get(f"/projects/{cast.kitchen}/history.csv")
    newest, oldest = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert oldest["What happened"] == "Check 1043, $12,000.00 of Mar 3, 2026, is new."
    assert (oldest["Payment date"], oldest["Ref / check no."], oldest["Before"]) == ("2026-03-03", "1043", "")
    assert (newest["Difference"], newest["Kind"], newest["TxnID"]) == ("-2000.00", "Edited", "'=x")
    assert newest["Noticed"] == "2026-11-23T21:04:01Z"
    only = staff.get(f"/projects/{cast.kitchen}/history.csv?kind=added").data.decode("utf-8-sig")
    assert len(only.splitlines()) == 2


# With a real sync behind it ------------------------------------------------------------------------------------------


@pytest.fixture
def office(cast: Cast) -> Office:
    return opened(cast)


def history_of(visitor: Visitor, project: Project, query: str = "") -> str:
    return visitor.get(f"/projects/{project.id}/history{query}").text


def test_each_change_in_quickbooks_is_told_with_its_sync(office: Office, staff: Visitor) -> None:
    kitchen, garage, roof = synced(office, KITCHEN_JOB, GARAGE, ROOF)
    books = office.books
    bill, edited = pay(books, office.list_id(KITCHEN_JOB), "500.00", "7")
    _, moved = pay(books, office.list_id(KITCHEN_JOB), "20.00", "8")
    _, voided = pay(books, office.list_id(KITCHEN_JOB), "30.00", "9")
    _, deleted = pay(books, office.list_id(KITCHEN_JOB), "40.00", "10")
    new = again(office)
    assert "4 payments, +$590.00 in all" in history_of(staff, kitchen)
    books.edit_payment(edited.txn_id, amount=Decimal("650.00"), memo="thanks")
    books.move_payment(moved.txn_id, office.list_id(ROOF))
    books.void_payment(voided.txn_id)
    books.delete_payment(deleted.txn_id)
    run = again(office)
    page = history_of(staff, kitchen, f"?sync={run}")
    for sentence in (
        "$500.00 became $650.00; memo (none) became “thanks”.",
        "moved away to Jones:Roof.",
        "Check 9, $30.00 of",
        "was voided in QuickBooks.",
        "Check 10, $40.00 of",
        "was deleted in QuickBooks.",
        "4 payments, +$60.00 in all",
        f'href="/activity/{run}"',
    ):
        assert sentence in page, sentence
    assert "moved here from Smith:Kitchen." in history_of(staff, roof)
    assert f'href="/activity/{run}"' not in history_of(staff, garage)
    effects = staff.get(f"/activity/{run}").text
    assert "+$60.00" in effects
    assert "+$20.00" in effects
    assert f'href="/projects/{kitchen.id}/history?sync={run}"' in effects
    assert bill
    assert f'href="/activity/{new}"' in history_of(staff, kitchen)


def test_a_project_with_its_jobs_included_sees_only_what_concerns_them(office: Office, staff: Visitor) -> None:
    whole = office.link("Smith", include_jobs=True)
    (kitchen,) = synced(office, KITCHEN_JOB)
    _, paid = pay(office.books, office.list_id(KITCHEN_JOB), "500.00", "7")
    pay(office.books, office.list_id(ROOF), "333.00", "8")
    again(office)
    office.books.move_payment(paid.txn_id, office.list_id(GARAGE))
    again(office)
    page = history_of(staff, whole)
    assert "received from Smith:Garage instead of Smith:Kitchen" in page
    assert "$333.00" not in page
    assert "moved away to Smith:Garage" in history_of(staff, kitchen)


def test_another_link_shows_what_concerns_the_new_one_and_says_so(office: Office, staff: Visitor) -> None:
    (project,) = synced(office, KITCHEN_JOB)
    with office.database.begin() as c:
        garage = customers.find(c, office.company.id, GARAGE)
        form = links.ProjectForm(project.name, "", None, garage.list_id, True, True)
        links.save(c, office.company, project.id, form, office.clock(), "Dana")
    pay(office.books, office.list_id(GARAGE), "44.00", "11")
    again(office)
    page = history_of(staff, project)
    assert "Linked to Smith:Garage instead of Smith:Kitchen; jobs below it are included, by Dana." in page
    assert "Linked to Smith:Kitchen; Client Payments was switched on, by dana@example.com." in page
    assert "Check 11, $44.00 of" in page
    with office.database.begin() as c:
        links.save(c, office.company, project.id, links.ProjectForm(project.name), office.clock(), "Dana")
    assert "No longer linked to Smith:Garage" in history_of(staff, project)


def test_typed_payments_that_are_replaced_and_come_back_are_told(office: Office, cast: Cast, staff: Visitor) -> None:
    with office.database.begin() as c:
        project = projects.by_id(c, office.company.id, projects.add(c, office.company.id, "Typed", office.clock()))
    for amount in ("100.00", "50.00"):
        typed = {"date": "2026-11-01", "amount": amount}
        assert staff.post(f"/projects/{project.id}/payments", typed).status_code == 303
    switch(office, project, on=True)
    again(office)
    assert "2 payments typed by hand, $150.00, went to the archive" in history_of(staff, project)
    switch(office, project, on=False)
    page = history_of(staff, project, "?kind=restored")
    assert "2 payments typed by hand, $150.00, came back from the archive and count again, by Dana." in page
    assert "went to the archive" not in page
    assert "typed by hand" in staff.get(f"/projects/{project.id}/history.csv").text


def switch(office: Office, project: Project, *, on: bool) -> None:
    with office.database.begin() as c:
        form = links.ProjectForm(project.name, "", None, office.list_id(KITCHEN_JOB), False, on)
        links.save(c, office.company, project.id, form, office.clock(), "Dana")


def test_an_accepted_empty_answer_says_who_accepted_it(office: Office, staff: Visitor, admin: Visitor) -> None:
    (project,) = synced(office, KITCHEN_JOB)
    for txn in [one for one in office.books.txns.values() if one.customer == project.list_id and one.kind != "Invoice"]:
        office.books.delete_payment(txn.txn_id)
    with office.database.begin() as c:
        queue.request_sync(
            c, office.company.id, project.id, trigger=Trigger.AGAIN, by="Dana", now=office.clock(), full=True
        )
    office.poll()
    admin.post(f"/projects/{project.id}/sync/accept")
    assert "was removed: Dana accepted that QuickBooks has no payments here any more." in history_of(staff, project)
    with office.database.read() as c:
        assert conversations.log(c, office.company.id)[0].trigger == "read again completely"


def test_a_change_is_still_told_when_its_sync_is_out_of_the_log(office: Office, staff: Visitor) -> None:
    (kitchen,) = synced(office, KITCHEN_JOB)
    pay(office.books, office.list_id(KITCHEN_JOB), "500.00", "7")
    run = again(office)
    for _ in range(LATELY):
        again(office)
    with office.database.begin() as c:
        forgetting.forget(c, office.company.id, forgetting.Kind.SYNCS, office.clock.now)
    for query in ("", f"?sync={run}"):
        page = history_of(staff, kitchen, query)
        assert "+$500.00" in page
        assert f"/activity/{run}" not in page
    assert staff.get(f"/activity/{run}").status_code == 404
