"""A real Chromium against the site served over HTTP, with the cast of the site's tests."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cheroot.wsgi import Server as HttpServer
from playwright.sync_api import Browser, Page, sync_playwright
from web.cast import EMAILS, PASSWORD, Cast, Clock, stage

from qbwc_bridge.config import Config, Server, Web
from qbwc_bridge.store.database import Database
from qbwc_bridge.web.app import create_app

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed, so no real browser can open the pages")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def cast(database: Database) -> Cast:
    return stage(database, Clock())


@pytest.fixture
def address(cast: Cast, tmp_path: Path) -> Iterator[str]:
    """The site, served on a free port."""
    server = HttpServer(("127.0.0.1", 0), None, numthreads=4)
    server.prepare()
    address = f"http://127.0.0.1:{server.bind_addr[1]}"
    config = Config(web=Web(secret_key_file=tmp_path / "key.secret"))
    server.wsgi_app = create_app(cast.database, replace(config, server=Server(public_url=address)), cast.clock)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield address
    server.stop()
    thread.join()


@pytest.fixture
def enter(browser: Browser, address: str) -> Iterator[Open]:
    """A fresh window of somebody of the cast; "" is nobody."""
    contexts = []

    def window(who: str = "admin", *, width: int = 1100, dark: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.goto("/login")
        if who:
            page.fill("#f-email", EMAILS[who])
            page.fill("#f-password", PASSWORD)
            page.click("button:text-is('Sign in')")
        return page

    yield window
    for context in contexts:
        context.close()
