"""From the first poll to the first synced project."""

from office import Make, Office, messages_of, started

from qbwc_bridge.config import Sync
from qbwc_bridge.records import State


def test_the_first_poll_brings_the_customers_even_without_a_project(office: Office) -> None:
    calls = office.poll()
    assert [call.name for call in calls] == ["authenticate", "sendRequestXML", "receiveResponseXML", "closeConnection"]
    assert calls[2].result == 100
    assert office.overview().company.file is not None
    assert office.overview().status.state is State.CURRENT


def test_a_poll_with_nothing_to_do_says_why(office: Office) -> None:
    office.poll()
    assert [(call.name, call.result) for call in office.poll()] == [
        ("authenticate", "none"),
        ("closeConnection", "Nothing due; next daily sync 02:00."),
    ]


def test_a_linked_job_gets_its_payments(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    office.assert_true()
    assert office.summary(kitchen).paid_to_date > 0
    assert office.status(kitchen).state is State.CURRENT


def test_forty_jobs_and_four_hundred_payments_take_at_most_four_rounds(office: Office) -> None:
    office.poll()
    names = [office.books.full_name(one) for one in office.books.customers][:40]
    for name in names:
        office.link(name)
    office.clock.pass_(minutes=1)
    calls = office.poll()
    assert len(office.projects()) == 40
    assert sum(call.name == "sendRequestXML" for call in calls) <= 4
    assert calls[-2].result == 100
    office.assert_true()
    assert office.poll()[0].result == "none"


def test_where_no_messages_are_wanted_none_are_kept(make_office: Make) -> None:
    office = make_office(settings=Sync(keep_messages_days=0))
    started(office, "Smith:Kitchen")
    with office.database.read() as c:
        assert [messages_of(c, office.company.id, run.id) for run in office.log()] == [[], []]
