"""Accounting Settings: default, schedule, the .qwc file, the connector's password, another company file."""

from datetime import time, timedelta
from urllib.parse import quote

import pytest
from web.cast import NOW, Cast, Visitor

from qbwc_bridge.connector.credentials import matches
from qbwc_bridge.records import Company, CompanyFile, Failure
from qbwc_bridge.store import companies, conversations, polls, requests

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


def test_the_connection_has_all_its_settings_in_one_place(cast: Cast, admin: Visitor) -> None:
    cast.company(cast.acme, paused=True, quiet_from="22:00", quiet_until="06:00")
    page = " ".join(admin.get(HOME).text.partition('id="connection"')[2].partition("</section>")[0].split())
    for fact in (
        r'<dd>Acme Builders Inc<span class="of">C:\Books\acme.qbw</span></dd>',
        '<dd>02:00<span class="of">America/Chicago</span></dd>',
        "<dd>22:00 to 06:00</dd>",
        "<dt>Syncing</dt><dd>paused</dd>",
    ):
        assert fact in page, fact


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
        kept = polls.poll(c, "acme")
    assert kept
    assert matches(shown, kept.password_hash)
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
    with cast.database.read() as c:  # nothing read from the earlier file is called up to date: all of it is read again
        assert {row.project_id for row in requests.open_rows(c, cast.acme)} >= {cast.kitchen}


def test_quiet_hours_are_both_or_none_and_may_pass_midnight(cast: Cast, admin: Visitor) -> None:
    said = admin.follow(f"{HOME}/quiet", {"quiet_from": "22:00", "quiet_until": "06:00"}).text
    assert "QuickBooks is left alone from 22:00 until 06:00." in said
    assert company(cast).quiet_hours == (time(22), time(6))
    for field, value in (("quiet_from", "22:00"), ("quiet_until", "06:00")):
        assert f'name="{field}" type="time" value="{value}"' in said
    assert "There are no quiet hours." in admin.follow(f"{HOME}/quiet", {"quiet_from": "", "quiet_until": ""}).text
    assert company(cast).quiet_hours is None


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("22:00", "", "quiet_until"),
        ("", "06:00", "quiet_from"),
        ("25:00", "06:00", "quiet_from"),
        ("22:00", "six", "quiet_until"),
        ("08:00", "08:00", "quiet_until"),
    ],
)
def test_bad_quiet_hours_are_explained_and_kept(cast: Cast, admin: Visitor, start: str, end: str, wrong: str) -> None:
    cast.company(cast.acme, quiet_from="01:00", quiet_until="02:00")
    answer = admin.post(f"{HOME}/quiet", {"quiet_from": start, "quiet_until": end})
    assert answer.status_code == 422
    assert answer.text.count('class="error"') == answer.text.count(f'id="e-{wrong}"') == 1
    for field, value in (("quiet_from", start), ("quiet_until", end), ("daily_at", "02:00")):
        assert f'name="{field}" type="time" value="{value}"' in answer.text
    assert company(cast).quiet_hours == (time(1), time(2))


def test_a_bad_schedule_leaves_the_quiet_hours_on_the_page(cast: Cast, admin: Visitor) -> None:
    cast.company(cast.acme, quiet_from="01:00", quiet_until="03:00")
    page = admin.post(f"{HOME}/schedule", {"daily_at": "x", "timezone": "UTC"}).text
    assert 'name="quiet_until" type="time" value="03:00"' in page


def test_a_pause_is_seen_at_the_connection_and_ended_with_one_button(cast: Cast, admin: Visitor) -> None:
    reason = "Paused by an admin; nothing is read until somebody ends the pause."
    before = admin.get(HOME).text
    assert reason not in before
    assert ">Pause syncing</button>" in before
    for _ in range(2):  # pressed twice it stays paused
        page = admin.follow(f"{HOME}/pause", {"paused": "on"}).text
        assert company(cast).paused
        assert reason in page.partition('id="connection"')[2].partition("</section>")[0]
        assert ">Go on</button>" in page
        assert ">Pause syncing</button>" not in page
    assert reason not in admin.follow(f"{HOME}/pause", {"paused": "off"}).text
    assert not company(cast).paused


def test_quiet_hours_are_seen_at_the_connection_while_they_last(cast: Cast, admin: Visitor) -> None:
    admin.post(f"{HOME}/quiet", {"quiet_from": "08:00", "quiet_until": "17:00"})
    reason = "Quiet hours: QuickBooks is left alone until 17:00."
    assert reason in admin.get(HOME).text  # it is 3:04 pm
    cast.clock.advance(hours=2)
    assert reason not in admin.get(HOME).text


