"""What goes wrong on the way, and that nothing is lost, doubled or shown as fresh."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from office import Office, messages_of, started

from qbwc_bridge.records import State
from qbwc_bridge.simulator import RequestRefused
from qbwc_bridge.simulator.ledger import Payment
from qbwc_bridge.store import manual, requests

UNKNOWN = "no-such-ticket"


def test_wrong_password_and_unknown_user_are_nvu(office: Office) -> None:
    assert office.authenticate("wrong") == ["", "nvu"]
    assert office.service.authenticate("nobody", "wrong", office.address) == ["", "nvu"]


def test_white_space_around_the_password_does_not_count(office: Office) -> None:
    assert office.authenticate(" open-sesame ")[1] == ""


def test_an_unknown_ticket_is_answered_as_the_protocol_asks(office: Office) -> None:
    assert office.send(UNKNOWN) == ""
    assert office.service.receive_response_xml(UNKNOWN, "<QBXML/>", "", "") == -1
    assert office.service.connection_error(UNKNOWN, "0x80040408", "") == "done"
    assert "Session expired" in office.service.get_last_error(UNKNOWN)
    assert office.service.close_connection(UNKNOWN) == "OK"


def test_another_connector_is_told_busy_while_one_is_active(office: Office) -> None:
    office.authenticate()
    office.address = "198.51.100.9"
    assert office.authenticate() == ["", "busy"]
    office.clock.pass_(seconds=61)
    assert office.authenticate()[1] == ""


def test_a_new_update_of_the_same_computer_supersedes_the_abandoned_one(office: Office) -> None:
    old, _ = office.authenticate()
    office.send(old)
    assert office.authenticate() == ["", "busy"]
    office.clock.pass_(seconds=11)
    assert office.authenticate()[1] == ""
    assert office.send(old) == ""
    assert office.answer(old, "late") == -1
    assert "stopped" in office.service.get_last_error(old)


@pytest.mark.parametrize("after", range(1, 8))
def test_a_conversation_that_dies_anywhere_is_made_good_by_the_next(office: Office, after: int) -> None:
    office.poll()
    office.link("Smith:Kitchen")
    dying = office.calls()
    for _ in range(after):
        next(dying, None)
    office.clock.pass_(minutes=15)
    office.poll()
    office.assert_true()
    assert office.poll()[0].result == "none"


def test_an_answer_delivered_twice_counts_once(office: Office) -> None:
    office.poll()
    office.link("Smith:Kitchen")
    ticket, _ = office.authenticate()
    request = office.send(ticket)
    answer = office.quickbooks.process(request)
    first = office.service.receive_response_xml(ticket, answer, "", "")
    assert office.service.receive_response_xml(ticket, answer, "", "") == first
    office.answer(ticket, office.send(ticket, ""))
    office.assert_true()


def test_an_answer_that_was_lost_is_asked_for_again(office: Office) -> None:
    office.poll()
    office.link("Smith:Kitchen")
    ticket, _ = office.authenticate()
    lost = office.send(ticket)
    again = office.send(ticket, "")
    assert lost != again
    assert office.answer(ticket, again) < 100
    assert office.answer(ticket, office.send(ticket, "")) == 100
    office.assert_true()


def test_an_answer_to_an_earlier_message_matches_nothing(office: Office) -> None:
    office.poll()
    office.link("Smith:Kitchen")
    ticket, _ = office.authenticate()
    late = office.quickbooks.process(office.send(ticket))
    office.send(ticket, "")
    office.service.receive_response_xml(ticket, late, "", "")
    assert office.overview().projects[0].project.synced_at is None


def test_another_company_file_gets_nothing_and_a_sentence(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    before = office.summary(kitchen)
    office.books.file_ids.clear()
    office.books.register(office.company.owner_id, "{00000000-0000-4000-8000-000000000000}")
    office.books.company = "Other Books"
    office.sync_now()
    calls = office.poll()
    assert [call.name for call in calls][1:3] == ["sendRequestXML", "getLastError"]
    assert calls[1].result == ""
    assert "Other Books" in calls[2].result
    assert office.status(kitchen).state is State.FAILED
    assert office.summary(kitchen).lines == before.lines
    assert office.overview().company.failure.code == "wrong-company-file"  # type: ignore[union-attr]


def test_a_copy_of_the_company_file_pauses_and_asks(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    office.books.path = r"D:\Backup\Copy.QBW"
    office.sync_now()
    office.poll()
    assert office.status(kitchen).state is State.FAILED
    assert office.overview().company.other_file.path == r"D:\Backup\Copy.QBW"  # type: ignore[union-attr]


def test_a_silent_introduction_is_followed_by_one_question(office: Office) -> None:
    office.poll()
    office.link("Smith:Kitchen")
    ticket, _ = office.authenticate()
    question = office.send(ticket, hcp="")
    assert "CompanyQueryRq" in question
    assert "ReceivePayment" not in question
    assert 0 <= office.answer(ticket, question) < 100
    assert "ReceivePaymentQueryRq" in office.send(ticket, "")


def test_a_copy_is_noticed_also_when_quickbooks_does_not_introduce_itself(office: Office) -> None:
    started(office, "Smith:Kitchen")
    office.sync_now()
    office.books.path = r"D:\Backup\Copy.QBW"
    ticket, _ = office.authenticate()
    assert office.answer(ticket, office.send(ticket, hcp="")) == -1
    assert office.overview().company.failure.code == "copied-company-file"  # type: ignore[union-attr]


def test_a_missing_path_does_not_unlock_the_company_file(office: Office) -> None:
    started(office, "Smith:Kitchen")
    locked = office.overview().company.file
    office.sync_now()
    ticket, _ = office.authenticate()
    assert office.send(ticket, path="")
    assert office.overview().company.file == locked


def test_quickbooks_closed_ends_with_its_sentence_and_keeps_the_request(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    office.sync_now()
    ticket, _ = office.authenticate()
    assert office.service.connection_error(ticket, "0x80040408", "Could not start QuickBooks.") == "done"
    assert "QuickBooks" in office.service.close_connection(ticket)
    assert office.status(kitchen).state is State.FAILED
    office.clock.pass_(minutes=15)
    office.poll()
    assert office.status(kitchen).state is State.CURRENT
    assert office.overview().company.failure is None


def test_the_connection_is_retried_once_at_most(office: Office) -> None:
    ticket, _ = office.authenticate()
    answers = [office.service.connection_error(ticket, "0x8004040A", "another file") for _ in range(4)]
    assert answers == ["", "done", "done", "done"]


def test_when_quickbooks_refuses_everything_the_reason_is_said_and_nothing_changes(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    before = office.summary(kitchen).lines
    office.quickbooks.faults.refused.update(dict.fromkeys(range(1, 99), ("0x80040400", "parse error")))
    for _ in range(3):
        office.sync_now()
        *_, last, reason, _ = office.poll()
        assert (last.name, last.result, reason.name) == ("receiveResponseXML", -1, "getLastError")
        office.clock.pass_(minutes=15)
    assert office.status(kitchen).state is State.FAILED
    assert office.summary(kitchen).lines == before
    office.quickbooks.faults.refused.clear()
    office.sync_now()
    office.poll()
    assert office.status(kitchen).state is State.CURRENT


def test_one_request_quickbooks_cannot_parse_fails_alone(office: Office) -> None:
    started(office, "Smith:Kitchen", "Tran:Porch")
    office.sync_now()
    process = office.quickbooks.process

    def picky(text: str) -> str:
        if "ListDeletedQueryRq" in text:
            raise RequestRefused("0x80040400", "parse error")
        return process(text)

    office.quickbooks.process = picky  # type: ignore[method-assign]
    office.books.void_payment(next(one.txn_id for one in office.books.of(Payment) if one.amount))
    office.poll()
    office.assert_true()
    assert {one.status.state for one in office.overview().projects} == {State.CURRENT}


def test_an_unreadable_answer_changes_nothing(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    before = office.summary(kitchen).lines
    office.sync_now()
    ticket, _ = office.authenticate()
    office.send(ticket)
    assert office.service.receive_response_xml(ticket, "<QBXML><QBXMLMsgsRs><Broken", "", "") == -1
    assert office.summary(kitchen).lines == before
    assert office.status(kitchen).state is State.FAILED


def test_an_empty_answer_is_held_and_nothing_is_removed(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    before = office.summary(kitchen)
    office.quickbooks.faults.no_match.add("ReceivePaymentQuery")
    office.sync_now()
    office.poll()
    assert office.status(kitchen).state is State.HELD
    assert office.summary(kitchen).paid_to_date == before.paid_to_date
    assert office.summary(kitchen).synced_at == before.synced_at


def test_an_accepted_empty_answer_empties_the_project(office: Office) -> None:
    from qbwc_bridge.connector.decisions import accept_empty

    (kitchen,) = started(office, "Smith:Kitchen")
    office.quickbooks.faults.no_match.add("ReceivePaymentQuery")
    office.sync_now()
    office.poll()
    with office.database.begin() as c:
        accept_empty(c, office.company.id, kitchen.id, "dana", office.clock())
    assert office.summary(kitchen).lines == ()
    assert office.status(kitchen).state is State.CURRENT


def test_a_job_that_was_merged_away_keeps_its_data_and_is_never_current(office: Office) -> None:
    smith = office.list_id("Smith")
    old, new = (office.books.add_customer(name, smith).list_id for name in ("Old name", "New name"))
    office.books.receive_payment(old, Decimal("500.00"), {})
    (project,) = started(office, "Smith:Old name")
    before = office.summary(project).lines
    office.books.merge_customer(old, new)
    office.sync_now()
    office.poll()
    assert office.status(project).state is State.FAILED
    assert "no longer" in office.status(project).sentence
    assert office.summary(project).lines == before
    assert office.poll()[0].result == "none"


def test_manual_payments_leave_only_with_the_first_complete_answer(office: Office) -> None:
    from datetime import date

    from qbwc_bridge.connector import links
    from qbwc_bridge.errors import PaymentsAreSynced

    office.poll()
    with office.database.begin() as c:
        form = links.ProjectForm("Kitchen")
        project = links.save(c, office.company, None, form, office.clock(), "dana")
        typed = {"date": date(2026, 1, 5), "amount": Decimal("18000.00")}
        manual.add(c, office.company.id, project.id, **typed, now=office.clock())
        list_id = office.list_id("Smith:Kitchen")
        on = links.ProjectForm("Kitchen", list_id=list_id, client_payments=True)
        project = links.save(c, office.company, project.id, on, office.clock(), "dana")
    assert office.summary(project).paid_to_date == Decimal("18000.00")
    dying = office.calls()
    next(dying), next(dying)
    assert office.summary(project).paid_to_date == Decimal("18000.00")
    office.clock.pass_(minutes=15)
    office.poll()
    office.assert_true()
    with office.database.begin() as c:
        assert len(manual.archive(c, office.company.id, project.id)) == 1
        with pytest.raises(PaymentsAreSynced):
            manual.add(c, office.company.id, project.id, **typed, now=office.clock())
        off = links.ProjectForm("Kitchen", list_id=list_id)
        links.save(c, office.company, project.id, off, office.clock(), "dana")
    assert office.summary(project).paid_to_date == Decimal("18000.00")


def test_progress_is_below_a_hundred_until_the_end(make_office: Callable[..., Office]) -> None:
    from qbwc_bridge.config import Sync

    office = make_office(settings=Sync(page_size=10))
    office.poll()
    for name in ("Smith:Kitchen", "Northfield Apartments"):
        office.link(name)
    steps = [call.result for call in office.poll() if call.name == "receiveResponseXML"]
    assert steps[-1] == 100
    assert all(step < 100 for step in steps[:-1])
    assert steps == sorted(steps)


def test_the_daily_sync_is_due_once_a_day(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    assert office.poll()[0].result == "none"
    office.clock.pass_(hours=24)
    assert office.poll()[0].result == ""
    assert office.log()[0].trigger == "daily"
    assert office.poll()[0].result == "none"
    assert office.status(kitchen).state is State.CURRENT


def test_a_silent_connector_makes_a_project_stale(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    office.clock.pass_(days=4)
    assert office.status(kitchen).state is State.STALE
    assert office.status(kitchen).sentence == "Last synced 4 days ago. Is the QuickBooks computer on?"


def test_an_expired_iterator_starts_again(make_office: Callable[..., Office]) -> None:
    from qbwc_bridge.config import Sync

    office = make_office(settings=Sync(page_size=10))
    started(office, "Northfield Apartments", include_jobs=True)
    office.sync_now()
    ticket, _ = office.authenticate()
    office.answer(ticket, office.send(ticket))
    office.quickbooks._iterators.clear()
    hcp = ""
    for _ in range(60):
        request = office.send(ticket, hcp)
        if not request or office.answer(ticket, request) == 100:
            break
    office.assert_true()
    with office.database.read() as c:
        assert requests.open_rows(c, office.company.id) == []


def test_a_clock_that_was_set_back_keeps_nobody_out(office: Office) -> None:
    office.authenticate()
    office.clock.pass_(hours=-3)
    assert office.authenticate()[1] == ""


def test_what_is_kept_of_an_answer_names_nobody(office: Office) -> None:
    started(office, "Smith:Kitchen")
    with office.database.read() as c:
        kept = messages_of(c, office.company.id, office.log()[0].id)
    assert [one.direction for one in kept[:2]] == ["request", "response"]
    assert not [one for one in kept if "Smith" in one.body or "Draw" in one.body]
    assert any("<TotalAmount>24000.00</TotalAmount>" in one.body for one in kept)


def test_a_quickbooks_with_one_open_iterator_at_a_time_brings_the_same_truth(
    make_office: Callable[..., Office],
) -> None:
    from qbwc_bridge.config import Sync

    office = make_office(settings=Sync(page_size=10))
    office.quickbooks.one_iterator = True
    started(office, "Northfield Apartments", include_jobs=True)
    started(office, "Green Valley School", "O'Brien & Sons", include_jobs=True)
    office.assert_true()
    assert {one.status.state for one in office.overview().projects} == {State.CURRENT}


def test_a_quickbooks_that_returns_fewer_rows_than_asked_brings_the_same_truth(office: Office) -> None:
    process = office.quickbooks.process
    office.quickbooks.process = lambda text: process(  # type: ignore[method-assign]
        text.replace("<MaxReturned>500<", "<MaxReturned>7<")
    )
    started(office, "Northfield Apartments", include_jobs=True)
    office.assert_true()
    assert office.log()[0].rounds > 5


def test_after_another_file_was_chosen_nothing_is_current_before_it_was_read(office: Office) -> None:
    from qbwc_bridge.connector.decisions import use_this_file

    (kitchen,) = started(office, "Smith:Kitchen")
    office.books.path = r"D:\Books\Moved.QBW"
    paid = next(one.txn_id for one in office.books.of(Payment) if one.customer == kitchen.list_id and one.amount)
    office.books.delete_payment(paid)
    office.books.deletions.clear()  # a copy that lacks a payment, and whose deletion log knows nothing of it
    office.sync_now()
    office.poll()
    assert office.status(kitchen).state is State.FAILED
    with office.database.begin() as c:
        use_this_file(c, office.company.id, "dana", office.clock())
    assert office.status(kitchen).state is State.QUEUED
    office.clock.pass_(minutes=15)
    office.poll()
    assert office.status(kitchen).state is State.CURRENT
    office.assert_true()
