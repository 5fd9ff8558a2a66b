"""Payments typed by people: kept, changed, deleted; and refused while they come from QuickBooks."""

from datetime import date
from decimal import Decimal

import pytest
from web.cast import Cast, Visitor

from qbwc_bridge.store import manual

TYPED = {"date": "2026-11-02", "amount": "$1,250.50", "method": "Check", "ref_number": "9", "memo": "Tiles"}


def test_staff_add_change_and_delete(cast: Cast, staff: Visitor) -> None:
    base = f"/projects/{cast.bath}/payments"
    assert "$1,250.50 is added" in staff.follow(f"{base}/new", TYPED).text
    with cast.database.read() as c:
        made = manual.listing(c, cast.acme, cast.bath)[-1]
    assert (made.date, made.amount, made.memo) == (date(2026, 11, 2), Decimal("1250.50"), "Tiles")
    assert 'value="1,250.50"' in staff.get(f"{base}/{made.id}/edit").text
    assert "$99.00" in staff.follow(f"{base}/{made.id}/edit", {**TYPED, "amount": "99"}).text
    assert "Delete this payment?" in staff.get(f"{base}/{made.id}/delete").text
    assert "The payment is deleted" in staff.follow(f"{base}/{made.id}/delete").text
    assert staff.get(f"{base}/{made.id}/edit").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"amount": ""}, "Enter an amount, such as 1,250.00."),
        ({"amount": "12,50.0"}, "“12,50.0” can’t be read as an amount. Write it like 1,250.00."),
        ({"amount": "-1"}, "A refund is not a payment."),
        ({"amount": "(5.00)"}, "A refund is not a payment."),
        ({"amount": "0"}, "above zero"),
        ({"amount": "1e9"}, "can’t be read as an amount"),
        ({"amount": "١٢"}, "can’t be read as an amount"),
        ({"amount": "NaN"}, "can’t be read as an amount"),
        ({"amount": "99999999999"}, "too large"),
        ({"date": ""}, "Enter a date"),
        ({"date": "2026-02-30"}, "Enter a date"),
        ({"date": "0001-01-01"}, "between 1980 and 2100"),
        ({"memo": "x" * 2001}, "too long"),
    ],
)
def test_what_can_not_be_read_is_explained(cast: Cast, staff: Visitor, fields: dict[str, str], sentence: str) -> None:
    for path in ("new", "1/edit"):
        answer = staff.post(f"/projects/{cast.bath}/payments/{path}", {**TYPED, **fields})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'value="Check"' in answer.text
    with cast.database.read() as c:
        assert manual.tally(c, cast.acme, cast.bath).total == Decimal("18000.00")


@pytest.mark.parametrize("path", ["new", "1/edit", "1/delete"])
def test_while_synced_the_server_refuses(cast: Cast, admin: Visitor, path: str) -> None:
    cast.project(cast.bath, client_payments=True)
    for answer in (
        admin.get(f"/projects/{cast.bath}/payments/{path}"),
        admin.post(f"/projects/{cast.bath}/payments/{path}", TYPED),
    ):
        assert answer.status_code == 409
        assert "Smith bath takes its payments from QuickBooks" in answer.text
        assert "Change the payment in QuickBooks" in answer.text
    page = admin.get(f"/projects/{cast.bath}/financials").text
    assert "Add payment" not in page
    assert ">Edit<" not in page


def test_a_payment_of_another_project_is_not_there(cast: Cast, staff: Visitor, admin: Visitor) -> None:
    admin.post("/projects", {"name": "Empty"})
    assert staff.get(f"/projects/{cast.theirs + 2}/payments/1/edit").status_code == 404


def test_a_client_types_nothing(cast: Cast, client: Visitor, admin: Visitor) -> None:
    admin.post(f"/settings/users/{cast.people['client']}", {"role": "client", "projects": [cast.bath]})
    assert client.post(f"/projects/{cast.bath}/payments/new", TYPED).status_code == 403
    assert "Add payment" not in client.get(f"/projects/{cast.bath}/financials").text
