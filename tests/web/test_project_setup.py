"""New projects and Project Setup: linking, the account default, the confirmation, the archive."""

from typing import Any

import pytest
from web.cast import NOW, Cast, Visitor

from qbwc_bridge.records import Project, RequestKind, State
from qbwc_bridge.store import manual, projects, requests, summaries

LINKED = {"name": "New deck", "customer": "smith: kitchen", "client_payments": "on", "integration_shown": "yes"}


def project(cast: Cast, name: str) -> Project:
    with cast.database.read() as c:
        return projects.by_name(c, cast.acme, name)


def test_a_project_needs_no_more_than_a_name(cast: Cast, admin: Visitor) -> None:
    page = admin.follow("/projects", {"name": "New deck"})
    assert "No payments yet" in page.text
    assert project(cast, "New deck").list_id == ""


def test_the_integration_is_among_the_optional_settings(admin: Visitor) -> None:
    page = admin.get("/projects/new").text
    assert "<summary>Show optional settings</summary>" in page
    assert "<legend>Integration</legend>" in page
    assert '<option value="Smith:Kitchen"></option>' in page
    assert '<option value="Jones &amp; Sons &lt;Ltd&gt;">inactive in QuickBooks</option>' in page


def test_linking_queues_the_first_pull(cast: Cast, admin: Visitor) -> None:
    page = admin.follow("/projects", {**LINKED, "contract_price": "$1,250.5", "include_jobs": "on"})
    assert "Sync requested" in page.text
    assert "shown in Smith kitchen as well" in page.text  # a warning, not an error
    made = project(cast, "New deck")
    assert (made.client_payments, made.include_jobs, str(made.contract_price)) == (True, True, "1250.50")
    with cast.database.read() as c:
        rows = [row for row in requests.open_rows(c, cast.acme) if row.project_id == made.id]
    assert [(row.kind, row.requested_by) for row in rows] == [(RequestKind.PAYMENTS, "Dana")]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "  "}, "Give the project a name."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"name": "Smith kitchen"}, "named &#39;Smith kitchen&#39; already"),
        ({"customer": "Smith:Kitchin"}, "Did you mean Smith:Kitchen"),
        ({"customer": "kitchen"}, "Did you mean Smith:Kitchen"),
        ({"customer": "Nobody at all"}, "QuickBooks has no customer or job"),
        ({"contract_price": "12,50.0"}, "“12,50.0” can’t be read as an amount"),
        ({"contract_price": "-1"}, "above zero"),
        ({"contract_price": "1e9"}, "“1e9” can’t be read as an amount"),
        ({"contract_price": "10000000000"}, "too large"),
        ({"contract_price": "9" * 60}, "too large"),
        ({"contract_price": "1.005"}, "more than two decimals"),
    ],
)
def test_bad_input_keeps_everything_typed(cast: Cast, admin: Visitor, fields: dict[str, str], sentence: str) -> None:
    typed = {**LINKED, "client_name": "Jo & <b>Co</b>", "contract_price": "1,000.00", **fields}
    answer = admin.post("/projects", typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'value="Jo &amp; &lt;b&gt;Co&lt;/b&gt;"' in answer.text
    assert "<details open>" in answer.text
    with cast.database.read() as c:
        assert len(projects.listing(c, cast.acme)) == 2


def test_an_empty_customer_list_says_what_to_do(cast: Cast, admin: Visitor) -> None:
    from sqlalchemy import delete

    from qbwc_bridge.store.models import customers

    with cast.database.begin() as c:
        c.execute(delete(customers))
    assert "until the Web Connector has run once" in admin.get("/projects/new").text
    assert "run once" in admin.post("/projects", LINKED).text


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"customer": "Smith:Bath"}, True),  # a program that knows nothing of the tick
        ({"customer": "Smith:Bath", "integration_shown": "yes"}, False),  # a person took the tick away
        ({"integration_shown": "yes", "client_payments": "on"}, False),  # not connected yet
    ],
)
def test_the_account_default_works_from_the_moment_of_linking(
    cast: Cast, admin: Visitor, fields: dict[str, str], expected: bool
) -> None:
    assert (
        "already stay as they are"
        in admin.follow("/settings/accounting/default", {"client_payments_default": "on"}).text
    )
    form = admin.get("/projects/new").text
    assert 'name="client_payments" type="checkbox" checked' in form
    admin.post("/projects", {"name": "New deck", **fields})
    assert project(cast, "New deck").client_payments is expected
    assert not project(cast, "Smith bath").client_payments


