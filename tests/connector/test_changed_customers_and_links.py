"""A job that is renamed, moved or merged, and a project that is linked elsewhere, shows the payments that are its own after
the next sync; a job that is gone keeps what it showed."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from connector.followed import (
    GARAGE,
    KITCHEN,
    LONG_AGO,
    OF_PAYMENTS,
    ROOF,
    SMITHS,
    assert_good,
    first_payment,
    followed,
    later,
    merged,
    named,
    next_update,
    office_of_four_jobs,
    pay,
    payments_of,
    sync,
)
from office import Office, started

from qbwc_bridge.connector import links
from qbwc_bridge.records import Project, State
from qbwc_bridge.simulator.ledger import Invoice

office = office_of_four_jobs


# The customer list ----------------------------------------------------------------------------------------------------


def test_a_renamed_job_has_its_new_name_after_one_round(office: Office) -> None:
    (kitchen,) = followed(office, KITCHEN)
    office.books.rename_customer(office.list_id(KITCHEN), "K\u00fcche & Bad")
    run = sync(office)
    summary = office.summary(kitchen)
    assert (run.result, run.rounds) == ("ok", 1)
    assert summary.customer is not None
    assert {summary.customer.full_name, *(line.received_from for line in summary.lines)} == {"Smith:K\u00fcche & Bad"}
    assert_good(office)


def test_a_renamed_customer_renames_its_jobs(office: Office) -> None:
    (kitchen,) = followed(office, KITCHEN)
    office.books.rename_customer(office.list_id("Smith"), "Schmidt")
    sync(office)
    customer = office.summary(kitchen).customer
    assert customer is not None
    assert customer.full_name == "Schmidt:Kitchen"


def test_an_inactive_job_is_followed_like_any_other(office: Office) -> None:
    (kitchen,) = followed(office, KITCHEN)
    office.books.set_active(office.list_id(KITCHEN), False)
    pay(office, KITCHEN)
    assert sync(office).result == "ok"
    assert_good(office)
    customer = office.summary(kitchen).customer
    assert customer is not None
    assert not customer.active


def test_a_job_under_another_customer_keeps_its_payments(office: Office) -> None:
    followed(office, *SMITHS)
    office.books.reparent(office.list_id(GARAGE), office.list_id("Jones"))
    assert sync(office).result == "ok"
    assert_good(office)


def test_the_new_parent_pays_for_the_job_it_got(office: Office) -> None:
    followed(office, *SMITHS)
    office.books.reparent(office.list_id(GARAGE), office.list_id("Jones"))
    sync(office)
    pay(office, "Jones:Garage", payer="Jones")
    assert sync(office).result == "ok"
    assert_good(office)


def test_a_new_parent_with_payments_of_its_own_is_no_difference_in_the_count(office: Office) -> None:
    office.books.now -= LONG_AGO
    office.books.receive_payment(office.list_id("Jones"), Decimal("5.00"))
    office.books.now += LONG_AGO
    followed(office, *SMITHS)
    office.books.reparent(office.list_id(GARAGE), office.list_id("Jones"))
    assert [sync(office).result for _ in range(3)] == ["ok", "ok", "ok"]
    assert_good(office)


def test_a_job_with_payments_that_comes_under_a_customer_with_jobs_counts_at_once(office: Office) -> None:
    followed(office, "Smith", include_jobs=True)
    office.books.reparent(office.list_id(ROOF), office.list_id("Smith"))
    sync(office)
    assert_good(office)


def test_a_job_that_leaves_a_customer_with_jobs_counts_no_more(office: Office) -> None:
    followed(office, "Smith", include_jobs=True)
    office.books.reparent(office.list_id(GARAGE), office.list_id("Jones"))
    assert sync(office).result == "ok"
    assert_good(office)


def test_a_new_job_of_a_customer_with_jobs_counts_at_once(office: Office) -> None:
    followed(office, "Smith", include_jobs=True)
    office.books.add_customer("Bath", office.list_id("Smith"))
    pay(office, "Smith:Bath")
    assert sync(office).result == "ok"
    assert_good(office)


def _deleted_with_all_it_had(office: Office) -> None:
    for payment in payments_of(office, KITCHEN):
        office.books.delete_payment(payment.txn_id)
    for invoice in [one for one in office.books.of(Invoice) if one.customer == office.list_id(KITCHEN)]:
        office.books.delete_invoice(invoice.txn_id)
    office.books.delete_customer(office.list_id(KITCHEN))


@pytest.mark.parametrize("goes", [merged, _deleted_with_all_it_had], ids=named)
def test_a_job_that_is_gone_keeps_what_it_showed_and_is_never_current_again(
    office: Office, goes: Callable[[Office], None]
) -> None:
    (kitchen, garage) = followed(office, *SMITHS)
    before = office.summary(kitchen)
    goes(office)
    for _ in range(9):  # a weekly re-reading is among them
        sync(office)
        shown = office.summary(kitchen)
        assert (shown.lines, shown.paid_to_date, shown.synced_at) == (
            before.lines,
            before.paid_to_date,
            before.synced_at,
        )
        assert office.status(kitchen).state is State.FAILED
        assert "Smith:Kitchen" in office.status(kitchen).sentence
        assert office.summary(garage).paid_to_date == office.true_total(garage)
        assert office.status(garage).state is State.CURRENT
        later(office, days=1)


def test_the_survivor_of_a_merger_gets_the_payments_of_an_unlinked_job(office: Office) -> None:
    (kitchen,) = followed(office, KITCHEN)
    before = office.summary(kitchen).paid_to_date
    office.books.merge_customer(office.list_id(GARAGE), office.list_id(KITCHEN))
    sync(office)
    assert_good(office)
    assert office.summary(kitchen).paid_to_date > before


def test_a_job_merged_within_a_customer_with_jobs_changes_no_total(office: Office) -> None:
    (smith,) = followed(office, "Smith", include_jobs=True)
    before = office.summary(smith).paid_to_date
    merged(office)
    sync(office)
    assert_good(office)
    assert office.summary(smith).paid_to_date == before


# Links ----------------------------------------------------------------------------------------------------------------


def _relink(office: Office, project: Project, full_name: str, *, include_jobs: bool = False) -> None:
    list_id = office.list_id(full_name) if full_name else ""
    with office.database.begin() as c:
        form = links.ProjectForm(project.name, "", None, list_id, include_jobs, bool(full_name))
        links.save(c, office.company, project.id, form, office.clock(), "dana")


def _of(office: Office, project: Project) -> Project:
    return next(one for one in office.projects() if one.id == project.id)


def test_a_project_linked_to_another_job_shows_that_job(office: Office) -> None:
    (kitchen, _) = followed(office, *SMITHS)
    _relink(office, kitchen, ROOF)
    assert next_update(office)[0].result == "ok"
    assert _of(office, kitchen).list_id == office.list_id(ROOF)
    assert_good(office)


def test_a_project_linked_again_has_what_happened_meanwhile(office: Office) -> None:
    (kitchen, garage) = followed(office, *SMITHS)
    _relink(office, kitchen, "")
    pay(office, KITCHEN)
    office.books.delete_payment(first_payment(office, KITCHEN))
    sync(office)
    assert office.status(kitchen).state is State.OFF
    assert office.summary(kitchen).paid_to_date == 0
    assert office.status(garage).state is State.CURRENT
    _relink(office, kitchen, KITCHEN)
    next_update(office)
    assert_good(office)


def test_a_project_that_starts_to_include_its_jobs_is_pulled_again(office: Office) -> None:
    (smith,) = followed(office, "Smith")
    _relink(office, smith, "Smith", include_jobs=True)
    next_update(office)
    assert_good(office)
    assert office.summary(smith).paid_to_date > 0


def test_linking_one_project_elsewhere_does_not_take_back_what_was_asked_for_another(office: Office) -> None:
    (kitchen, garage) = followed(office, *SMITHS)
    pay(office, GARAGE)
    office.sync_now(garage)
    _relink(office, kitchen, ROOF)
    assert office.status(garage).state is State.QUEUED
    next_update(office)
    assert_good(office)


def test_two_projects_on_one_job_show_the_same(office: Office) -> None:
    started(office, KITCHEN)
    other = office.link(KITCHEN, project="The same kitchen")
    office.poll()
    pay(office, KITCHEN)
    assert sync(office).result == "ok"
    assert_good(office)
    assert office.summary(other).lines == office.summary(office.projects()[0]).lines


def test_a_job_may_be_linked_by_itself_and_within_its_customer(office: Office) -> None:
    followed(office, GARAGE)
    office.link("Smith", include_jobs=True)
    office.poll()
    for change in OF_PAYMENTS[:9]:
        change(office)
        later(office, minutes=1)
    assert sync(office).result == "ok"
    assert_good(office)
