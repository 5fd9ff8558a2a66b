"""An office whose syncs fail, are missed, and work again; whose bookkeeper enters payments: what it is told, word for word."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from office import Clock as Hands
from office import Make, Office, started

from qbwc_bridge.config import Sync
from qbwc_bridge.notices import watching
from qbwc_bridge.notices.settings import Choice, save
from qbwc_bridge.records import Company, Delivery, Notice
from qbwc_bridge.simulator import Books
from qbwc_bridge.simulator.ledger import Payment
from qbwc_bridge.store import companies, deliveries, notices, projects
from qbwc_bridge.summary import Clock
from qbwc_bridge.web.formats import formats

DIALOG = "0x80040414"
DANA, SAM, URL = "dana@acme.example", "sam@acme.example", "https://alarm.example/hook"
SITE = "https://pay.example"
KITCHEN, GARAGE, ROOF = "Smith:Kitchen", "Smith:Garage", "Jones:Roof"
LONG_AGO = timedelta(days=40)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def office(make_office: Make) -> Office:
    """Three jobs paid long ago, more often the roof; Dana is told by email, after two failures."""
    books = Books(now=Hands.now.astimezone(CHICAGO) - LONG_AGO)
    for customer, jobs in {"Smith": {"Kitchen": 1, "Garage": 1}, "Jones": {"Roof": 12}}.items():
        parent = books.add_customer(customer).list_id
        for job, times in jobs.items():
            list_id = books.add_customer(job, parent).list_id
            for _ in range(times):
                bill(books, list_id, "1000.00")
    books.now += LONG_AGO
    office = make_office(books=books, settings=Sync(page_size=10))
    with office.database.begin() as c:
        companies.configure(c, office.company.id, timezone="America/Chicago")
        companies.connected(c, office.company.id, product="QuickBooks", country="US")
    choose(office)
    return office


def choose(office: Office, **changed: Any) -> None:
    chosen: dict[str, Any] = {"emails": [DANA], "after_failures": 2, "new_payments": True, **changed}
    with office.database.begin() as c:
        save(c, office.company.id, Choice(**chosen), "Dana", office.clock())


def bill(books: Books, list_id: str, amount: str, payer: str = "", **about: Any) -> Payment:
    invoice = books.add_invoice(list_id, Decimal(amount) * 2)
    return books.receive_payment(payer or list_id, Decimal(amount), {invoice.txn_id: Decimal(amount)}, **about)


def pay(office: Office, full_name: str, amount: str, **about: Any) -> Payment:
    later(office, minutes=1)
    return bill(office.books, office.list_id(full_name), amount, **about)


def later(office: Office, **span: float) -> None:
    office.clock.pass_(**span)
    office.books.now += timedelta(**span)


def sync(office: Office) -> None:
    later(office, minutes=1)
    office.sync_now()
    assert office.poll()[0].result == "", "nothing was due"
    later(office, minutes=1)


def fail(office: Office, times: int = 1) -> None:
    """Updates in which QuickBooks shows a dialog. Somebody presses Sync Data Now each time, so that none waits."""
    for _ in range(times):
        later(office, minutes=15)
        office.sync_now()
        ticket, work, *_ = office.authenticate()
        assert work == ""
        assert office.service.connection_error(ticket, DIALOG, "") == "done"
        office.service.close_connection(ticket)
        later(office, minutes=1)


def habits(company: Company, currency: str) -> Any:
    return formats(company.country, currency, Clock(company.created_at, company.timezone))


def look(office: Office) -> list[Delivery]:
    """One look, as the caretaker does it; returns what it put into the outbox, oldest first."""
    before = len(outbox(office))
    with office.database.read() as c:
        watched = notices.watched(c)
    for settings in watched:
        watching.look(office.database, settings, office.clock.now, SITE, habits)
    return outbox(office)[before:]


def outbox(office: Office) -> list[Delivery]:
    with office.database.read() as c:
        return deliveries.lately(c, office.company.id, 99)[::-1]


def told(office: Office) -> list[Notice]:
    return [one.kind for one in look(office)]


def mail(one: Delivery) -> tuple[str, str]:
    document = json.loads(one.document)
    return document["subject"], document["text"]


def pause(office: Office, paused: bool) -> None:
    with office.database.begin() as c:
        companies.pause(c, office.company.id, paused)


# Trouble --------------------------------------------------------------------------------------------------------------


def test_failures_are_told_once_and_the_end_once(office: Office) -> None:
    started(office, KITCHEN)
    assert told(office) == []
    fail(office)
    assert told(office) == []
    fail(office)
    assert told(office) == [Notice.FAILED]
    fail(office, 3)
    assert told(office) == []
    later(office, days=3)
    assert told(office) == []  # a missed day is the same trouble
    sync(office)
    assert told(office) == [Notice.RECOVERED]
    assert told(office) == []
    fail(office, 2)
    assert told(office) == [Notice.FAILED]


def test_a_good_sync_between_starts_the_count_again(office: Office) -> None:
    started(office, KITCHEN)
    for _ in range(3):
        fail(office)
        assert told(office) == []
        sync(office)
    assert told(office) == []


def test_an_update_that_was_abandoned_counts_as_failed(office: Office) -> None:
    started(office, KITCHEN)
    for _ in range(2):
        later(office, minutes=15)
        office.sync_now()
        calls = office.calls()
        next(calls)
        next(calls)  # and the computer goes to sleep
    later(office, minutes=15)
    next(office.calls())
    (one,) = look(office)
    assert "The Web Connector stopped in the middle of an update." in mail(one)[1]


def test_the_words_of_trouble_and_of_its_end(office: Office) -> None:
    started(office, KITCHEN)
    fail(office, 2)
    subject, text = mail(look(office)[0])
    assert subject == "Acme: the last 2 QuickBooks syncs have failed"
    assert text.split("\n\n") == [
        "Acme: the last 2 QuickBooks syncs have failed, since 2 Mar 2026, 9:16 am (America/Chicago).",
        "What is wrong: A dialog is open in QuickBooks, so it cannot answer.\n"
        "What to do: At the QuickBooks computer, close the dialog and press Update Selected.",
        "What was received before is kept: the pages show it as of 2 Mar 2026, 9:01 am (America/Chicago).",
        "Activity: https://pay.example/activity\nAccounting Settings: https://pay.example/settings/accounting",
        "You get one message when trouble begins and one when it is over. "
        "Who gets them is set here: https://pay.example/settings/notices\n",
    ]
    sync(office)
    subject, text = mail(look(office)[0])
    assert subject == "Acme: the QuickBooks sync works again"
    assert text.startswith(
        "Acme: the QuickBooks sync works again, since 2 Mar 2026, 9:34 am (America/Chicago). "
        "The trouble began 2 Mar 2026, 9:16 am (America/Chicago).\n"
    )


def test_the_documents_for_programs(office: Office) -> None:
    choose(office, emails=[], webhook_url=URL, after_failures=1)
    started(office, KITCHEN)
    fail(office)
    sync(office)
    look(office)
    fail(office)
    look(office)
    sync(office)
    look(office)
    failed, recovered = (json.loads(one.document) for one in outbox(office))
    assert failed.pop("id") != recovered.pop("id")
    assert failed == {
        "event": "sync.failed",
        "made_at": failed["made_at"],
        "company": "Acme",
        "last_success": failed["last_success"],
        "url": "https://pay.example/activity",
        "since": failed["since"],
        "failures": 1,
        "error": {
            "code": DIALOG,
            "sentence": "A dialog is open in QuickBooks, so it cannot answer.",
            "hint": "At the QuickBooks computer, close the dialog and press Update Selected.",
        },
    }
    assert failed["last_success"] < failed["since"] < failed["made_at"]
    assert (recovered["event"], recovered["trouble_since"]) == ("sync.recovered", failed["since"])
    assert recovered["since"] == recovered["last_success"] > failed["since"]


def test_every_address_gets_its_own(office: Office) -> None:
    choose(office, emails=[DANA, SAM], webhook_url=URL, after_failures=1)
    started(office, KITCHEN)
    fail(office)
    sent = look(office)
    assert [one.target for one in sent] == [DANA, SAM, URL]
    assert len({json.loads(one.document)["id"] for one in sent}) == 3


def test_what_was_not_sent_when_it_is_over_is_not_sent_any_more(office: Office) -> None:
    started(office, KITCHEN)
    fail(office, 2)
    look(office)
    sync(office)
    look(office)
    failed, recovered = outbox(office)
    assert (failed.next_at, failed.error) == (None, watching.OVER)
    assert (recovered.kind, recovered.next_at) == (Notice.RECOVERED, recovered.made_at)


# A missed day ---------------------------------------------------------------------------------------------------------


def test_a_day_without_a_call_is_missed(office: Office) -> None:
    started(office, KITCHEN)
    later(office, hours=25)
    assert told(office) == []
    later(office, hours=2)
    (one,) = look(office)
    subject, text = mail(one)
    assert (one.kind, subject) == (Notice.MISSED, "Acme: no QuickBooks sync for more than a day")
    assert text.startswith(
        "The last good sync of Acme with QuickBooks was 2 Mar 2026, 9:01 am (America/Chicago), more than a day ago.\n\n"
        "What is wrong: No update of the Web Connector has come to a good end since.\n"
        "What to do: Is the QuickBooks computer on, awake and online?"
    )
    later(office, days=9)
    assert told(office) == []
    sync(office)
    assert told(office) == [Notice.RECOVERED]


def test_a_missed_day_with_a_failure_says_what_failed(office: Office) -> None:
    started(office, KITCHEN)
    fail(office)
    later(office, hours=27)
    (one,) = look(office)
    assert one.kind is Notice.MISSED
    assert "What is wrong: A dialog is open in QuickBooks, so it cannot answer." in mail(one)[1]
    fail(office, 5)
    assert told(office) == []


def test_who_never_synced_misses_nothing_but_is_told_of_failures(office: Office) -> None:
    later(office, days=9)
    assert told(office) == []
    fail(office, 2)
    (one,) = look(office)
    assert one.kind is Notice.FAILED
    assert "No payments have been received yet" in mail(one)[1]


def test_a_pause_begins_nothing_and_ends_nothing(office: Office) -> None:
    started(office, KITCHEN)
    pause(office, True)
    for _ in range(4):
        assert told(office) == []
        later(office, days=1)
    assert told(office) == []
    pause(office, False)
    assert told(office) == []
    later(office, hours=25)
    assert told(office) == []
    later(office, hours=2)
    assert told(office) == [Notice.MISSED]
    pause(office, True)
    assert told(office) == []
    pause(office, False)
    sync(office)
    assert told(office) == [Notice.RECOVERED]


def test_nobody_is_told_of_the_end_of_what_they_were_not_told(office: Office) -> None:
    started(office, KITCHEN)
    fail(office, 2)
    look(office)
    choose(office, emails=[])
    sync(office)
    choose(office, emails=[SAM])
    assert told(office) == []


def test_an_address_taken_out_gets_nothing_any_more(office: Office) -> None:
    choose(office, emails=[DANA, SAM])
    started(office, KITCHEN)
    fail(office, 2)
    look(office)
    choose(office, emails=[SAM])
    assert {one.target: one.next_at is None for one in outbox(office)} == {DANA: True, SAM: False}


# New payments ---------------------------------------------------------------------------------------------------------


def test_a_first_complete_pull_is_no_news(office: Office) -> None:
    office.poll()
    pay(office, KITCHEN, "500.00")  # just now, but before anybody here knew of the job
    office.link(KITCHEN)
    later(office, minutes=1)
    office.poll()
    assert office.summary(office.projects()[0]).count == 2
    assert told(office) == []


def test_new_payments_are_told_once_for_each_sync(office: Office) -> None:
    started(office, KITCHEN)
    office.link(ROOF, project="Jones roof")
    later(office, minutes=1)
    office.poll()
    look(office)
    pay(office, KITCHEN, "12000.00", method="Check", ref_number="1043")
    pay(office, KITCHEN, "24000.00")
    sync(office)
    (one,) = look(office)
    assert one.kind is Notice.PAYMENTS
    subject, text = mail(one)
    assert subject == "Acme: 2 new payments, $36,000.00, for Smith:Kitchen"
    assert text.split("\n") == [
        "2 new payments, $36,000.00, for Smith:Kitchen",
        "  Mar 2, 2026  $12,000.00  Check 1043",
        "  Mar 2, 2026  $24,000.00",
        "  https://pay.example/projects/1/financials",
        "",
        "Who gets this message is set here: https://pay.example/settings/notices",
        "",
    ]
    assert told(office) == []
    pay(office, KITCHEN, "1.00")
    pay(office, ROOF, "2.00")
    sync(office)
    (one,) = look(office)
    assert mail(one)[0] == "Acme: 2 new payments for 2 projects"
    assert "1 new payment, $1.00, for Smith:Kitchen" in mail(one)[1]
    assert "1 new payment, $2.00, for Jones roof" in mail(one)[1]


def test_the_document_of_new_payments(office: Office) -> None:
    choose(office, emails=[], webhook_url=URL)
    started(office, KITCHEN)
    look(office)
    payment = pay(office, KITCHEN, "12000.00", method="Check", ref_number="1043", memo="between us")
    sync(office)
    document = json.loads(look(office)[0].document)
    assert document["event"] == "payments.new"
    assert document["projects"] == [
        {
            "project": "Smith:Kitchen", "url": "https://pay.example/projects/1/financials", "currency": "", "count": 1,
            "total": "12000.00",
            "payments": [
                {"txn_id": payment.txn_id, "date": "2026-03-02", "amount": "12000.00", "method": "Check", "ref_number": "1043"}
            ],
        }
    ]  # fmt: skip
    assert "between us" not in json.dumps(document)


def test_a_payment_of_the_parent_counts_with_its_part(office: Office) -> None:
    started(office, KITCHEN)
    look(office)
    pay(office, KITCHEN, "300.00", payer=office.list_id("Smith"))
    pay(office, GARAGE, "700.00", payer=office.list_id("Smith"))  # for another job
    sync(office)
    assert mail(look(office)[0])[0] == "Acme: 1 new payment, $300.00, for Smith:Kitchen"


def test_edits_voids_and_deletions_are_no_news(office: Office) -> None:
    started(office, KITCHEN)
    look(office)
    first, second = pay(office, KITCHEN, "1.00"), pay(office, KITCHEN, "2.00")
    sync(office)
    assert told(office) == [Notice.PAYMENTS]
    later(office, minutes=5)
    office.books.edit_payment(first.txn_id, memo="edited")
    office.books.delete_payment(second.txn_id)
    third = pay(office, KITCHEN, "3.00")
    office.books.void_payment(third.txn_id)
    sync(office)
    assert told(office) == []


def test_a_job_that_is_moved_brings_its_past_but_no_news(office: Office) -> None:
    office.poll()
    office.link("Smith", include_jobs=True)
    later(office, minutes=1)
    office.poll()
    look(office)
    later(office, days=10)
    office.books.reparent(office.list_id(ROOF), office.list_id("Smith"))
    pay(office, KITCHEN, "5.00")
    sync(office)
    office.poll()
    office.assert_true()
    assert office.summary(office.projects()[0]).count == 15
    sent = look(office)
    assert [mail(one)[0] for one in sent] == ["Acme: 1 new payment, $5.00, for Smith"]


def test_after_weeks_without_a_sync_all_that_came_since_is_new(office: Office) -> None:
    started(office, KITCHEN)
    look(office)
    choose(office, after_failures=20)
    for amount in ("1.00", "2.00"):
        later(office, days=10)
        pay(office, KITCHEN, amount)
    later(office, days=10)
    sync(office)
    assert "Acme: 2 new payments, $3.00, for Smith:Kitchen" in [mail(one)[0] for one in look(office)]


def test_nothing_is_told_while_an_update_runs(office: Office) -> None:
    """The kitchen's payment is stored in the first round; the roof is read completely, and needs a second one."""
    started(office, KITCHEN)
    later(office, days=10)
    pay(office, GARAGE, "2.00")
    sync(office)
    look(office)
    later(office, hours=5)
    pay(office, KITCHEN, "1.00")
    office.link(ROOF)
    office.sync_now()
    meanwhile = [told(office) for _ in office.calls() if office.log()[0].ended is None and office.log()[0].added]
    assert meanwhile
    assert not any(meanwhile)
    assert told(office) == [Notice.PAYMENTS]


