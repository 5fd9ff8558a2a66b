"""What clients who sign in see of the optional columns: chosen on Project Setup, the same on the page and in each file."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from web.cast import Cast, Visitor

from qbwc_bridge.records import ClientColumns
from qbwc_bridge.store import projects

SAME = {
    "name": "Smith kitchen", "client_name": "J. Smith", "contract_price": "240,000.00", "customer": "Smith:Kitchen",
    "client_payments": "on", "integration_shown": "1",
}  # fmt: skip
NEVER = ("Voided", "voided", "Bounced", "1062", "4ECE", "INV-", "Smith:Kitchen", "80000002", "$1,000.00")
CHOICES = [ClientColumns(), ClientColumns(applied_to=True), ClientColumns(memo=True), ClientColumns(True, True)]


def choose(cast: Cast, admin: Visitor, choice: ClientColumns) -> None:
    ticks = {"clients_see_applied_to": choice.applied_to, "clients_see_memo": choice.memo}
    fields = {**SAME, "clients_see_shown": "yes", **{name: "on" for name, on in ticks.items() if on}}
    assert admin.post(f"/projects/{cast.kitchen}/setup", fields).status_code == 303
    assert kept(cast) == choice


def kept(cast: Cast) -> ClientColumns:
    with cast.database.read() as c:
        return projects.by_id(c, cast.acme, cast.kitchen).clients_see


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_the_page_shows_what_is_allowed_and_nothing_else(
    cast: Cast, admin: Visitor, client: Visitor, choice: ClientColumns
) -> None:
    choose(cast, admin, choice)
    page = " ".join(client.get(f"/projects/{cast.kitchen}/financials").text.split())
    assert (">Applied to</th>" in page, "Invoice 90, not yet applied $400.00" in page) == (choice.applied_to,) * 2
    assert (">Memo</th>" in page, "Counter tops" in page) == (choice.memo,) * 2
    for words in NEVER:
        assert words not in page, words


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_csv_and_xlsx_have_the_same_columns(cast: Cast, admin: Visitor, client: Visitor, choice: ClientColumns) -> None:
    choose(cast, admin, choice)
    path = f"/projects/{cast.kitchen}/payments"
    rows = list(csv.DictReader(io.StringIO(client.get(f"{path}.csv").data.decode("utf-8-sig"), newline="")))
    plain = ["Date", "Method", "Ref / check no.", "Amount", "Whole payment", "Paid to date"]
    assert list(rows[0]) == [*plain[:3], *choice.titles, *plain[3:]]
    if choice.applied_to:
        assert [row["Applied to"] for row in rows][-2:] == ["Invoice 90, not yet applied 400.00", "Invoice 94"]
    if choice.memo:
        assert rows[-1]["Memo"] == "Counter tops"
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{path}.xlsx").data))
    assert [cell.value for cell in book["Payments"][1]] == list(rows[0])
    told = " ".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    for words in NEVER:
        assert words not in told + str(rows), words


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_json_says_the_same(cast: Cast, admin: Visitor, client: Visitor, choice: ClientColumns) -> None:
    choose(cast, admin, choice)
    answer = client.get(f"/projects/{cast.kitchen}/payments.json")
    document: dict[str, Any] = answer.get_json()
    last = document["payments"][-1]
    invoice = {"txn_id": "", "txn_type": "Invoice", "ref_number": "94", "amount": "24000.00"}
    assert last["applied_to"] == ([invoice] if choice.applied_to else [])
    assert last["memo"] == ("Counter tops" if choice.memo else "")
    assert document["unapplied"] == ("400.00" if choice.applied_to else "0.00")
    assert (last["txn_id"], last["received_from"], document["customer"]) == (None, "", None)
    for words in NEVER:
        assert words not in answer.text, words


def test_what_is_hidden_can_not_be_searched_for(cast: Cast, admin: Visitor, client: Visitor) -> None:
    path = f"/projects/{cast.kitchen}/payments.json?q="
    assert client.get(f"{path}counter").get_json()["payments"] == []
    choose(cast, admin, ClientColumns(memo=True))
    assert len(client.get(f"{path}counter").get_json()["payments"]) == 1
    assert client.get(f"{path}94").get_json()["payments"] == []


def test_of_a_payment_for_two_jobs_a_client_sees_only_their_part(cast: Cast, admin: Visitor, client: Visitor) -> None:
    choose(cast, admin, ClientColumns(True, True))
    payments = client.get(f"/projects/{cast.kitchen}/payments.json").get_json()["payments"]
    (shared,) = [one for one in payments if one["ref_number"] == "1066"]
    assert [(one["ref_number"], one["amount"]) for one in shared["applied_to"]] == [("88", "6000.00")]
    assert (shared["amount"], shared["total_amount"], shared["received_from"]) == ("6000.00", "10000.00", "")


def test_staff_see_all_columns_whatever_is_chosen(cast: Cast, admin: Visitor, staff: Visitor) -> None:
    choose(cast, admin, ClientColumns())
    page = staff.get(f"/projects/{cast.kitchen}/financials").text
    assert ">Applied to</th>" in page
    assert ">Memo</th>" in page


def test_a_form_without_the_boxes_leaves_the_choice(cast: Cast, admin: Visitor) -> None:
    choose(cast, admin, ClientColumns(memo=True))
    admin.post(f"/projects/{cast.kitchen}/setup", SAME)
    assert kept(cast) == ClientColumns(memo=True)


def test_the_boxes_are_as_kept_and_survive_a_correction(cast: Cast, admin: Visitor) -> None:
    choose(cast, admin, ClientColumns(memo=True))
    setup = f"/projects/{cast.kitchen}/setup"
    assert 'name="clients_see_memo" type="checkbox" checked' in admin.get(setup).text
    typed = {**SAME, "name": "", "clients_see_shown": "yes", "clients_see_applied_to": "on"}
    answer = admin.post(setup, typed)
    assert answer.status_code == 422
    assert 'name="clients_see_applied_to" type="checkbox" checked' in answer.text
    assert 'name="clients_see_memo" type="checkbox" checked' not in answer.text


def test_the_confirmation_carries_the_choice(cast: Cast, admin: Visitor) -> None:
    fields = {
        "name": "Smith bath", "customer": "Smith:Bath", "client_payments": "on", "integration_shown": "1",
        "clients_see_shown": "yes", "clients_see_memo": "on",
    }  # fmt: skip
    page = admin.post(f"/projects/{cast.bath}/setup", fields).text
    assert '<input type="hidden" name="clients_see_memo" value="on">' in page
    assert '<input type="hidden" name="clients_see_shown" value="yes">' in page
    admin.post(f"/projects/{cast.bath}/setup", {**fields, "confirm": "yes"})
    with cast.database.read() as c:
        assert projects.by_id(c, cast.acme, cast.bath).clients_see == ClientColumns(memo=True)
