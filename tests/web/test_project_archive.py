"""Archiving a project and restoring it: who sees it meanwhile, what it says, and that nothing is lost."""

from decimal import Decimal
from typing import Any

import pytest
from web.cast import NOW, PAID_TOTAL, Cast, Visitor

from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.records import Project, State
from qbwc_bridge.store import manual, projects, requests, shares, summaries, users


def kept(cast: Cast, project_id: int) -> Project:
    with cast.database.read() as c:
        return projects.by_id(c, cast.acme, project_id)


def waiting(cast: Cast) -> list[int | None]:
    with cast.database.read() as c:
        return [row.project_id for row in requests.open_rows(c, cast.acme)]


def archive(cast: Cast, admin: Visitor, project_id: int) -> str:
    page = admin.follow(f"/projects/{project_id}/setup/archive").text
    assert kept(cast, project_id).archived_at == NOW
    return page


def test_the_setup_page_leads_to_a_page_that_says_what_happens(cast: Cast, admin: Visitor) -> None:
    with cast.database.begin() as c:
        shares.add(c, cast.acme, cast.kitchen, token_hash("open"), by="Dana", now=NOW)
    assert f'href="/projects/{cast.kitchen}/setup/archive"' in admin.get(f"/projects/{cast.kitchen}/setup").text
    page = admin.get(f"/projects/{cast.kitchen}/setup/archive").text
    assert "Archive Smith kitchen?" in page
    assert "$182,400.00 in 8 payments, as of today 2:04 pm" in page
    assert "no longer synced with QuickBooks" in page
    assert "its client link does not open" in page
    assert "Nothing is deleted" in page
    assert kept(cast, cast.kitchen).archived_at is None


def test_an_archived_project_leaves_the_list_and_a_filter_shows_it(cast: Cast, admin: Visitor, staff: Visitor) -> None:
    page = archive(cast, admin, cast.kitchen)
    assert "Smith kitchen is archived. The filter Archived shows it." in page
    assert f"/projects/{cast.kitchen}/financials" not in page
    assert '<option value="archived">Archived (1)</option>' in page
    assert "In use (1)" in page
    found = staff.get("/?state=archived").text
    assert f"/projects/{cast.kitchen}/financials" in found
    assert '<span class="badge off">Archived</span>' in found
    assert "1 archived project, payments as last received" in found
    assert "$182,400.00" in found
    assert "Smith bath" not in found
    assert f"/projects/{cast.kitchen}/financials" in staff.get("/?state=archived&q=KITCHEN").text


def test_a_search_says_that_archived_projects_are_looked_through_by_themselves(cast: Cast, admin: Visitor) -> None:
    archive(cast, admin, cast.kitchen)
    page = admin.get("/?q=kitchen").text
    assert "No project matches" in page
    assert '<a href="?q=kitchen&amp;state=archived">look among the 1 archived</a>' in page
    assert "No project matches" in admin.get("/?q=bath&state=archived").text


def test_when_all_are_archived_the_list_says_so(cast: Cast, admin: Visitor) -> None:
    assert "No project is archived" in admin.get("/?state=archived").text
    archive(cast, admin, cast.bath)
    page = archive(cast, admin, cast.kitchen)
    assert "No project is in use" in page
    assert "2 are archived" in page
    assert "New project" in page


