"""From the code on the console to the checklist, in a real browser; on a wide screen and a narrow one, light and dark."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cheroot.wsgi import Server as HttpServer
from playwright.sync_api import Browser, Page, expect
from web.cast import Clock

from qbwc_bridge.config import Config, Server, Web
from qbwc_bridge.connector.credentials import setup_code_hash
from qbwc_bridge.store import installation
from qbwc_bridge.store.database import Database
from qbwc_bridge.web.app import create_app

pytestmark = pytest.mark.browser
CODE = "KMPT-RWXZ-ABCD-EFGH-JKMN"
Open = Callable[..., Page]


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[str]:
    """An installation that was just started, and its address."""
    with database.begin() as c:
        installation.open_setup(c, setup_code_hash(CODE))
    server = HttpServer(("127.0.0.1", 0), None, numthreads=4)
    server.prepare()
    url = f"http://localhost:{server.bind_addr[1]}"
    config = Config(Server(public_url=url), web=Web(secret_key_file=tmp_path / "key.secret"))
    server.wsgi_app = create_app(database, config, Clock())
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield url
    server.stop()
    thread.join()


@pytest.fixture
def window(browser: Browser, site: str) -> Iterator[Open]:
    contexts = []

    def opened(*, scripts: bool = True, dark: bool = False, width: int = 1100) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            timezone_id="America/Denver",
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def fill(page: Page) -> None:
    page.get_by_label("One-time code").fill(CODE.lower())
    page.get_by_label("Your name").fill("Dana")
    page.get_by_label("Email").fill("dana@acme.example")
    page.get_by_label("Password").fill("a quiet long sentence")
    page.get_by_label("Company name").fill("Acme Builders")


def look(page: Page) -> None:
    """Accessible, and not wider than the screen."""
    page.wait_for_load_state()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), page.url
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("dark", "width"), [(False, 1100), (True, 1100), (False, 320), (True, 320)])
def test_from_the_code_to_the_checklist(window: Open, dark: bool, width: int) -> None:
    page = window(dark=dark, width=width)
    page.goto("/")
    look(page)
    page.get_by_role("link", name="Set up this installation").click()
    expect(page.get_by_label("Time zone")).to_have_value("America/Denver")  # the office's, from the browser
    look(page)
    fill(page)
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Finish and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("too short")
    expect(page.get_by_label("Company name")).to_have_value("Acme Builders")
    look(page)
    page.get_by_label("Password").fill("a quiet long sentence")
    page.get_by_role("button", name="Finish and sign in").click()
    expect(page.get_by_role("heading", name="Acme Builders is ready to be connected")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert re.fullmatch(r"([a-z2-7]{4}-){6}[a-z2-7]{4}", page.evaluate("navigator.clipboard.readText()"))
    page.get_by_role("link", name="Go on to the setup checklist").click()
    steps = page.locator(".steps").first.get_by_role("listitem")
    expect(steps).to_have_count(7)
    expect(steps.nth(2)).to_contain_text("Done")
    with page.expect_download() as download:
        steps.nth(1).get_by_role("link", name="Download Acme Builders.qwc").click()
    assert download.value.suggested_filename == "Acme Builders.qwc"
    page.reload()
    expect(steps.nth(1)).to_contain_text("Done")
    expect(page.get_by_text("2 of 7 done")).to_be_visible()
    look(page)
    steps.nth(0).get_by_role("button", name="Check the address now").click()
    expect(page.locator("#address").get_by_role("status")).to_contain_text(
        "of the checks failed"
    )  # there is no /qbwc here
    look(page)


def test_the_first_run_needs_no_script(window: Open) -> None:
    page = window(scripts=False)
    page.goto("/setup")
    expect(page.get_by_label("Time zone")).to_have_value("UTC")
    fill(page)
    page.get_by_role("button", name="Finish and sign in").click()
    expect(page.get_by_label("Connector password")).to_be_visible()
    page.get_by_role("link", name="Go on to the setup checklist").click()
    expect(page.get_by_role("heading", name="Setup checklist")).to_be_visible()


def test_a_typed_time_zone_is_not_guessed_away(window: Open) -> None:
    page = window()
    page.goto("/setup")
    fill(page)
    page.get_by_label("Time zone").fill("UTC")
    page.get_by_label("One-time code").fill("wrong")
    page.get_by_role("button", name="Finish and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not the code")
    expect(page.get_by_label("Time zone")).to_have_value("UTC")
