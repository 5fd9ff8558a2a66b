"""Each page in a real browser: accessible, no sideways scrolling, light and dark."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from web.cast import BATH, KITCHEN, NOW, Cast

from qbwc_bridge.connector import lifecycle, outcomes
from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.records import (
    Change,
    Channel,
    ClientColumns,
    CompanyFile,
    Deed,
    Failure,
    Notice,
    RequestKind,
    RequestState,
    Role,
)
from qbwc_bridge.store import (
    audit,
    companies,
    conversations,
    deliveries,
    history,
    notices,
    projects,
    requests,
    shares,
    tokens,
    users,
)
from qbwc_bridge.store.conversations import Message
from qbwc_bridge.store.database import Connection

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
ANSWERS = Path(__file__).parents[1] / "answers"

PAGES = {
    "": ["/login", "/support", "/shared/open", "/shared/wide", "/shared/closed", "/invite/open", "/invite/join",
        "/nowhere",
    ],
    "client": ["/", "/projects/{kitchen}/financials"],
    "staff": ["/activity", "/projects/{bath}/payments/new", "/projects/{bath}/payments/1/delete", "/settings/users",
        "/activity/{run}",
    ],
    "admin": [
        "/", "/projects/new", "/projects/{kitchen}/financials", "/projects/{bath}/financials", "/projects/{held}/financials",
        "/projects/{failed}/financials", "/projects/{kitchen}/financials?method=Wire&sort=-amount", "/projects/{kitchen}/setup",
        "/projects/{bath}/archive", "/projects/{kitchen}/history", "/?state=archived", "/?q=kitchen&sort=-remaining", "/?q=none",
        "/projects/{aside}/financials", "/projects/{aside}/setup", "/projects/{kitchen}/setup/archive",
        "/settings/accounting", "/settings/accounting/file", "/settings/accounting/password",
        "/settings/users", "/settings/users/2", "/settings/users/2/archive", "/settings/audit", "/settings/audit?q=nobody",
        "/invite/join", "/activity", "/activity?result=failed", "/activity?result=stopped", "/activity/reread", "/activity/{run}",
        "/activity/{broken}", "/activity/{run}/messages/{letter}", "/activity/{broken}/messages/{empty}",
        "/projects/{bath}/history", "/projects/{kitchen}/history?kind=voided",
        "/settings/programs", "/settings/programs/1/revoke",
        "/settings/notices", "/settings/notices/secret",
    ],
    "operator": ["/companies/new", "/settings/accounting"],
}  # fmt: skip


@pytest.fixture
def busy(cast: Cast) -> dict[str, int]:
    """The cast with everything a page could have to show."""
    with cast.database.begin() as c:
        for company in (cast.acme, cast.other):
            companies.refuse_file(c, company, CompanyFile("A moved file", r"D:\Books\a rather long path\moved.qbw"))
        held = projects.add(c, cast.acme, "Held deck with a rather long name that has to wrap somewhere", NOW)
        failed = projects.add(c, cast.acme, "W" * 60, NOW)
        for project in (held, failed):
            projects.link(
                c, cast.acme, project, list_id="80000002-1", include_jobs=False, client_payments=True, now=NOW
            )
            projects.synced(c, cast.acme, project, NOW)
        projects.held(c, cast.acme, held, NOW)
        projects.failed(
            c, cast.acme, failed, Failure("0x80040408", "QuickBooks could not be started.", "Open it."), NOW
        )
        aside = projects.add(c, cast.acme, "An old porch", NOW)
        projects.link(c, cast.acme, aside, list_id="80000003-1", include_jobs=False, client_payments=True, now=NOW)
        projects.archive(c, cast.acme, aside, NOW)
        shares.add(c, cast.acme, cast.kitchen, token_hash("open"), by="Dana", now=NOW)
        both, label = ClientColumns(applied_to=True, memo=True), "Jane Smith and the bank that lends her the money"
        shares.add(c, cast.acme, cast.kitchen, token_hash("wide"), by="Dana", now=NOW, label=label, shows=both)
        projects.show_clients(c, cast.acme, cast.kitchen, both)
        for name in ("Monthly report", "W" * 60, "An older spreadsheet that nobody uses any more"):
            tokens.add(c, cast.acme, name, token_hash(name), by="Dana", now=NOW)
        tokens.used(c, cast.acme, 1, NOW)
        tokens.revoke(c, cast.acme, 3, NOW)
        users.invite(c, cast.people["staff"], cast.acme, token_hash("open"), NOW.replace(year=2027))
        users.set_role(c, cast.people["outsider"], cast.acme, Role.STAFF)
        users.invite(c, cast.people["outsider"], cast.acme, token_hash("join"), NOW.replace(year=2027))
        gone = users.add(c, "a.former.colleague@rather-long-name.example", "", None, False, NOW)
        users.set_role(c, gone.id, cast.acme, Role.STAFF)
        users.archive(c, gone.id, cast.acme, NOW, "dana@acme.example")
        audit.add(c, cast.acme, "dana@acme.example", Deed.LINK_MADE, f"Smith kitchen, for {label}", NOW, cast.kitchen)
        _notices(c, cast.acme)
    here = {"kitchen": cast.kitchen, "bath": cast.bath, "held": held, "failed": failed, "aside": aside}
    return {**here, **logged(cast)}


def logged(cast: Cast) -> dict[str, int]:
    """A sync that repaired a mismatch, with messages and history, and one that failed after it."""
    sides = {
        "quickbooks_count": 9,
        "quickbooks_total": Decimal("0.00"),
        "our_count": 8,
        "our_total": Decimal("186400.00"),
    }
    answer = (ANSWERS / "plain.xml").read_text(encoding="utf-8")
    with cast.database.begin() as c:
        run = begun(c, cast, "Sync Data Now, read again completely", ["Sam", "Dana"], NOW - timedelta(hours=1))
        conversations.change(c, cast.acme, run, ended=NOW, result="repaired", added=2, rounds=2, progress=100, **sides)
        failure = outcomes.counts_differ(9, 8)
        conversations.change(c, cast.acme, run, error_code=failure.code, error_sentence=failure.sentence)
        requests.queue(c, cast.acme, RequestKind.PAYMENTS, project_id=cast.kitchen, trigger="daily", now=NOW)
        requests.queue(c, cast.acme, RequestKind.COUNT, trigger="daily", now=NOW)
        asked = [row.id for row in requests.open_rows(c, cast.acme)]
        requests.change(c, cast.acme, asked, conversation_id=run, state=RequestState.DONE, sends=2, received=9)
        requests.change(c, cast.acme, asked[:1], state=RequestState.FAILED, attempts=3, error_code="3250")
        for direction, body in (("request", "<?xml version='1.0'?><QBXML/>"), ("response", answer)):
            conversations.keep_message(c, cast.acme, run, Message(1, direction, NOW, body))
        remember(c, cast, run)
        broken = begun(c, cast, "daily", [], NOW)
        lifecycle.fail(c, conversations.by_id(c, cast.acme, broken), outcomes.failure("0x80040414"), NOW)
        silence = Message(1, "response", NOW, "", "0x80040414", "A modal dialog box is showing in the QuickBooks UI.")
        conversations.keep_message(c, cast.acme, broken, silence)
        since = NOW - timedelta(days=1)
        letter, empty = (conversations.envelopes(c, cast.acme, one, since)[-1].id for one in (run, broken))
    return {"run": run, "broken": broken, "letter": letter, "empty": empty}


def begun(c: Connection, cast: Cast, why: str, by: list[str], now: datetime) -> int:
    conversations.begin(c, cast.acme, token_hash(why), trigger=why, asked_by=by, address="192.0.2.7", now=now)
    return conversations.log(c, cast.acme)[0].id


def remember(c: Connection, cast: Cast, run: int) -> None:
    """A payment of each kind of change, and the link."""
    twelve, ten = Decimal("12000.00"), Decimal("10000.00")
    edited = {"memo": ("a rather long memo that goes on and on", "b" * 60), "total": ("12000.00", "10000.00")}
    lines = [
        Change("4ECE-8", KITCHEN, "added", None, Decimal("24000.00")),
        Change("4ECE-0", KITCHEN, "changed", twelve, ten, edited),
        Change("4ECE-1", KITCHEN, "changed", ten, None, {"list_id": (KITCHEN, BATH)}),
        Change("4ECE-5", KITCHEN, "voided", Decimal("3300.00"), Decimal("0.00")),
    ]
    gone = [Change("4ECE-3", KITCHEN, "removed", Decimal("18000.00"), None)]
    history.remember(c, cast.acme, gone, because="deleted in QuickBooks", now=NOW - timedelta(days=3))
    linked = {"list_id": ("", KITCHEN), "client_payments": ("off", "on"), "by": ("", "Dana")}
    history.happened(c, cast.acme, cast.kitchen, "linked", details=linked, now=NOW - timedelta(days=9))
    history.remember(c, cast.acme, lines, because="", now=NOW, conversation_id=run)


def _notices(c: Connection, company: int) -> None:
    """A webhook with a long address, in trouble, and messages of every fate."""
    url = "https://alarm.example/hooks/a-rather-long-address-without-any-place-to-break/" + "x" * 60
    chosen = {"emails": ["dana@acme.example"], "webhook_url": url, "webhook_secret": "s", "new_payments": True}
    notices.put(c, company, after_failures=3, **chosen)
    notices.begin_episode(c, company, Notice.FAILED, NOW)
    for kind in Notice:
        deliveries.add(c, company, kind, Channel.WEBHOOK, url, "{}", now=NOW)
    for one, again in zip(deliveries.lately(c, company), (None, NOW.replace(year=2027)), strict=False):
        deliveries.claim(c, company, one, NOW, NOW)
        deliveries.failed(c, company, one.id, 1, "The address answered 503 Service Unavailable.", again)
    deliveries.sent(c, company, deliveries.lately(c, company)[2].id, NOW)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("who", PAGES)
def test_pages_are_accessible_and_fit(enter: Enter, busy: dict[str, int], who: str, dark: bool) -> None:
    page, narrow, titles = enter(who, dark=dark), enter(who, dark=dark, width=320), set()
    for path in PAGES[who]:
        page.goto(path.format(**busy))
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        titles.add(page.title())
        narrow.goto(path.format(**busy))
        assert sideways(narrow) == [], path
    plain = {path.partition("?")[0] for path in PAGES[who]}  # a filtered page is the same page
    assert len(titles) >= len(plain) - 3  # and syncs of one moment, and links of one project, are called the same


@pytest.mark.parametrize("width", [640, 660, 800, 970])
def test_the_widths_between_fit_too(enter: Enter, busy: dict[str, int], width: int) -> None:
    page = enter("admin", width=width)
    for path in (
        "/",
        *(f"/projects/{busy[name]}/financials" for name in ("kitchen", "bath", "held", "failed")),
        "/activity",
        f"/activity/{busy['run']}",
        "/settings/accounting",
    ):
        page.goto(path)
        assert sideways(page) == [], path
        assert page.locator(".figure-main dd").count() == 0 or lines(page, ".figure-main dd") == 1


def lines(page: Page, selector: str) -> int:
    """Over how many lines of text an element runs."""
    count: float = page.locator(selector).evaluate(
        "each => each.offsetHeight / parseFloat(getComputedStyle(each).lineHeight)"
    )
    return round(count)


def sideways(page: Page) -> list[str]:
    """What is wider than its place: the page itself, or a table its frame would cut off."""
    found: list[str] = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll(".sheet")]
               .filter(each => each.scrollWidth > each.clientWidth).map(each => each.tagName + " " + each.className)"""
    )
    return found


