"""CSV, XLSX, JSON and text: the same lines as the page, in the columns the reader may see."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from web.cast import NOW, PAID_TOTAL, Cast, Visitor

from qbwc_bridge.records import Line, State, Summary
from qbwc_bridge.store import summaries
from qbwc_bridge.web import exports

LINE = Line("quickbooks", date(2026, 3, 3), Decimal("5.00"), Decimal("5.00"), Decimal("5.00"))
ONE = Summary(
    company="Acme", project="Deck", customer=None, client_payments=True, state=State.CURRENT, synced_at=NOW, currency="",
    contract_price=None, paid_to_date=Decimal("5.00"), unapplied=Decimal("0.00"), count=1, lines=(LINE,),
)  # fmt: skip


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_csv_has_a_bom_iso_dates_and_plain_numbers(cast: Cast, staff: Visitor) -> None:
    answer = staff.get(f"/projects/{cast.kitchen}/payments.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Smith kitchen payments.csv"'
    found = rows(answer.data)
    assert [row["Date"] for row in found] == sorted(row["Date"] for row in found)
    assert found[0]["Amount"] == "12000.00"
    assert found[-1]["Paid to date"] == f"{PAID_TOTAL}"
    assert found[6]["Whole payment"] == "10000.00"
    assert sum(Decimal(row["Amount"]) for row in found) == PAID_TOTAL


@pytest.mark.parametrize("risky", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"])
def test_text_that_would_run_is_quoted(risky: str) -> None:
    summary = replace(ONE, lines=(LINE._replace(memo=risky, ref_number=risky, method=risky, received_from=risky),))
    row = rows(exports.csv_bytes(summary))[0]
    assert {row[name] for name in ("Memo", "Ref / check no.", "Method", "Received from")} == {f"'{risky}"}
    assert row["Amount"] == "5.00"


def test_xlsx_has_real_dates_and_numbers_and_no_formulas(cast: Cast, staff: Visitor) -> None:
    answer = staff.get(f"/projects/{cast.kitchen}/payments.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data))["Payments"]
    first = {title.value: cell for title, cell in zip(sheet[1], sheet[2], strict=True)}
    assert first["Date"].value == datetime(2026, 3, 3)  # noqa: DTZ001 (a spreadsheet has no zones)
    assert (first["Amount"].value, first["Amount"].data_type) == (12000, "n")
    assert (first["Ref / check no."].value, first["Ref / check no."].data_type) == ("1043", "s")


def test_xlsx_keeps_formulas_and_links_as_text() -> None:
    summary = replace(ONE, project="=2", lines=(LINE._replace(memo="=1+1", method="https://x.example"),))
    book = openpyxl.load_workbook(io.BytesIO(exports.xlsx_bytes(summary)))
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert "=1+1" in [cell.value for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert exports.xlsx_bytes(summary) == exports.xlsx_bytes(summary)


def test_json_is_the_documented_shape(cast: Cast, staff: Visitor) -> None:
    document = staff.get(f"/projects/{cast.kitchen}/payments.json").get_json()
    payments = document.pop("payments")
    assert document == {
        "company": "Acme Builders", "project": "Smith kitchen",
        "customer": {"list_id": "80000002-1", "full_name": "Smith:Kitchen"},
        "client_payments": True, "state": "current", "synced_at": "2026-11-23T20:04:00Z", "currency": "",
        "contract_price": "240000.00", "paid_to_date": "182400.00", "unapplied": "400.00", "count": 8,
    }  # fmt: skip
    assert payments[0] == {
        "txn_id": "4ECE-0", "source": "quickbooks", "kind": "payment", "status": "posted", "date": "2026-03-03",
        "method": "Check", "ref_number": "1043", "memo": "Deposit", "amount": "12000.00", "total_amount": "12000.00",
        "running_total": "12000.00", "received_from": "Smith:Kitchen",
        "applied_to": [{"txn_id": "INV-77", "txn_type": "Invoice", "ref_number": "77", "amount": "12000.00"}],
    }  # fmt: skip
    assert [payment["status"] for payment in payments].count("voided") == 1


def test_a_typed_payment_has_no_txn_id(cast: Cast, staff: Visitor) -> None:
    document = staff.get(f"/projects/{cast.bath}/payments.json").get_json()
    assert (document["state"], document["synced_at"], document["contract_price"]) == ("off", None, None)
    assert [(one["source"], one["txn_id"]) for one in document["payments"]] == [("manual", None)] * 4


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_a_client_exports_the_clients_columns(cast: Cast, client: Visitor, kind: str) -> None:
    answer = client.get(f"/projects/{cast.kitchen}/payments.{kind}")
    if kind == "csv":
        assert list(rows(answer.data)[0]) == [
            "Date",
            "Method",
            "Ref / check no.",
            "Amount",
            "Whole payment",
            "Paid to date",
        ]
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        told = " ".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    else:
        told = answer.text
    for hidden in ("Counter tops", "Bounced", "1062", "4ECE", "INV-", "Smith:Kitchen"):
        assert hidden not in told


def test_filters_apply_to_exports(cast: Cast, staff: Visitor) -> None:
    assert len(rows(staff.get(f"/projects/{cast.kitchen}/payments.csv?method=Wire").data)) == 2
    document = staff.get(f"/projects/{cast.kitchen}/payments.json?method=Wire").get_json()
    assert (len(document["payments"]), document["count"], document["paid_to_date"]) == (2, 8, "182400.00")


def test_page_and_exports_agree(cast: Cast, staff: Visitor) -> None:
    with cast.database.read() as c:
        summary = summaries.load(c, cast.acme, cast.kitchen, NOW)
    assert summary.paid_to_date == PAID_TOTAL
    for kind in ("financials", "payments.json"):
        assert "182" in staff.get(f"/projects/{cast.kitchen}/{kind}").text
    assert "182,400.00" in exports.text(summary)


def test_text_is_a_table_without_control_characters(cast: Cast) -> None:
    with cast.database.read() as c:
        summary = summaries.load(c, cast.acme, cast.kitchen, NOW)
    told = exports.text(summary).splitlines()
    assert told[0] == "Smith kitchen (Acme Builders)"
    assert "  State: current" in told
    assert any("2026-08-11 voided" in line for line in told)
    assert any("Invoice 90, not yet applied 400.00" in line for line in told)
    assert len({len(line.rstrip()) for line in told if line.strip().startswith("2026")}) == 1
    assert "\x1b" not in exports.text(replace(ONE, project="\x1b[31mred"))
    assert "No payments yet." in exports.text(replace(ONE, lines=()))
