"""What people do in a browser: with scripts and without."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from web.cast import NOW, Cast

from qbwc_bridge.records import RequestState
from qbwc_bridge.store import conversations, projects, requests
from qbwc_bridge.store.conversations import Message

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_admin_creates_and_links_a_project(enter: Enter, scripts: bool) -> None:
    page = enter("admin", scripts=scripts)
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Project name").fill("New deck")
    page.get_by_text("Show optional settings").click()
    page.get_by_label("Customer or job").fill("Smith:Kitchn")
    page.get_by_label("Client Payments").check()
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("alert")).to_contain_text("Did you mean Smith:Kitchen")
    expect(page.get_by_label("Project name")).to_have_value("New deck")
    page.get_by_label("Customer or job").fill("Smith:Bath")
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name="New deck")).to_be_visible()
    expect(page.locator("section.sync")).to_contain_text("Sync requested")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_switching_on_asks_first(enter: Enter, cast: Cast, scripts: bool) -> None:
    page = enter("admin", scripts=scripts)
    page.goto(f"/projects/{cast.bath}/setup")
    page.get_by_label("Customer or job").fill("Smith:Bath")
    page.get_by_label("Client Payments").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="4 payments, $18,000.00, will be replaced")).to_be_visible()
    page.get_by_role("button", name="Switch Client Payments on").click()
    expect(page.get_by_text("Client Payments is on")).to_be_visible()


def test_the_page_follows_a_sync_by_itself(enter: Enter, cast: Cast) -> None:
    page = enter("staff")
    page.goto(f"/projects/{cast.kitchen}/financials")
    page.get_by_role("button", name="Sync Data Now").click()
    badge = page.locator(".sync .badge")
    expect(badge).to_have_text("Sync requested")
    expect(page.get_by_role("button", name="Sync Data Now")).to_be_disabled()
    with cast.database.begin() as c:
        waiting = [row.id for row in requests.open_rows(c, cast.acme)]
        requests.end(c, cast.acme, waiting, RequestState.DONE, NOW)
        projects.synced(c, cast.acme, cast.kitchen, NOW)
    expect(badge).to_have_text("Up to date", timeout=10_000)
    expect(page.get_by_role("status").filter(has_text="today 3:04 pm")).to_be_visible()


def test_the_log_follows_a_sync_by_itself(enter: Enter, cast: Cast) -> None:
    with cast.database.begin() as c:
        conversations.begin(c, cast.acme, "ticket", trigger="daily", address="", now=NOW)
        run = conversations.log(c, cast.acme)[0].id
        conversations.change(c, cast.acme, run, progress=40)
    page = enter("staff")
    page.goto("/activity")
    expect(page.locator(".sync")).to_contain_text("Syncing now, 40 %")
    with cast.database.begin() as c:
        conversations.change(c, cast.acme, run, progress=80)
    expect(page.locator(".sync")).to_contain_text("80 %", timeout=10_000)
    with cast.database.begin() as c:
        conversations.end(c, cast.acme, run, "ok", None, NOW)
    expect(page.locator(".sync .badge")).to_have_text("Up to date", timeout=10_000)
    expect(page.locator("table .badge")).to_have_text("Done")


def test_a_message_unfolds_without_scripts(enter: Enter, cast: Cast) -> None:
    body = "<QBXML><A><B><C><D><CustomerRef><ListID>80000001-1</ListID></CustomerRef></D></C></B></A></QBXML>"
    with cast.database.begin() as c:
        conversations.begin(c, cast.acme, "ticket", trigger="daily", address="", now=NOW)
        run = conversations.log(c, cast.acme)[0].id
        conversations.keep_message(c, cast.acme, run, Message(1, "response", NOW, body))
    page = enter("admin", scripts=False, width=320)
    page.goto(f"/activity/{run}")
    page.get_by_role("link", name="Response of round 1").click()
    hidden = page.locator(".tree").get_by_text("80000001-1")
    expect(hidden).to_be_hidden()
    page.get_by_text("D 1", exact=True).click()
    page.locator("summary", has_text="CustomerRef").click()
    expect(hidden).to_be_visible()
    page.get_by_text("Show it as indented text").click()
    expect(page.locator("pre")).to_contain_text("<ListID>80000001-1</ListID>")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as .xml").click()
    assert download.value.suggested_filename == f"sync-{run}-round-1-response.xml"


def test_without_scripts_a_waiting_sync_says_to_reload(enter: Enter, cast: Cast) -> None:
    page = enter("staff", scripts=False)
    page.goto(f"/projects/{cast.kitchen}/financials")
    page.get_by_role("button", name="Sync Data Now").click()
    expect(page.get_by_text("Reload this page")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The sync request is cancelled.")).to_be_visible()


def test_a_client_link_is_copied_and_opens(enter: Enter, cast: Cast) -> None:
    page = enter("admin")
    page.goto(f"/projects/{cast.kitchen}/setup")
    page.get_by_role("button", name="Make a client link").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    visitor = enter("")
    visitor.goto(link)
    expect(visitor.get_by_text("$182,400.00").first).to_be_visible()
    expect(visitor.get_by_role("navigation")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_program_gets_a_token_until_it_is_revoked(enter: Enter, cast: Cast, scripts: bool) -> None:
    page = enter("admin", scripts=scripts, width=320)
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Programs").click()
    expect(page.get_by_text("No program reads your payments yet.")).to_be_visible()
    page.get_by_label("Name of the program").fill("Monthly report")
    page.get_by_role("button", name="Make a token").click()
    token = page.get_by_label("Token for Monthly report").input_value()
    if scripts:
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_text("Copied.")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == token
    read = {"headers": {"Authorization": f"Bearer {token}"}}
    assert page.request.get("/api/v1/projects", **read).json()["company"] == "Acme Builders"
    page.get_by_role("link", name="Back to Programs").click()
    page.get_by_role("link", name="Revoke the token of Monthly report").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text("The token of Monthly report is revoked.")
    assert page.request.get("/api/v1/projects", **read).status == 401


def test_payments_are_typed_without_scripts(enter: Enter, cast: Cast) -> None:
    page = enter("staff", scripts=False, width=320)
    page.goto(f"/projects/{cast.bath}/financials")
    page.get_by_role("link", name="Add payment").click()
    page.get_by_label("Amount").fill("12,50.0")
    page.get_by_role("button", name="Add payment").click()
    expect(page.get_by_role("alert")).to_contain_text("can’t be read as an amount")
    page.get_by_label("Amount").fill("1,250")
    page.get_by_role("button", name="Add payment").click()
    expect(page.locator(".figure-main dd")).to_have_text("$19,250.00")
    page.get_by_role("link", name=re.compile("Delete")).filter(visible=True).first.click()
    page.get_by_role("button", name="Delete payment").click()
    expect(page.locator(".figure-main dd")).to_have_text("$18,000.00")


def test_filters_and_sorting_live_in_the_address(enter: Enter, cast: Cast) -> None:
    page = enter("staff", scripts=False)
    page.goto(f"/projects/{cast.kitchen}/financials")
    page.get_by_label("Method").select_option("Wire")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tfoot")).to_contain_text("$42,400.00")
    page.get_by_role("columnheader", name="Amount").get_by_role("link").click()
    assert "method=Wire" in page.url
    assert "sort=-amount" in page.url
    expect(page.get_by_role("columnheader", name="Amount")).to_have_attribute("aria-sort", "descending")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_project_is_found_archived_and_restored(enter: Enter, cast: Cast, scripts: bool) -> None:
    page = enter("admin", scripts=scripts)
    page.get_by_label("Project, client, customer or job").fill("KITCHEN")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tfoot")).to_contain_text("of $200,400.00 in all")
    page.get_by_role("link", name="Smith kitchen").click()
    page.get_by_role("link", name="Project Setup").click()
    page.get_by_role("link", name="Archive…").click()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("link", name="Smith kitchen")).to_have_count(0)
    page.get_by_label("Status").select_option("Archived (1)")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Smith kitchen").click()
    expect(page.locator("section.sync")).to_contain_text("This project is archived")
    page.get_by_role("link", name="Restore…").click()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("section.sync")).to_contain_text("Sync requested")


def test_on_a_narrow_screen_the_order_is_chosen_in_the_form(enter: Enter, cast: Cast) -> None:
    page = enter("staff", width=320)
    page.get_by_label("Order").select_option("Least paid first")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody th a").first).to_have_text("Smith bath")
    page.set_viewport_size({"width": 1100, "height": 800})
    expect(page.get_by_label("Order")).not_to_be_visible()
    page.get_by_role("columnheader", name="Project").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Project")).to_have_attribute("aria-sort", "ascending")
