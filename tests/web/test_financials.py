"""The Financials Summary: figures, columns by role, filters, and each state with its words and its one action."""

from datetime import timedelta
from decimal import Decimal

import pytest
from web.cast import NOW, Cast, Visitor

from qbwc_bridge.records import Failure, RequestKind, State
from qbwc_bridge.store import projects, requests, summaries


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
