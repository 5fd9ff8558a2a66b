"""Accounting Settings: default, schedule, the .qwc file, the connector's password, another company file."""

from datetime import time
from urllib.parse import quote

import pytest
from web.cast import Cast, Visitor

from qbwc_bridge.connector.credentials import matches
from qbwc_bridge.records import Company, CompanyFile
from qbwc_bridge.store import companies

HOME = "/settings/accounting"


def company(cast: Cast) -> Company:
    with cast.database.read() as c:
        return companies.by_id(c, cast.acme)


def test_the_connection_in_words(cast: Cast, admin: Visitor) -> None:
    page = admin.get(HOME).text
    for words in (
        "today 3:00 pm",
        "Nothing due; next daily sync 02:00.",
        "2.3.0.215",
        "Enterprise",
        "every 15 minutes",
        "Acme Builders Inc",
    ):
        assert words in page, words
    assert "Setup checklist" not in page  # everything is ticked


def test_a_fresh_company_gets_a_checklist(cast: Cast, admin: Visitor) -> None:
    cast.company(cast.acme, last_contact_at=None, file_name=None)
    page = admin.get(HOME).text
    assert "Setup checklist" in page
    assert "open it with the Web Connector" in page


def test_what_syncs(admin: Visitor) -> None:
    page = " ".join(admin.get(HOME).text.split())
    assert page.count("<strong>Yes</strong>") == 1
    for kind in (
        "Receive Payment",
        "Invoice",
        "Sales Receipt",
        "Credit Memo",
        "Refund Check",
        "Deposit",
        "Journal Entry",
    ):
        assert f'<th scope="row">{kind}<span' in page, kind


def test_the_default_never_touches_linked_projects(cast: Cast, admin: Visitor) -> None:
    assert "never touches projects that are linked already" in admin.get(HOME).text
    admin.post(f"{HOME}/default", {"client_payments_default": "on"})
    assert company(cast).client_payments_default
    admin.post(f"{HOME}/default")
    assert not company(cast).client_payments_default
    assert "Up to date" in admin.get("/").text


def test_daily_time_and_zone(cast: Cast, admin: Visitor) -> None:
    admin.post(f"{HOME}/schedule", {"daily_at": "03:30", "timezone": "Europe/Vienna"})
    assert (company(cast).daily_at, company(cast).timezone) == (time(3, 30), "Europe/Vienna")


@pytest.mark.parametrize(
    ("field", "value"), [("daily_at", "25:00"), ("daily_at", ""), ("timezone", "Mars/Base"), ("timezone", "../etc")]
)
def test_a_bad_schedule_is_explained(cast: Cast, admin: Visitor, field: str, value: str) -> None:
    answer = admin.post(f"{HOME}/schedule", {"daily_at": "03:30", "timezone": "Europe/Vienna", field: value})
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert company(cast).timezone == "America/Chicago"


def test_the_qwc_file_is_the_same_each_time(admin: Visitor) -> None:
    assert f'href="{HOME}/Acme%20Builders.qwc"' in admin.get(HOME).text
    first, second = (admin.get(f"{HOME}/{quote('Acme Builders')}.qwc") for _ in range(2))
    assert first.data == second.data
    assert b"<AppURL>http://localhost:8765/qbwc</AppURL>" in first.data
    assert "attachment" in first.headers["Content-Disposition"]
    assert admin.get(f"{HOME}/Other Works.qwc").status_code == 404


def test_a_new_connector_password_is_shown_once(cast: Cast, admin: Visitor) -> None:
    assert "stops working at once" in admin.get(f"{HOME}/password").text
    page = admin.post(f"{HOME}/password").text
    shown = page.partition('readonly value="')[2].partition('"')[0]
    with cast.database.read() as c:
        kept = companies.credentials(c, "acme")
    assert kept
    assert matches(shown, kept[1])
    assert shown not in admin.get(HOME).text


def test_another_company_file_is_one_deliberate_step(cast: Cast, admin: Visitor) -> None:
    assert admin.get(f"{HOME}/file").status_code == 409
    with cast.database.begin() as c:
        companies.refuse_file(c, cast.acme, CompanyFile("Moved Books", r"D:\new.qbw"))
    for path in (HOME, f"{HOME}/file"):
        page = admin.get(path).text
        assert "Acme Builders Inc" in page
        assert "Moved Books" in page
    assert admin.post(f"{HOME}/file", {"name": "A third one"}).status_code == 409
    assert company(cast).file == CompanyFile("Acme Builders Inc", r"C:\Books\acme.qbw")
    assert "read from Moved Books" in admin.follow(f"{HOME}/file", {"name": "Moved Books"}).text
    assert company(cast).file == CompanyFile("Moved Books", r"D:\new.qbw")
