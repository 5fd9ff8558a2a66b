"""One sync's page, and for admins what travelled in it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from lxml import etree
from office import Office, started
from web.cast import NOW, Cast, Visitor
from web.real_office import KITCHEN, again, opened, pay, synced

from qbwc_bridge.config import Config
from qbwc_bridge.store import conversations
from qbwc_bridge.store.conversations import Message
from qbwc_bridge.web.app import create_app


@pytest.fixture
def office(cast: Cast) -> Office:
    return opened(cast)


@pytest.fixture
def run(office: Office) -> int:
    synced(office, KITCHEN)
    pay(office.books, office.list_id(KITCHEN), "500.00", "Secret 7")
    return again(office)


def letters(office: Office, run: int) -> list[conversations.Envelope]:
    with office.database.read() as c:
        return conversations.envelopes(c, office.company.id, run, NOW - timedelta(days=30))


def kept(cast: Cast, body: str, **values: str) -> str:
    """The address of one message with this text."""
    with cast.database.begin() as c:
        conversations.begin(c, cast.acme, f"ticket {body[:50]}", trigger="daily", address="", now=NOW)
        run = conversations.log(c, cast.acme)[0].id
        conversations.keep_message(c, cast.acme, run, Message(1, "response", NOW, body, **values))
        (letter,) = conversations.envelopes(c, cast.acme, run, NOW - timedelta(days=1))
    return f"/activity/{run}/messages/{letter.id}"


def test_a_run_says_what_it_asked_and_what_it_did(office: Office, run: int, staff: Visitor) -> None:
    page = staff.get(f"/activity/{run}").text
    for words in (
        "Sync Data Now, asked by Sam",
        "1 added",
        "2, $1,500.00",  # both sides
        "Changed payments",
        "How many payments there are",
        "Smith:Kitchen",
        "+$500.00",
        "100 %",
    ):
        assert words in page, words


def test_staff_do_not_see_what_travelled(office: Office, run: int, staff: Visitor) -> None:
    letter = letters(office, run)[0].id
    assert "Messages</h2>" not in staff.get(f"/activity/{run}").text
    for address in (f"/activity/{run}/messages/{letter}", f"/activity/{run}/messages/{letter}.xml"):
        assert staff.get(address).status_code == 403


def test_nobody_else_knows_of_it(office: Office, run: int, outsider: Visitor, client: Visitor) -> None:
    letter = letters(office, run)[0].id
    for address in ("", f"/messages/{letter}", f"/messages/{letter}.xml"):
        assert outsider.get(f"/activity/{run}{address}").status_code == 404
        assert client.get(f"/activity/{run}{address}").status_code == 404


def test_a_message_of_another_run_is_not_found(office: Office, run: int, admin: Visitor) -> None:
    letter = letters(office, run)[0].id
    assert admin.get(f"/activity/{run - 1}/messages/{letter}").status_code == 404
    assert admin.get(f"/activity/{run}/messages/{letter}").status_code == 200


def test_an_admin_reads_every_message(office: Office, run: int, admin: Visitor) -> None:
    page = admin.get(f"/activity/{run}").text
    found = letters(office, run)
    assert [letter.direction for letter in found] == ["request", "response"] * (len(found) // 2)
    for letter in found:
        address = f"/activity/{run}/messages/{letter.id}"
        assert f'href="{address}"' in page
        shown, file = admin.get(address), admin.get(f"{address}.xml")
        assert f"{letter.direction.capitalize()} of round {letter.round}" in shown.text
        assert "QBXMLMsgsR" in shown.text
        assert etree.fromstring(file.data).tag == "QBXML"
        assert file.headers["Content-Disposition"].startswith("attachment")
        for text in (shown.text, file.text):
            assert "Secret" not in text
    assert "Kept 30 days" in page
    assert "<details open><summary>" in shown.text


def test_a_failed_request_says_why(make_broken: Office, staff: Visitor, admin: Visitor) -> None:
    run = make_broken.log()[0].id
    page = staff.get(f"/activity/{run}").text
    assert "QuickBooks had an unexpected error." in page
    assert "1 failed attempt" in page
    assert "Try again" in page
    letter = letters(make_broken, run)[-1].id
    opened = admin.get(f"/activity/{run}/messages/{letter}").text
    assert "QuickBooks’ error: 0x80040402 broken" in opened
    assert "QuickBooks sent its error instead of an answer." in opened


@pytest.fixture
def make_broken(office: Office) -> Office:
    """The last sync failed when the first answer was to come."""
    synced(office, KITCHEN)
    office.sync_now()
    office.clock.pass_(minutes=1)
    office.quickbooks.begin_session()
    ticket, *_ = office.authenticate()
    office.send(ticket)
    office.service.receive_response_xml(ticket, "", "0x80040402", "broken")
    office.service.close_connection(ticket)
    return office


def test_messages_are_gone_when_their_time_is_over(
    office: Office, run: int, cast: Cast, enter: Callable[[str], Visitor]
) -> None:
    letter = letters(office, run)[0].id
    cast.clock.advance(days=30)
    admin = enter("admin")
    page = admin.get(f"/activity/{run}").text
    assert "No messages are kept of this sync" in page
    for address in (f"/activity/{run}/messages/{letter}", f"/activity/{run}/messages/{letter}.xml"):
        answer = admin.get(address)
        assert answer.status_code == 404
        assert "Messages are kept 30 days." in answer.text


HOSTILE = {
    "script": "<QBXML><TxnID>&lt;script&gt;alert(1)&lt;/script&gt;</TxnID></QBXML>",
    "entities": '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;">]><QBXML a="&b;">&b;</QBXML>',
    "deep": "<a>" * 5000 + "</a>" * 5000,
    "wide": "<QBXML>" + "<TxnID>1</TxnID>" * 20_000 + "</QBXML>",
    "long": f"<QBXML><TxnID>{'x' * 200_000}</TxnID></QBXML>",
    "control characters": "<QBXML><TxnID>\x00\x1b[31m\u202ekcart&#8;</TxnID></QBXML>",
    "cut off": "<QBXML><TxnID>1</TxnID><Memo>secret",
    "no XML": "Internal Server Error <b>secret",
    "nothing": "",
    "attributes": '<QBXML onload="alert(1)" style="x" a=\'"&gt;&lt;img src=x&gt;\'/>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_is_in_a_message_is_shown_harmlessly(cast: Cast, admin: Visitor, name: str) -> None:
    address = kept(cast, HOSTILE[name])
    page, file = admin.get(address), admin.get(f"{address}.xml")
    assert (page.status_code, file.status_code) == (200, 200)
    assert len(page.text) < 600_000
    for bad in (
        "<script>",
        "<img",
        "secret",
        "hahahaha",
        "\x00",
        "\x1b",
        "\u202e",
        ' onload="',
        ' style="',
        "<!ENTITY",
    ):
        assert bad not in page.text, bad
    assert page.text.count("<li>") <= 2000
    assert "<!" not in file.text.removeprefix("<?xml")
    assert file.headers["X-Content-Type-Options"] == "nosniff"


def test_a_long_document_says_that_it_is_cut(cast: Cast, admin: Visitor) -> None:
    address = kept(cast, HOSTILE["wide"])
    assert "its first 2000 elements are shown. The file has all of it." in admin.get(address).text
    assert admin.get(f"{address}.xml").text.count("<TxnID>") == 20_000


def test_where_nothing_is_kept_the_page_says_so(cast: Cast, config: Config, run: int) -> None:
    app = create_app(cast.database, replace(config, sync=replace(config.sync, keep_messages_days=0)), cast.clock)
    dana = Visitor(app)
    dana.sign_in("dana@acme.example")
    assert "Messages are not kept" in dana.get(f"/activity/{run}").text


def test_totals_are_the_same_on_both_sides(office: Office) -> None:
    started(office, KITCHEN)
    compared = office.log()[0]
    assert compared.quickbooks == compared.ours
    assert compared.ours
    assert compared.ours.total == Decimal("1000.00")
