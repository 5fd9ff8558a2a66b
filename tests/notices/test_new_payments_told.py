"""New payments: which of them are news, and how they are told, word for word."""

import json
from dataclasses import replace

from notices.watched import GARAGE, KITCHEN, ROOF, URL, choose, later, look, mail, pay, sync, told, watched_office
from office import Office, started

from qbwc_bridge.records import Notice
from qbwc_bridge.store import projects

office = watched_office


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