SWITCH_ON: dict[str, Any] = {
    "name": "Smith bath",
    "customer": "Smith:Bath",
    "client_payments": "on",
    "integration_shown": "1",
}


def test_typed_payments_are_replaced_only_after_a_confirmation(cast: Cast, admin: Visitor) -> None:
    page = admin.post(f"/projects/{cast.bath}/setup", SWITCH_ON)
    assert page.status_code == 200
    assert "4 payments, $18,000.00, will be replaced" in page.text
    assert "archive" in page.text
    assert "Client Payments is switched off" in page.text
    assert not project(cast, "Smith bath").client_payments
    done = admin.follow(f"/projects/{cast.bath}/setup", {**SWITCH_ON, "confirm": "yes"})
    assert "Client Payments is on" in done.text
    assert project(cast, "Smith bath").client_payments


def test_the_confirmation_carries_everything_typed(cast: Cast, admin: Visitor) -> None:
    typed = {
        **SWITCH_ON,
        "name": 'Bath "new"',
        "contract_price": "9,000.00",
        "client_name": "<Jo>",
        "include_jobs": "on",
    }
    page = admin.post(f"/projects/{cast.bath}/setup", typed).text
    for hidden in ('value="Bath &#34;new&#34;"', 'value="9,000.00"', 'value="&lt;Jo&gt;"', 'name="include_jobs"'):
        assert hidden in page


def test_typed_payments_wait_in_the_archive_and_come_back(cast: Cast, admin: Visitor) -> None:
    admin.post(f"/projects/{cast.bath}/setup", {**SWITCH_ON, "confirm": "yes"})
    assert "Typed by hand" in admin.get(f"/projects/{cast.bath}/financials").text  # until the first complete answer
    with cast.database.begin() as c:
        manual.put_away(c, cast.acme, [cast.bath], NOW)
        projects.synced(c, cast.acme, cast.bath, NOW)
    archive = admin.get(f"/projects/{cast.bath}/archive").text
    assert "4 replaced payments" in archive
    assert "$18,000.00" in archive
    assert len(admin.get(f"/projects/{cast.bath}/archive.csv").text.splitlines()) == 5
    off = admin.follow(f"/projects/{cast.bath}/setup", {"name": "Smith bath", "customer": "Smith:Bath"})
    assert "4 payments typed before are back" in off.text
    assert "$18,000.00" in admin.get(f"/projects/{cast.bath}/financials").text


def test_saving_unchanged_leaves_the_sync_alone(cast: Cast, admin: Visitor) -> None:
    same = {
        "name": "Smith kitchen",
        "client_name": "Jane Smith",
        "contract_price": "240,000.00",
        "integration_shown": "1",
    }
    admin.post(f"/projects/{cast.kitchen}/setup", {**same, "customer": "Smith:Kitchen", "client_payments": "on"})
    kept = project(cast, "Smith kitchen")
    assert (kept.client_name, kept.synced_at is not None) == ("Jane Smith", True)
    with cast.database.read() as c:
        assert summaries.status(c, cast.acme, cast.kitchen, NOW).state is State.CURRENT


def test_a_deleted_job_is_said_and_the_form_still_saves(cast: Cast, admin: Visitor) -> None:
    from sqlalchemy import update

    from qbwc_bridge.store.models import customers

    with cast.database.begin() as c:
        c.execute(update(customers).where(customers.c.full_name == "Smith:Kitchen").values(deleted_at=NOW))
    assert "QuickBooks no longer has" in admin.get(f"/projects/{cast.kitchen}/setup").text
    same = {"name": "Renamed", "customer": "Smith:Kitchen", "client_payments": "on", "integration_shown": "1"}
    assert admin.post(f"/projects/{cast.kitchen}/setup", same).status_code == 303


HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}"


def test_hostile_names_are_only_text(cast: Cast, admin: Visitor) -> None:
    admin.post("/projects", {"name": HOSTILE, "client_name": HOSTILE})
    made = project(cast, HOSTILE)
    payment = {"date": "2026-11-01", "amount": "5", "method": HOSTILE, "ref_number": HOSTILE, "memo": HOSTILE}
    admin.post(f"/projects/{made.id}/payments", payment)
    admin.post("/settings/users", {"email": "h@x.example", "name": HOSTILE, "role": "client"})
    for path in ("/", f"/projects/{made.id}/financials", f"/projects/{made.id}/setup", "/settings/users"):
        page = admin.get(path).text
        assert "<img" not in page, path
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
        assert "{{7*7}}" in page