def test_who_begins_to_listen_hears_of_the_next_payment_only(office: Office) -> None:
    choose(office, new_payments=False)
    started(office, KITCHEN)
    pay(office, KITCHEN, "1.00")
    sync(office)
    assert told(office) == []
    choose(office, new_payments=True)
    assert told(office) == []
    pay(office, KITCHEN, "2.00")
    sync(office)
    assert mail(look(office)[0])[0] == "Acme: 1 new payment, $2.00, for Smith:Kitchen"


def test_a_project_that_is_not_synced_is_not_spoken_of(office: Office) -> None:
    (kitchen,) = started(office, KITCHEN)
    look(office)
    pay(office, KITCHEN, "1.00")
    sync(office)
    with office.database.begin() as c:
        wanted = replace(kitchen, client_payments=False)
        projects.link(
            c, office.company.id, wanted.id, list_id=wanted.list_id, include_jobs=False, client_payments=False,
            now=office.clock.now,
        )  # fmt: skip
    assert told(office) == []


def test_a_long_list_is_cut_in_the_mail(office: Office) -> None:
    started(office, KITCHEN)
    look(office)
    for _ in range(23):
        pay(office, KITCHEN, "1.00")
    sync(office)
    subject, text = mail(look(office)[0])
    assert subject == "Acme: 23 new payments, $23.00, for Smith:Kitchen"
    assert text.count("$1.00") == 20
    assert "  and 3 more\n" in text


# Several companies ----------------------------------------------------------------------------------------------------


def test_only_companies_that_want_to_know_are_looked_at(office: Office) -> None:
    other = Office(office.database, name="Other", clock=office.clock)
    fail(other, 3)
    assert look(office) == []
    assert outbox(other) == []
    with office.database.begin() as c:
        save(c, other.company.id, Choice([SAM]), "Dana", office.clock())
    look(office)
    assert [one.target for one in outbox(other)] == [SAM]
    assert outbox(office) == []
