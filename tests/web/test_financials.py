"""The Financials Summary: figures, columns by role, filters, and each state with its words and its one action."""

import gc
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from web.cast import KITCHEN, NOW, Cast, Visitor

from qbwc_bridge.records import BookedPayment, Failure, Line, Part, Payment, RequestKind, State
from qbwc_bridge.store import payments, projects, requests, summaries


def page(visitor: Visitor, project_id: int, query: str = "") -> str:
    answer = visitor.get(f"/projects/{project_id}/financials{query}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_staff_see_everything_quickbooks_said(cast: Cast, staff: Visitor) -> None:
    seen = page(staff, cast.kitchen)
    for words in (
        "$182,400.00", "$240,000.00", "$57,600.00", "76 % of the contract price, in 8 payments since Mar 3, 2026.",
        "of $10,000.00, received on Smith", "not yet applied $400.00", "Voided", "Counter tops",
        "$1,000.00 sits on the parent customer Smith, not applied to any invoice.", "Credits and refunds",
    ):  # fmt: skip
        assert words in seen, words
    assert "can’t be added, edited or deleted here while Client Payments is on" in seen
    assert "Add payment" not in seen
    assert '<a href="/settings/accounting' not in seen


def test_a_client_sees_the_clients_columns_only(cast: Cast, client: Visitor) -> None:
    seen = page(client, cast.kitchen)
    assert "of $10,000.00" in seen
    assert "As of today 2:04 pm." in seen
    for words in (
        "Memo",
        "Counter tops",
        "Applied to",
        "Invoice",
        "Voided",
        "1062",
        "received on",
        "parent",
        "Sync",
        "Smith:Kitchen",
    ):
        assert words not in seen, words


def test_the_chart_says_the_same_in_words(cast: Cast, staff: Visitor) -> None:
    seen = page(staff, cast.kitchen)
    words = "rises in 8 payments from $12,000.00 on Mar 3, 2026 to $182,400.00 on Nov 18, 2026."
    assert seen.count(words) == 3  # two pictures and the caption
    assert "<svg" not in page(staff, cast.kitchen, "?q=x") or seen.count("<svg") == 2


def test_without_a_price_nothing_is_made_up(cast: Cast, staff: Visitor) -> None:
    cast.project(cast.kitchen, contract_price=None)
    seen = page(staff, cast.kitchen)
    assert "Remaining" not in seen
    assert "Contract price" not in seen
    assert "%" not in seen


def test_overpaid_is_said_in_words(cast: Cast, staff: Visitor) -> None:
    cast.project(cast.kitchen, contract_price=Decimal(180000))
    seen = page(staff, cast.kitchen)
    assert "$2,400.00 more than the contract price" in seen
    assert "Overpaid" in seen


def test_below_two_payments_there_is_no_chart(cast: Cast, staff: Visitor) -> None:
    for payment in range(1, 4):
        staff.post(f"/projects/{cast.bath}/payments/{payment}/delete")
    assert "<svg" not in page(staff, cast.bath)


@pytest.mark.parametrize(
    ("query", "first", "total"),
    [
        ("?method=Wire", "Oct 2, 2026", "$42,400.00"),
        ("?from=2026-11-01", "Nov 18, 2026", "$24,000.00"),
        ("?to=2026-03-31", "Mar 3, 2026", "$12,000.00"),
        ("?q=cabinets", "Jul 20, 2026", "$56,000.00"),
        ("?q=1047", "Apr 10, 2026", "$24,000.00"),
    ],
)
def test_filters_narrow_the_table_and_keep_the_figures(
    cast: Cast, staff: Visitor, query: str, first: str, total: str
) -> None:
    seen = page(staff, cast.kitchen, query)
    body = seen.partition("<tbody>")[2]
    assert body.index(first) < 60
    assert f'{total}<span class="of">of $182,400.00 in all' in body
    assert f"payments.csv{query}" in seen


def test_sorting_by_amount(cast: Cast, staff: Visitor) -> None:
    seen = page(staff, cast.kitchen, "?sort=-amount")
    assert 'aria-sort="descending"><a href="?sort=amount#payments">Amount' in seen
    assert seen.partition("<tbody>")[2].index("$56,000.00") < seen.partition("<tbody>")[2].index("$26,000.00")


@pytest.mark.parametrize(
    "query", ["?from=soon&to=&sort=;drop", "?from=9999-99-99", "?method=%00", "?q=%27%22%3Cscript%3E"]
)
def test_a_strange_address_still_opens(cast: Cast, staff: Visitor, query: str) -> None:
    assert "<script>" not in page(staff, cast.kitchen, query)


def test_sync_data_now_leaves_one_request(cast: Cast, staff: Visitor) -> None:
    assert ">Sync Data Now</button>" in page(staff, cast.kitchen)
    first = staff.follow(f"/projects/{cast.kitchen}/sync").text
    assert "Sync requested" in first
    assert "Update Selected" in first
    assert 'class="primary" disabled>Sync Data Now' in first
    assert "waiting or running already" in staff.follow(f"/projects/{cast.kitchen}/sync").text
    with cast.database.read() as c:
        rows = requests.open_rows(c, cast.acme)
    assert [(row.kind, row.requested_by, row.trigger) for row in rows] == [("changed payments", "Sam", "Sync Data Now")]
    assert "cancelled" in staff.follow(f"/projects/{cast.kitchen}/sync/cancel").text
    with cast.database.read() as c:
        assert requests.open_rows(c, cast.acme) == []


def test_live_status_speaks_the_same_words(cast: Cast, staff: Visitor, client: Visitor) -> None:
    staff.post(f"/projects/{cast.kitchen}/sync")
    told = staff.get(f"/projects/{cast.kitchen}/status.json").get_json()
    assert (told["state"], told["badge"], told["waiting"], told["progress"]) == ("queued", "Sync requested", True, None)
    assert "data-status=" in page(staff, cast.kitchen)
    quiet = client.get(f"/projects/{cast.kitchen}/status.json").get_json()
    assert quiet["sentence"] == "As of today 2:04 pm."


def test_what_is_off_can_not_be_synced(cast: Cast, staff: Visitor, admin: Visitor) -> None:
    answer = staff.post(f"/projects/{cast.bath}/sync")
    assert answer.status_code == 409
    assert "Not synced with QuickBooks." in answer.text
    assert "Sync Data Now" not in page(staff, cast.bath)
    assert "Take payments from QuickBooks" in page(admin, cast.bath)


def test_unlinked_and_unconnected_say_the_next_step(cast: Cast, admin: Visitor) -> None:
    cast.project(cast.kitchen, list_id="")
    assert "Choose customer or job" in page(admin, cast.kitchen)
    cast.project(cast.kitchen, list_id="80000002-1")
    cast.company(cast.acme, last_contact_at=None)
    assert "Set up the Web Connector" in page(admin, cast.kitchen)


def test_a_failure_has_its_own_line_and_old_data_its_date(cast: Cast, staff: Visitor, client: Visitor) -> None:
    failure = Failure("0x80040408", "QuickBooks could not be started.", "Open it and press Update Selected.")
    with cast.database.begin() as c:
        projects.failed(c, cast.acme, cast.kitchen, failure, NOW)
    seen = page(staff, cast.kitchen)
    assert "QuickBooks could not be started. Open it and press Update Selected." in seen
    assert "As of today 2:04 pm." in seen
    assert "$182,400.00" in seen
    told = page(client, cast.kitchen)
    assert "As of today 2:04 pm. This may not include recent payments." in told
    assert "could not be started" not in told
    assert "Problem" not in told + client.get("/").text
    assert client.get(f"/projects/{cast.kitchen}/payments.json").get_json()["state"] == "stale"


def test_stale_comes_with_a_checklist(cast: Cast, staff: Visitor) -> None:
    cast.project(cast.kitchen, synced_at=NOW - timedelta(days=4))
    seen = page(staff, cast.kitchen)
    assert "Last synced 4 days ago" in seen
    assert "What to check on the QuickBooks computer" in seen


def test_an_empty_answer_is_for_the_admin_to_decide(cast: Cast, admin: Visitor, staff: Visitor) -> None:
    with cast.database.begin() as c:
        projects.held(c, cast.acme, cast.kitchen, NOW)
    assert "QuickBooks returned no payments; nothing was removed." in page(admin, cast.kitchen)
    assert "QuickBooks is right" not in page(staff, cast.kitchen)
    assert staff.post(f"/projects/{cast.kitchen}/sync/accept").status_code == 403
    assert "stay as they were" in admin.follow(f"/projects/{cast.kitchen}/sync/keep").text
    assert admin.post(f"/projects/{cast.kitchen}/sync/accept").status_code == 409
    with cast.database.begin() as c:
        projects.held(c, cast.acme, cast.kitchen, NOW)
    admin.post(f"/projects/{cast.kitchen}/sync/accept")
    with cast.database.read() as c:
        assert summaries.status(c, cast.acme, cast.kitchen, NOW).state is not State.HELD


def test_another_currency_is_said_in_words(cast: Cast, staff: Visitor) -> None:
    from sqlalchemy import update

    from qbwc_bridge.store.models import customers

    for name, shown in (("Canadian Dollar", "CA$182,400.00"), ("Cowrie shells", "182,400.00")):
        with cast.database.begin() as c:
            c.execute(update(customers).values(currency=name))
        seen = page(staff, cast.kitchen)
        assert f"<dd>{shown}</dd>" in seen
        assert f"All amounts are in {name}." in seen


def test_the_list_adds_up_what_it_shows(cast: Cast, staff: Visitor) -> None:
    listed = staff.get("/").text
    assert "$200,400.00" in listed
    assert "Smith:Kitchen" in listed
    with cast.database.begin() as c:
        requests.queue(c, cast.acme, RequestKind.PAYMENTS, project_id=cast.kitchen, trigger="", by="", now=NOW)
    assert "1 request waits for the Web Connector" in staff.get("/").text


# Many payments --------------------------------------------------------------------------------------------------------


def _many(cast: Cast, count: int) -> None:
    """So many more of a dollar each, on days long before the others."""
    booked = []
    for number in range(count):
        txn_id, amount = f"M{number}", Decimal("1.00")
        payment = Payment(
            txn_id, KITCHEN, "", date(2020, 1, 1) + timedelta(days=number), amount, ref_number=f"R{number}"
        )
        booked.append(BookedPayment(payment, (Part(KITCHEN, amount),)))
    with cast.database.begin() as c:
        payments.apply(c, cast.acme, written=booked, because="test", now=cast.clock.now)


def _rows(shown: str) -> int:
    return shown.count('<td><span class="day">')


def test_many_payments_come_two_hundred_on_a_page(cast: Cast, staff: Visitor) -> None:
    _many(cast, 300)
    first, second = page(staff, cast.kitchen), page(staff, cast.kitchen, "?page=2")
    assert (_rows(first), _rows(second)) == (200, 109)
    assert "1–200 of 309" in first
    assert "201–309 of 309" in second
    assert "R299" in first
    assert "R0<" in second
    for shown in (first, second):  # the totals are those of all
        assert "Total, 308 payments" in shown
        assert "$182,700.00" in shown
    assert 'href="?page=2#payments">Next' in first
    assert "Previous" not in first
    assert 'href="?#payments">Previous' in second
    assert "Next<" not in second


def test_a_page_keeps_no_lines_but_its_own(cast: Cast, staff: Visitor, client: Visitor) -> None:
    _many(cast, 300)
    gc.collect()
    gc.disable()  # what a template has seen stays until it runs
    try:
        page(staff, cast.kitchen, "?page=2")
        page(client, cast.kitchen, "?page=2")
        assert sum(isinstance(one, Line) for one in gc.get_objects()) < 300
    finally:
        gc.enable()


def test_all_payments_can_be_on_one_page(cast: Cast, staff: Visitor) -> None:
    _many(cast, 300)
    everything = page(staff, cast.kitchen, "?page=all&sort=date")
    assert _rows(everything) == 309
    assert 'href="?sort=date#payments">Show fewer at a time' in everything


@pytest.mark.parametrize("query", ["?page=99", "?page=-1", "?page=x", "?page=0", "?page=2&method=Wire"])
def test_a_page_that_is_not_there_is_another_one(cast: Cast, staff: Visitor, query: str) -> None:
    _many(cast, 300)
    assert _rows(page(staff, cast.kitchen, query)) in (109, 200, 2)


def test_a_filter_starts_with_the_first_page(cast: Cast, staff: Visitor) -> None:
    _many(cast, 300)
    shown = page(staff, cast.kitchen, "?page=2&sort=date")
    assert "page=2" not in re.sub(r'href="[^"]*"[^>]*>(Next|Previous)', "", shown)


def test_few_payments_need_no_pages(cast: Cast, staff: Visitor) -> None:
    assert "Pages of payments" not in page(staff, cast.kitchen)