@pytest.mark.parametrize(
    ("path", "form", "reason"),
    [
        ("pause", {"paused": "on"}, "Syncing is paused."),
        ("quiet", {"quiet_from": "08:00", "quiet_until": "17:00"}, "QuickBooks is left alone until 17:00."),
    ],
)
def test_a_waiting_project_says_that_quickbooks_is_left_alone(
    cast: Cast, admin: Visitor, staff: Visitor, path: str, form: dict[str, str], reason: str
) -> None:
    staff.post(f"/projects/{cast.kitchen}/sync")
    assert "In a hurry" in staff.get(f"/projects/{cast.kitchen}/status.json").get_json()["sentence"]
    admin.post(f"{HOME}/{path}", form)
    for sentence in (
        staff.get(f"/projects/{cast.kitchen}/status.json").get_json()["sentence"],
        staff.get(f"/projects/{cast.kitchen}/financials").text,
        admin.get(HOME).text.partition('id="connection"')[2],
    ):
        assert reason in sentence
        assert "In a hurry" not in sentence


def test_pause_and_quiet_hours_are_the_companys_own(cast: Cast, admin: Visitor, outsider: Visitor) -> None:
    admin.post(f"{HOME}/pause", {"paused": "on"})
    admin.post(f"{HOME}/quiet", {"quiet_from": "08:00", "quiet_until": "17:00"})
    page = outsider.get(HOME).text
    assert "Paused by an admin" not in page
    assert 'name="quiet_from" type="time" value=""' in page


# How money and dates look ---------------------------------------------------------------------------------------------


def test_a_locale_changes_every_page_and_never_the_currency(cast: Cast, admin: Visitor, client: Visitor) -> None:
    assert "$12,345.67, Mar 31, 2026" in admin.get(HOME).text  # what the American file would say
    said = admin.follow(f"{HOME}/locale", {"locale": "de_DE"}).text
    assert "written that way from now on" in said
    assert '<option value="de_DE" selected>German (Germany): 12.345,67\xa0$, 31.03.2026</option>' in said
    for visitor in (admin, client):
        page = visitor.get(f"/projects/{cast.kitchen}/financials").text
        assert "182.400,00\xa0$" in page
        assert "18.11.2026" in page
        assert '<html lang="en">' in page
    document = admin.get(f"/projects/{cast.kitchen}/payments.json").get_json()
    assert document["paid_to_date"] == "182400.00"
    admin.post(f"{HOME}/locale", {"locale": ""})
    assert "$182,400.00" in admin.get(f"/projects/{cast.kitchen}/financials").text


def test_a_locale_nobody_offered_is_explained(cast: Cast, admin: Visitor) -> None:
    answer = admin.post(f"{HOME}/locale", {"locale": "tlh_QO"})
    assert answer.status_code == 422
    assert 'id="e-locale"' in answer.text
    assert company(cast).locale == ""


def test_a_locale_is_the_companys_own(cast: Cast, admin: Visitor, outsider: Visitor) -> None:
    admin.post(f"{HOME}/locale", {"locale": "fr_CA"})
    assert "$182,400.00" in outsider.get(f"/projects/{cast.theirs}/financials").text


# QuickBooks was busy ------------------------------------------------------------------------------------------------------


def test_a_project_that_waits_for_a_busy_quickbooks_says_until_when(cast: Cast, staff: Visitor, admin: Visitor) -> None:
    words = "QuickBooks was busy 3 times in a row; the next try is at 15:19."
    failure = Failure("0x80040414", "A dialog is open in QuickBooks, so it cannot answer.", "Close it.")
    with cast.database.begin() as c:
        for number in range(3):
            conversations.begin(c, cast.acme, f"ticket {number}", trigger="daily", address="", now=NOW)
            run = conversations.open_of(c, cast.acme)
            assert run
            conversations.end(c, cast.acme, run.id, "failed", failure, NOW - timedelta(minutes=5))
        companies.failed(c, cast.acme, failure, NOW - timedelta(minutes=5))
    page = staff.get(f"/projects/{cast.kitchen}/financials").text
    assert f"Close it. {words}" in page
    assert words in staff.get(f"/projects/{cast.kitchen}/status.json").get_json()["sentence"]
    assert words in admin.get(HOME).text
    staff.post(f"/projects/{cast.kitchen}/sync")  # whoever presses the button is not kept waiting
    sentence = staff.get(f"/projects/{cast.kitchen}/status.json").get_json()["sentence"]
    assert words not in sentence
    assert "In a hurry" in sentence
