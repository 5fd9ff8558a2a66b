"""Other programs read these: every JSON document key by key, word for word as promised."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from office import Office

Read = Callable[..., dict[str, Any]]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MONEY = re.compile(r"\d+\.\d\d")
GUID = re.compile(r"\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}")


def test_payments(synced: Office, document: Read) -> None:
    found = document("payments", "Acme", "Smith kitchen")
    assert list(found) == [
        "company", "project", "customer", "client_payments", "state", "synced_at", "currency", "contract_price",
        "paid_to_date", "unapplied", "count", "payments",
    ]  # fmt: skip
    assert found["customer"] == {"list_id": synced.list_id("Smith:Kitchen"), "full_name": "Smith:Kitchen"}
    assert (found["company"], found["project"], found["client_payments"]) == ("Acme", "Smith kitchen", True)
    assert (found["contract_price"], found["paid_to_date"], found["unapplied"]) == ("240000.00", "182400.00", "0.00")
    assert found["count"] == 9
    assert found["currency"] == ""
    assert INSTANT.fullmatch(found["synced_at"])


def test_each_payment(synced: Office, document: Read) -> None:
    payments = document("payments", "Acme", "Smith kitchen")["payments"]
    assert [list(each) for each in payments] == [
        [
            "txn_id", "source", "kind", "status", "date", "method", "ref_number", "memo", "amount", "total_amount",
            "running_total", "received_from", "applied_to",
        ]
    ] * len(payments)  # fmt: skip
    assert {each["kind"] for each in payments} == {"payment"}
    assert {each["source"] for each in payments} == {"quickbooks"}
    assert [each["date"] for each in payments] == sorted(each["date"] for each in payments)
    assert all(MONEY.fullmatch(each[key]) for each in payments for key in ("amount", "total_amount", "running_total"))
    voided = [each for each in payments if each["status"] == "voided"]
    assert [each["amount"] for each in voided] == ["0.00"]
    assert payments[-1]["running_total"] == "182400.00"
    assert list(payments[0]["applied_to"][0]) == ["txn_id", "txn_type", "ref_number", "amount"]
    assert payments[0]["applied_to"][0]["txn_type"] == "Invoice"


def test_company_add_and_new_password(document: Read, run: Callable[..., Any]) -> None:
    run("init")
    added = document("company", "add", "Acme", "--connector-user", "acme")
    renewed = document("company", "new-password", "Acme")
    for found in (added, renewed):
        assert list(found) == ["company", "connector_user", "connector_password", "owner_id", "file_id"]
        assert (found["company"], found["connector_user"]) == ("Acme", "acme")
        assert GUID.fullmatch(found["owner_id"])
        assert GUID.fullmatch(found["file_id"])
    assert added["connector_password"] != renewed["connector_password"]
    assert (added["owner_id"], added["file_id"]) == (renewed["owner_id"], renewed["file_id"])


def test_company_list(synced: Office, document: Read) -> None:
    (found,) = document("company", "list")["companies"]
    assert list(found) == [
        "company", "connector_user", "owner_id", "file_id", "state", "connector_last_seen", "last_success", "projects",
    ]  # fmt: skip
    assert (found["company"], found["projects"]) == ("Acme", 1)
    assert INSTANT.fullmatch(found["connector_last_seen"])
    assert INSTANT.fullmatch(found["last_success"])


def test_customers(synced: Office, document: Read) -> None:
    found = document("customers", "Acme")
    assert list(found) == ["company", "received_at", "customers"]
    assert INSTANT.fullmatch(found["received_at"])
    assert {tuple(each) for each in found["customers"]} == {
        ("list_id", "name", "full_name", "parent_list_id", "active")
    }
    kitchen = next(each for each in found["customers"] if each["full_name"] == "Smith:Kitchen")
    assert (kitchen["name"], kitchen["active"]) == ("Kitchen", True)
    assert kitchen["parent_list_id"] == synced.list_id("Smith")


def test_project_list(synced: Office, document: Read) -> None:
    found = document("project", "list", "Acme")
    assert list(found) == ["company", "projects"]
    (project,) = found["projects"]
    assert list(project) == [
        "project", "customer", "client_payments", "include_jobs", "contract_price", "paid_to_date", "count", "state",
        "synced_at",
    ]  # fmt: skip
    assert project["customer"] == {"list_id": synced.list_id("Smith:Kitchen"), "full_name": "Smith:Kitchen"}
    assert (project["paid_to_date"], project["contract_price"], project["count"]) == ("182400.00", "240000.00", 9)
    assert INSTANT.fullmatch(project["synced_at"])


def test_sync_status(synced: Office, document: Read) -> None:
    found = document("sync", "status", "Acme")
    assert list(found) == [
        "company", "state", "connector_last_seen", "last_success", "last_error", "company_file", "waiting", "projects",
    ]  # fmt: skip
    assert found["company_file"] == {"name": synced.books.company, "path": synced.books.path, "file_id_ok": True}
    assert (found["last_error"], found["waiting"]) == (None, 0)
    assert [list(each) for each in found["projects"]] == [["project", "state", "synced_at"]]


def test_sync_status_with_another_company_file(synced: Office, document: Read) -> None:
    synced.books.file_ids = dict.fromkeys(synced.books.file_ids, "{0D15EA5E-0000-4000-8000-000000000001}")
    synced.sync_now()
    synced.poll()
    found = document("sync", "status", "Acme")
    assert found["company_file"]["file_id_ok"] is False
    assert found["state"] == "failed"
    assert list(found["last_error"]) == ["code", "sentence", "hint"]
    assert found["last_error"]["code"] == "wrong-company-file"


def test_sync_log(synced: Office, document: Read) -> None:
    found = document("sync", "log", "Acme")
    assert list(found) == ["company", "runs"]
    assert {tuple(run) for run in found["runs"]} == {
        (
            "started", "ended", "trigger", "result", "rounds", "added", "changed", "removed", "quickbooks", "ours",
            "error",
        )
    }  # fmt: skip
    newest, oldest = found["runs"]
    assert newest["started"] > oldest["started"]
    assert list(newest["quickbooks"]) == ["count", "total"]
    assert newest["quickbooks"] == newest["ours"]
    assert MONEY.fullmatch(newest["ours"]["total"])
    assert isinstance(newest["ours"]["count"], int)
    assert newest["error"] is None


def test_a_manual_payment_has_no_txn_id(office: Office, run: Callable[..., Any], document: Read) -> None:
    run("project", "add", "Acme", "Deck")
    run("payment", "add", "Acme", "Deck", "--date", "2026-03-03", "--amount", "12,000.5", "--ref", "1043")
    found = document("payments", "Acme", "Deck")
    assert (found["customer"], found["state"], found["synced_at"]) == (None, "off", None)
    assert found["contract_price"] is None
    (payment,) = found["payments"]
    assert (payment["source"], payment["txn_id"], payment["amount"]) == ("manual", None, "12000.50")


@pytest.mark.parametrize("words", [("add",), ("set", "--include-jobs", "on")])
def test_project_add_and_set_tell_what_was_saved(synced: Office, document: Read, words: tuple[str, ...]) -> None:
    command, *options = words
    name = "Deck" if command == "add" else "Smith kitchen"
    found = document("project", command, "Acme", name, "--contract-price", "1,000", *options)
    assert list(found) == ["company", "project", "customer", "client_payments", "include_jobs", "contract_price"]
    assert (found["project"], found["contract_price"]) == (name, "1000.00")