def test_small_targets_are_large_enough(enter: Enter, busy: dict[str, int]) -> None:
    page = enter("admin", width=320)
    for path in ("/", f"/projects/{busy['bath']}/financials", f"/projects/{busy['kitchen']}/setup"):
        page.goto(path)
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, input:not([type=hidden]), select, .button, td a, nav a, summary")]
                   .filter(each => each.offsetParent && !each.closest(".hidden"))
                   .filter(each => { const box = each.getBoundingClientRect(); return box.height < 24 || box.width < 24; })
                   .map(each => each.outerHTML.slice(0, 80))"""
        )
        assert small == [], path


def test_the_first_tab_stop_skips_to_the_content(enter: Enter) -> None:
    page = enter("admin")
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"


def test_nothing_is_refused_by_our_own_policy(enter: Enter, busy: dict[str, int]) -> None:
    page = enter("admin")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in PAGES["admin"]:
        page.goto(path.format(**busy))
    assert said == []


def test_print_shows_the_table_and_hides_the_controls(enter: Enter, busy: dict[str, int]) -> None:
    page = enter("admin", width=700)
    page.goto(f"/projects/{busy['kitchen']}/financials")
    page.emulate_media(media="print")
    assert page.get_by_text("Counter tops").is_visible()
    assert page.get_by_text("As of today 2:04 pm.").is_visible()
    assert not page.get_by_role("button", name="Sync Data Now").is_visible()
    assert not page.get_by_role("navigation", name="Project").is_visible()
