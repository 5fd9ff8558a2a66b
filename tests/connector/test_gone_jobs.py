"""A job that is merged away keeps what its project showed, whatever else changed with it; the survivor gets all of it. Found
by random histories (:mod:`connector.test_histories`)."""

from decimal import Decimal

import connector.followed
import pytest
from connector.followed import (
    GARAGE,
    KITCHEN,
    LONG_AGO,
    assert_good,
    followed,
    merged,
    pay,
    sync,
)
from office import Office

from qbwc_bridge.connector import decisions
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.records import State

office = connector.followed.office_of_four_jobs


def test_a_job_merged_away_keeps_its_part_of_a_bill_that_was_entered_lately(office: Office) -> None:
    """The bill comes again, with the survivor's name, in the same answer that tells of the merger."""
    (kitchen,) = followed(office, KITCHEN)
    pay(office, KITCHEN, payer="Smith")
    sync(office)
    before = office.summary(kitchen)
    merged(office)
    sync(office)
    assert office.summary(kitchen).lines == before.lines
    assert office.status(kitchen).state is State.FAILED


def test_a_customer_merged_away_keeps_the_payments_of_a_job_it_lost_at_the_same_time(office: Office) -> None:
    office.books.add_customer("Cabin", office.list_id("Whitfield"))
    pay(office, "Whitfield:Cabin")
    (whitfield,) = followed(office, "Whitfield", include_jobs=True)
    before = office.summary(whitfield)
    office.books.reparent(office.list_id("Whitfield:Cabin"), office.list_id("Jones"))
    office.books.merge_customer(office.list_id("Whitfield"), office.list_id("Jones"))
    sync(office)
    assert office.summary(whitfield).lines == before.lines
    assert office.status(whitfield).state is State.FAILED


@pytest.mark.parametrize("paid_by", ["Smith", "Smith:Bath"])
def test_the_survivor_of_a_merger_gets_what_was_paid_for_the_bills_of_the_other(office: Office, paid_by: str) -> None:
    """Money of the parent does not change its customer, and nothing of it is saved again: no count differs."""
    office.books.now -= LONG_AGO
    office.books.add_customer("Bath", office.list_id("Smith"))
    pay(office, "Smith:Bath", "700.00", payer=paid_by)
    office.books.now += LONG_AGO
    (kitchen,) = followed(office, KITCHEN)
    before = office.summary(kitchen).paid_to_date
    office.books.merge_customer(office.list_id("Smith:Bath"), office.list_id(KITCHEN))
    sync(office)
    assert office.summary(kitchen).paid_to_date == before + Decimal("700.00")
    assert_good(office)


def test_accepting_that_one_project_has_no_payments_leaves_no_other_wrong_and_up_to_date(office: Office) -> None:
    """What QuickBooks did not return for the kitchen may be there again, brought by the garage's changes."""
    (kitchen, garage) = followed(office, KITCHEN, GARAGE)
    office.quickbooks.faults.no_match.add("ReceivePaymentQuery")
    with office.database.begin() as c:
        queue.repull(c, office.company.id, kitchen.id, office.clock())
    office.poll()
    assert office.status(kitchen).state is State.HELD
    office.quickbooks.faults.no_match.clear()
    pay(office, GARAGE, "640.00", payer="Smith")
    office.sync_now(garage)
    office.poll()
    assert office.summary(garage).paid_to_date == office.true_total(garage)
    with office.database.begin() as c:
        decisions.accept_empty(c, office.company.id, kitchen.id, "dana", office.clock())
    assert office.summary(kitchen).lines == ()
    assert office.status(garage).state is State.QUEUED
    office.poll()
    assert office.summary(garage).paid_to_date == office.true_total(garage)
    assert office.status(garage).state is State.CURRENT
