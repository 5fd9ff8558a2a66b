"""The list of projects: search, states, order, totals and pages, all in the address."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import insert
from web.cast import BATH, JONES, KITCHEN, NOW, Cast, Visitor

from qbwc_bridge.records import CustomerJob, Failure
from qbwc_bridge.store import customers, projects
from qbwc_bridge.store.models import manual_payments as typed
from qbwc_bridge.store.models import projects as rows

ROW = re.compile(r'<th scope="row"><a href="[^"]*">([^<]*)</a>')
OPTION = re.compile(r'<option value="([^"]*)"[^>]*>([^<]*)</option>')


def names(page: str) -> list[str]:
    """The projects listed, in their order."""
    return ROW.findall(page)


def states(page: str) -> dict[str, str]:
    """What the Status filter offers."""
    found = re.search(r'<select id="state".*?</select>', page, re.S)
    assert found
    return dict(OPTION.findall(found[0]))


def footer(page: str) -> str:
    """The words of the table's last lines."""
    found = re.search(r"<tfoot>.*</tfoot>", page, re.S)
    return " ".join(re.sub("<[^>]*>", " ", found[0]).split()) if found else ""


def add(cast: Cast, name: str, *, paid: str = "", **values: object) -> int:
    """A project of Acme, with what was typed for it."""
    row = {"company_id": cast.acme, "name": name, "created_at": NOW, **values}
    with cast.database.begin() as c:
        project_id = int(c.execute(insert(rows).values(row).returning(rows.c.id)).scalar_one())
        if paid:
            payment = {"date": NOW.date(), "amount": Decimal(paid), "created_at": NOW}
            c.execute(insert(typed).values(company_id=cast.acme, project_id=project_id, **payment))
    return project_id


@pytest.fixture
def several(cast: Cast) -> Cast:
    """Five projects: the kitchen ($182,400.00 of $240,000.00), the bath ($18,000.00), and these."""
    add(cast, "Éclair café", client_name="Zoë Müller", contract_price=Decimal("1000.00"), paid="1500.00")
    add(cast, "attic", list_id=JONES, contract_price=Decimal("90000.00"), paid="250.50")
    add(cast, "Porch", list_id=BATH, client_payments=True, contract_price=Decimal("7000.00"))
    return cast


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("kitchen", ["Smith kitchen"]),
        ("KITCHEN smith", ["Smith kitchen"]),
        ("eclair CAFE", ["Éclair café"]),
        ("zoe muller", ["Éclair café"]),
        ("Smith:Bath", ["Porch"]),
        ("jones & sons", ["attic"]),
        ("  ", ["attic", "Éclair café", "Porch", "Smith bath", "Smith kitchen"]),
        ("100%_", []),
    ],
)
def test_staff_search_projects_clients_and_customers(
    several: Cast, staff: Visitor, words: str, found: list[str]
) -> None:
    assert names(staff.get("/", query_string={"q": words}).text) == found


def test_what_was_searched_for_stays_in_the_field(several: Cast, staff: Visitor) -> None:
    assert 'value="&lt;b&gt;&#34;x"' in staff.get("/", query_string={"q": '<b>"x'}).text


def test_the_states_that_occur_are_offered_with_their_numbers(several: Cast, staff: Visitor) -> None:
    page = staff.get("/").text
    assert states(page) == {
        "": "All (5)",
        "off": "Off (3)",
        "current": "Up to date (1)",
        "stale": "Out of date (1)",
    }
    chosen = staff.get("/?state=off").text
    assert names(chosen) == ["attic", "Éclair café", "Smith bath"]
    assert 'value="off" selected' in chosen
    assert states(staff.get("/?state=held").text)["held"] == "Please check (0)"


@pytest.mark.parametrize(
    ("order", "first", "last"),
    [
        ("", "attic", "Smith kitchen"),
        ("-name", "Smith kitchen", "attic"),
        ("-paid", "Smith kitchen", "Porch"),
        ("paid", "attic", "Porch"),  # what QuickBooks has not answered yet is no zero, and comes last
        ("-price", "Smith kitchen", "Smith bath"),
        ("price", "Éclair café", "Smith bath"),
        ("-remaining", "attic", "Smith bath"),
        ("remaining", "Éclair café", "Smith bath"),
        ("-synced", "Smith kitchen", "Smith bath"),
        ("nonsense", "attic", "Smith kitchen"),
    ],
)
def test_the_order_is_in_the_address(several: Cast, staff: Visitor, order: str, first: str, last: str) -> None:
    found = names(staff.get(f"/?sort={order}").text)
    assert (found[0], found[-1]) == (first, last)


def test_a_heading_sorts_and_sorts_the_other_way_round(several: Cast, staff: Visitor) -> None:
    page = staff.get("/?q=s&sort=-paid").text
    assert 'aria-sort="descending"><a href="?q=s&amp;sort=paid">Paid to date</a>' in page
    assert 'aria-sort="none"><a href="?q=s">Project</a>' in page
    assert 'aria-sort="none"><a href="?q=s&amp;sort=-remaining">Remaining</a>' in page
    assert 'aria-sort="ascending"><a href="?sort=-name">Project</a>' in staff.get("/").text
    assert '<option value="-paid" selected>Most paid first</option>' in page


def test_totals_of_what_is_shown_and_of_all(several: Cast, staff: Visitor) -> None:
    assert footer(staff.get("/").text) == "Total, 5 projects $202,150.50 $338,000.00 $147,349.50"
    part = footer(staff.get("/?q=smith").text)
    assert part == "Total shown, 3 of 5 $200,400.00 of $202,150.50 in all $247,000.00 $57,600.00"