def test_staff_still_open_it_read_it_and_export_it(cast: Cast, admin: Visitor, staff: Visitor) -> None:
    archive(cast, admin, cast.kitchen)
    with cast.database.begin() as c:  # whatever becomes of the payments meanwhile
        c.exec_driver_sql("update parts set amount = amount + 100")
    page = staff.get(f"/projects/{cast.kitchen}/financials").text
    assert "This project is archived and no longer synced with QuickBooks." in " ".join(page.split())
    assert "Nothing in it changes until it is restored." in page
    assert "As of today 2:04 pm." in page
    assert "$182,400.00" in page
    assert "Sync Data Now" not in page
    assert "Restore…" not in page
    assert "Restore…" in admin.get(f"/projects/{cast.kitchen}/financials").text
    document = staff.get(f"/projects/{cast.kitchen}/payments.json").get_json()
    assert (document["state"], document["paid_to_date"], document["count"]) == ("off", str(PAID_TOTAL), 8)
    assert b"1043" in staff.get(f"/projects/{cast.kitchen}/payments.csv").data
    assert staff.get(f"/projects/{cast.kitchen}/payments.xlsx").status_code == 200
    assert staff.get(f"/projects/{cast.kitchen}/history").status_code == 200


def test_it_is_not_synced_whoever_asks(cast: Cast, admin: Visitor, staff: Visitor) -> None:
    staff.post(f"/projects/{cast.kitchen}/sync")
    assert waiting(cast) == [None]
    archive(cast, admin, cast.kitchen)
    assert waiting(cast) == []
    answer = staff.post(f"/projects/{cast.kitchen}/sync")
    assert answer.status_code == 409
    assert "archived" in answer.text
    assert waiting(cast) == []
    with cast.database.read() as c:
        assert [line.project.id for line in summaries.overview(c, cast.acme, NOW).projects] == [cast.bath]


def test_clients_see_nothing_of_it_until_it_is_restored(
    cast: Cast, admin: Visitor, client: Visitor, stranger: Visitor
) -> None:
    with cast.database.begin() as c:
        shares.add(c, cast.acme, cast.kitchen, token_hash("open"), by="Dana", now=NOW)
    assert stranger.get("/shared/open").status_code == 200
    archive(cast, admin, cast.kitchen)
    closed = stranger.get("/shared/open")
    assert closed.status_code == 404
    assert "This link does not open anything" in closed.text
    for path in ("financials", "payments.json", "status.json"):
        assert client.get(f"/projects/{cast.kitchen}/{path}").status_code == 404
    for query in ("", "?state=archived", "?q=kitchen", "?q=kitchen&state=archived"):
        assert "Smith kitchen" not in client.get(f"/{query}").text
    admin.post(f"/projects/{cast.kitchen}/setup/restore")
    assert stranger.get("/shared/open").status_code == 200
    assert "Smith kitchen" in client.get("/").text
    assert client.get(f"/projects/{cast.kitchen}/financials").status_code == 200


def test_an_archived_project_stays_granted_when_somebody_is_changed(cast: Cast, admin: Visitor) -> None:
    archive(cast, admin, cast.kitchen)
    person = f"/settings/users/{cast.people['client']}"
    page = admin.get(person).text
    assert "Smith kitchen (archived)" in page
    admin.post(person, {"role": "client", "projects": [cast.kitchen, cast.bath]})
    with cast.database.read() as c:
        assert users.grants(c, cast.people["client"], cast.acme) == {cast.kitchen, cast.bath}
    assert "Smith kitchen" not in admin.get(f"/settings/users/{cast.people['staff']}").text


def test_restored_it_says_of_which_day_its_payments_are_until_they_are_read_again(
    cast: Cast, admin: Visitor, client: Visitor
) -> None:
    archive(cast, admin, cast.kitchen)
    page = " ".join(admin.follow(f"/projects/{cast.kitchen}/setup/restore").text.split())
    assert "Smith kitchen is restored. Its payments are read again completely" in page
    assert "Sync requested" in page
    assert "As of today 2:04 pm." in page
    assert "$182,400.00" in page
    assert waiting(cast) == [cast.kitchen]
    admin.post(f"/projects/{cast.kitchen}/sync/cancel")
    page = " ".join(admin.get(f"/projects/{cast.kitchen}/financials").text.split())
    assert "not read again since it was restored" in page
    assert "Up to date" not in page
    theirs = client.get(f"/projects/{cast.kitchen}/financials").text
    assert "As of today 2:04 pm. This may not include recent payments." in theirs
    with cast.database.read() as c:
        assert summaries.status(c, cast.acme, cast.kitchen, NOW).state is State.STALE


