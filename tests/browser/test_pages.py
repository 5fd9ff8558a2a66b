"""Each page in a real browser: accessible, no sideways scrolling, light and dark."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from web.cast import NOW, Cast

from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.records import Channel, CompanyFile, Failure, Notice
from qbwc_bridge.store import companies, deliveries, notices, projects, shares, users
from qbwc_bridge.store.database import Connection

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]

PAGES = {
    "": ["/login", "/support", "/shared/open", "/shared/closed", "/invite/open", "/nowhere"],
    "client": ["/", "/projects/{kitchen}/financials"],
    "staff": ["/activity", "/projects/{bath}/payments/new", "/projects/{bath}/payments/1/delete", "/settings/users"],
    "admin": [
        "/", "/projects/new", "/projects/{kitchen}/financials", "/projects/{bath}/financials", "/projects/{held}/financials",
        "/projects/{failed}/financials", "/projects/{kitchen}/financials?method=Wire&sort=-amount", "/projects/{kitchen}/setup",
        "/projects/{bath}/archive", "/projects/{kitchen}/history",
        "/settings/accounting", "/settings/accounting/file", "/settings/accounting/password",
        "/settings/users", "/settings/users/2", "/settings/users/2/archive", "/settings/notices", "/settings/notices/secret",
    ],
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
        shares.add(c, cast.acme, cast.kitchen, token_hash("open"), by="Dana", now=NOW)
        users.invite(c, cast.people["staff"], token_hash("open"), NOW.replace(year=2027))
        _notices(c, cast.acme)
    return {"kitchen": cast.kitchen, "bath": cast.bath, "held": held, "failed": failed}


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
    assert len(titles) >= len(PAGES[who]) - 1  # a filtered page is the same page


@pytest.mark.parametrize("width", [640, 660, 800, 970])
def test_the_widths_between_fit_too(enter: Enter, busy: dict[str, int], width: int) -> None:
    page = enter("admin", width=width)
    for path in ("/", *(f"/projects/{busy[name]}/financials" for name in busy), "/activity", "/settings/accounting"):
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