def test_what_is_left_is_said_in_words(several: Cast, staff: Visitor) -> None:
    page = " ".join(staff.get("/").text.split())
    assert "$500.00 overpaid" in page
    assert '$182,400.00<span class="meta">of $240,000.00</span><span class="of">76 %</span>' in page
    porch = page[page.index(">Porch<") :]
    assert '<td class="num">–<span class="meta">of $7,000.00</span></td>' in porch  # never a made-up zero


def test_each_currency_has_a_total_of_its_own(several: Cast, staff: Visitor) -> None:
    dollars = CustomerJob(JONES, "Jones", "Jones", currency="Canadian Dollar")
    at_home = CustomerJob(KITCHEN, "Kitchen", "Smith:Kitchen", currency="US Dollar")
    with several.database.begin() as c:
        customers.receive(c, several.acme, [dollars, at_home], 2)
    page = staff.get("/").text
    assert "Total, 1 project in CAD CA$250.50 CA$90,000.00 CA$89,749.50" in footer(page)
    assert "Total, 4 projects in USD $201,900.00 $248,000.00 $57,600.00" in footer(page)


def test_nothing_matches_and_the_way_back(several: Cast, staff: Visitor) -> None:
    page = staff.get("/?q=nothing+of+the+kind&state=off&sort=-paid").text
    assert "No project matches" in page
    assert "5 projects in all." in page
    assert '<a href="?sort=-paid">Show all</a>' in page
    assert "<table" not in page


def test_a_single_project_needs_no_filter(cast: Cast, client: Visitor, staff: Visitor) -> None:
    assert 'role="search"' not in client.get("/").text
    assert 'role="search"' in staff.get("/").text


def test_without_projects_the_page_says_what_to_do(cast: Cast, admin: Visitor, staff: Visitor, client: Visitor) -> None:
    for each in (cast.kitchen, cast.bath):
        with cast.database.begin() as c:
            c.execute(rows.delete().where(rows.c.id == each))
    assert "choose the QuickBooks customer or job it belongs to" in admin.get("/").text
    assert "An admin of Acme Builders can create the first one." in staff.get("/").text
    assert "No project is shared with you" in client.get("/").text
    assert "No project matches" in staff.get("/?q=x").text


# Pages of a long list -------------------------------------------------------------------------------------------------


@pytest.fixture
def many(cast: Cast) -> Cast:
    """2,052 projects in all."""
    row = {"company_id": cast.acme, "created_at": NOW}
    with cast.database.begin() as c:
        c.execute(insert(rows), [{**row, "name": f"Tiny {number:04}"} for number in range(2050)])
    return cast


def test_a_long_list_comes_a_hundred_at_a_time(many: Cast, staff: Visitor) -> None:
    page = staff.get("/").text
    assert names(page)[:3] == ["Smith bath", "Smith kitchen", "Tiny 0000"]
    assert len(names(page)) == 100
    assert "1–100 of 2,052 projects" in page
    assert footer(page).startswith("Total, 2,052 projects $200,400.00")
    assert '<a class="button" rel="next" href="?page=2">Next</a>' in page
    assert "Previous" not in page
    second = staff.get("/?q=tiny&page=2").text
    assert (names(second)[0], names(second)[-1]) == ("Tiny 0100", "Tiny 0199")
    assert '<a class="button" rel="prev" href="?q=tiny">Previous</a>' in second
    assert '<a class="button" rel="next" href="?q=tiny&amp;page=3">Next</a>' in second
    assert 'href="?q=tiny&amp;sort=-paid"' in second  # another order begins with its first page


@pytest.mark.parametrize("page", ["21", "999999", "0021"])
def test_behind_the_last_page_is_the_last_page(many: Cast, staff: Visitor, page: str) -> None:
    text = staff.get(f"/?page={page}").text
    assert names(text)[-1] == "Tiny 2049"
    assert "2,001–2,052 of 2,052" in text
    assert "Next" not in text


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 5000])
def test_a_page_that_is_none_is_the_first(many: Cast, staff: Visitor, page: str) -> None:
    assert names(staff.get("/", query_string={"page": page}).text)[0] == "Smith bath"


# Clients --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["q=bath", "state=off", "q=smith&state=off", "state=archived", "q=typed&sort=-paid"])
def test_no_filter_shows_a_client_what_is_not_theirs(several: Cast, client: Visitor, query: str) -> None:
    assert set(names(client.get(f"/?{query}").text)) <= {"Smith kitchen"}


def test_a_client_does_not_search_for_what_clients_do_not_see(several: Cast, client: Visitor) -> None:
    several.project(several.kitchen, name="Ours")
    assert names(client.get("/?q=ours").text) == ["Ours"]
    assert "No project matches" in client.get("/?q=smith%3Akitchen").text


def test_a_client_is_told_of_older_figures_and_never_of_an_error(several: Cast, client: Visitor) -> None:
    with several.database.begin() as c:
        projects.failed(c, several.acme, several.kitchen, Failure("x", "Secret.", ""), NOW)
    page = client.get("/?state=failed").text
    assert "No project matches" in page
    assert "1 project in all." in page
    assert states(client.get("/?state=stale").text) == {"": "All (1)", "stale": "Older figures (1)"}
    assert names(client.get("/?state=stale").text) == ["Smith kitchen"]
    assert "archived" not in page.lower()
