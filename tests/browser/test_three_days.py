"""The days of an admin, of the staff and of a client, in a real browser against the service as ``serve`` builds it: one server
for the site and the Web Connector, which polls over SOAP with what a person read on the pages."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Browser, Page, expect

from qbwc_bridge import server
from qbwc_bridge.cli import setting_up
from qbwc_bridge.cli.sample_office import (
    ADMIN,
    PASSWORD,
    STAFF,
    SampleOffice,
    first_update,
    office_config,
    sample_office,
)
from qbwc_bridge.simulator import SAMPLE_PROJECTS, Books, RequestProcessor, WebConnector, paid_by, sample_books
from qbwc_bridge.simulator.ledger import Payment

pytestmark = pytest.mark.browser
KITCHEN = "Smith:Kitchen"
INTERNAL = ("QuickBooks", "Web Connector", "Sync", "qbXML", "Project Setup", "Applied to", "Memo", "ListID", "TxnID")
Open = Callable[..., Page]


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def window(browser: Browser) -> Iterator[Open]:
    """A fresh window, signed in when it is somebody's."""
    contexts = []

    def opened(site: str, email: str = "", *, width: int = 1100, height: int = 860) -> Page:
        contexts.append(browser.new_context(base_url=site, viewport={"width": width, "height": height}))
        page: Page = contexts[-1].new_page()
        if email:
            page.goto("/login")
            page.get_by_label("Email").fill(email)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """An installation that was just started, without anybody: its address, and the one-time code of the console."""
    config = office_config(tmp_path)
    assert "one-time code" in " ".join(setting_up.init(config, clock()))
    console = "\n".join(setting_up.first_run(config))
    code = re.search(r"\b([A-Z2-9]{4}-){4}[A-Z2-9]{4}\b", console)
    assert code, console
    service = server.build(config, clock)
    service.start()
    yield config.server.public_url, code.group()
    service.stop()


@pytest.fixture
def office() -> Iterator[SampleOffice]:
    """The office of the demonstration, with its projects linked and synced."""
    with sample_office(0, clock) as office:
        first_update(office)
        yield office


def money(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def truth(books: Books) -> str:
    """What the company file says has been paid for the kitchen."""
    return money(paid_by(books, books.customer(KITCHEN).list_id))


def paid(page: Page, amount: str) -> None:
    expect(page.locator(".figure-main dd")).to_have_text(amount)


def added(qwc: Path, password: str, books: Books) -> WebConnector:
    """What "Add an Application" and the typed password make of the downloaded file."""
    of = {str(each.tag): each.text or "" for each in etree.parse(qwc).getroot()}
    books.register(of["OwnerID"], of["FileID"])
    return WebConnector(of["AppURL"], of["UserName"], password, RequestProcessor(books), of["OwnerID"])


def test_an_admin_begins_with_nothing_and_ends_with_the_true_total(window: Open, fresh: tuple[str, str]) -> None:
    site, code = fresh
    books = sample_books(clock().date())
    page = window(site)

    page.goto("/")
    page.get_by_role("link", name="Set up this installation").click()
    page.get_by_label("One-time code").fill(code)
    page.get_by_label("Your name").fill("Dana")
    page.get_by_label("Email").fill("dana@acme.example")
    page.get_by_label("Password").fill("a quiet long sentence")
    page.get_by_label("Company name").fill("Acme Builders")
    page.get_by_role("button", name="Finish and sign in").click()
    password = page.get_by_label("Connector password").input_value()
    page.get_by_role("link", name="Go on to the setup checklist").click()
    expect(page.get_by_text("1 of 7 done")).to_be_visible()
    checklist = page.locator(".steps").first
    checklist.get_by_role("button", name="Check the address now").click()
    expect(page.locator("#address").get_by_role("status")).to_have_text("All checks passed.")
    with page.expect_download() as download:
        checklist.get_by_role("link", name="Download Acme Builders.qwc").click()
    connector = added(download.value.path(), password, books)

    assert connector.update().outcome == "done"
    page.goto("/settings/accounting")
    expect(page.get_by_text("6 of 7 done")).to_be_visible()
    expect(page.get_by_text(f"The company file is recognised: {books.company}")).to_be_visible()

    page.get_by_role("link", name="New project").click()
    page.get_by_label("Project name").fill("Smith kitchen")
    page.get_by_label("Contract price").fill("240,000")
    page.get_by_text("Show optional settings").click()
    page.get_by_label("Customer or job").fill("kitch")
    found = page.locator("#customers option").evaluate_all(
        "all => all.map(each => each.value).filter(each => each.toLowerCase().includes('kitch'))"
    )  # what the browser offers for these letters
    assert KITCHEN in found
    page.get_by_label("Customer or job").fill(KITCHEN)
    page.get_by_label("Client Payments").check()
    page.get_by_role("button", name="Create project").click()
    expect(page.locator(".figure-main")).to_contain_text("Waiting for the first answer from QuickBooks")

    assert connector.update().outcome == "done"
    page.reload()
    paid(page, truth(books))
    expect(page.locator(".badge.current")).to_be_visible()
    page.goto("/settings/accounting")
    expect(page.get_by_text("Setup is complete")).to_be_visible()


def test_the_staff_find_out_why_a_total_is_another_one(window: Open, office: SampleOffice) -> None:
    books = office.books
    page = window(office.config.server.public_url, STAFF)
    page.get_by_role("link", name="Smith kitchen").click()
    before = truth(books)
    paid(page, before)

    kitchen = books.customer(KITCHEN).list_id
    last = [one for one in books.of(Payment) if one.customer == kitchen and not one.voided][-1]
    old = money(last.amount)
    books.edit_payment(last.txn_id, amount=last.amount + 500)
    page.get_by_role("button", name="Sync Data Now").click()
    expect(page.locator(".badge.queued")).to_be_visible()
    assert office.poll().outcome == "done"
    assert truth(books) != before
    paid(page, truth(books))  # by itself: the page follows the sync

    page.get_by_role("link", name="History").click()
    line = page.get_by_role("row").filter(has_text=f"{old} became {money(last.amount)}")
    expect(line).to_contain_text("+$500.00")
    line.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sync of")
    expect(page.get_by_role("row").filter(has_text="Smith kitchen").first).to_contain_text("+$500.00")
    expect(page.locator(".sub")).to_have_text("Sync Data Now, asked by Staff")


def test_a_client_reads_the_amount_until_the_link_is_revoked(window: Open, office: SampleOffice) -> None:
    site = office.config.server.public_url
    admin = window(site, ADMIN)
    admin.get_by_role("link", name=SAMPLE_PROJECTS[0].name).click()
    admin.get_by_role("link", name="Project Setup").click()
    admin.get_by_label("For whom").fill("Jane Smith")
    admin.get_by_role("button", name="Make a client link").click()
    link = admin.get_by_label("Client link for").input_value()

    phone = window(site, width=390, height=844)
    phone.goto(link)
    paid(phone, truth(office.books))
    expect(phone.locator(".figure-main dd")).to_be_in_viewport()
    expect(phone.locator("main")).to_contain_text("As of")
    said = phone.locator("body").inner_text()
    assert [word for word in INTERNAL if word.lower() in said.lower()] == []
    assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth")

    admin.get_by_role("link", name="Back to Project Setup").click()
    admin.get_by_role("button", name="Revoke the link for Jane Smith").click()
    expect(admin.get_by_role("row").filter(has_text="Jane Smith")).to_contain_text("Revoked")
    phone.reload()
    expect(phone.get_by_role("heading")).to_have_text("This link does not open anything")
    assert "$" not in phone.locator("body").inner_text()