def test_its_setup_page_shows_what_is_kept_and_restores_it(cast: Cast, admin: Visitor) -> None:
    archive(cast, admin, cast.kitchen)
    page = admin.get(f"/projects/{cast.kitchen}/setup").text
    assert "Archived today 3:04 pm." in page
    assert ">Restore</button>" in page
    for words in ("J. Smith", "$240,000.00", "Smith:Kitchen"):
        assert words in page
    assert 'name="contract_price"' not in page
    assert "Make a client link" not in page
    assert "Archive…" not in page


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("setup", {"name": "Another name", "client_payments": "on", "customer": "Smith:Kitchen"}),
        ("shares", {"expires": ""}),
    ],
)
def test_nothing_in_it_changes(cast: Cast, admin: Visitor, path: str, data: dict[str, Any]) -> None:
    archive(cast, admin, cast.kitchen)
    before = kept(cast, cast.kitchen)
    answer = admin.post(f"/projects/{cast.kitchen}/{path}", data)
    assert answer.status_code in {409, 422}
    assert "is archived" in answer.text
    assert kept(cast, cast.kitchen) == before
    if path == "setup":
        assert 'value="Another name"' in answer.text  # nothing typed is lost


def test_typed_payments_stay_and_can_be_typed_again_when_it_is_restored(
    cast: Cast, admin: Visitor, staff: Visitor
) -> None:
    archive(cast, admin, cast.bath)
    page = staff.get(f"/projects/{cast.bath}/financials").text
    assert "This project is archived." in " ".join(page.replace("</span>", "").split())
    assert "$18,000.00" in page
    assert "Add payment" not in page
    payment = {"date": "2026-11-01", "amount": "10.00"}
    for path in ("new", "1/edit", "1/delete"):
        assert staff.get(f"/projects/{cast.bath}/payments/{path}").status_code == 409
        assert staff.post(f"/projects/{cast.bath}/payments/{path}", payment).status_code == 409
    admin.post(f"/projects/{cast.bath}/setup/restore")
    assert waiting(cast) == []
    staff.post(f"/projects/{cast.bath}/payments/new", payment)
    with cast.database.read() as c:
        assert manual.tally(c, cast.acme, cast.bath).total == Decimal("18010.00")


@pytest.mark.parametrize("address", ["/projects", "/projects/{bath}/setup"])
def test_its_name_stays_taken_and_the_error_says_how_to_get_it_back(cast: Cast, admin: Visitor, address: str) -> None:
    archive(cast, admin, cast.kitchen)
    answer = admin.post(address.format(bath=cast.bath), {"name": "Smith kitchen"})
    assert answer.status_code == 422
    assert "There is an archived project named &#39;Smith kitchen&#39;." in answer.text
    assert "Restore it on its Project Setup page" in answer.text


def test_archiving_twice_and_restoring_twice_is_once(cast: Cast, admin: Visitor) -> None:
    archive(cast, admin, cast.kitchen)
    cast.clock.advance(hours=1)
    admin.post(f"/projects/{cast.kitchen}/setup/archive")
    assert kept(cast, cast.kitchen).archived_at == NOW
    admin.post(f"/projects/{cast.kitchen}/setup/restore")
    admin.post(f"/projects/{cast.kitchen}/setup/restore")
    assert waiting(cast) == [cast.kitchen]


@pytest.mark.parametrize("who", ["staff", "client"])
def test_only_admins_archive(cast: Cast, enter: Any, who: str) -> None:
    visitor: Visitor = enter(who)
    for path in ("archive", "restore"):
        assert visitor.post(f"/projects/{cast.kitchen}/setup/{path}").status_code == 403
    assert kept(cast, cast.kitchen).archived_at is None
