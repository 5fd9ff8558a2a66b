"""Pictures of every page: ``.venv/bin/python docs/pictures.py`` fills ``screenshots/``; ``--readme`` renews the README's too.

It starts the office of ``demo``, and an installation nobody has set up yet, and looks at both as an admin, as staff, as a
client and as nobody; on a wide and a narrow screen, light and dark. Nothing has to run before. Needs the extra ``test``
(playwright) and a Chromium at /usr/bin/chromium.
"""

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from qbwc_bridge import server
from qbwc_bridge.cli import sample_office as sample
from qbwc_bridge.cli import setting_up
from qbwc_bridge.config import Server
from qbwc_bridge.simulator import SCENARIOS, Faults

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parent / "screenshots"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
LOOKS = tuple(product((1280, 320), ("light", "dark")))
HAND = "Garden wall"
"""A project whose payments are typed."""

PAGES = {
    "nobody": {
        "sign-in": "/login", "client-link": "{link}", "closed-link": "/shared/nothing", "support": "/support",
    },
    "client": {"projects": "/", "financials": "/projects/1/financials"},
    "staff": {
        "projects": "/", "financials": "/projects/1/financials", "history": "/projects/1/history",
        "typed-payments": "/projects/9/financials", "add-payment": "/projects/9/payments/new",
        "activity": "/activity", "sync": "/activity/{run}", "forbidden": "/settings/users",
    },
    "admin": {
        "projects": "/", "projects-found": "/?q=o&sort=-remaining", "projects-none": "/?q=zeppelin",
        "new-project": "/projects/new", "financials": "/projects/1/financials",
        "financials-of-a-parent": "/projects/2/financials", "history": "/projects/1/history",
        "history-with-a-void": "/projects/8/history", "project-setup": "/projects/1/setup",
        "archive-project": "/projects/1/setup/archive", "accounting": "/settings/accounting",
        "connector-password": "/settings/accounting/password", "users": "/settings/users", "user": "/settings/users/2",
        "notices": "/settings/notices", "programs": "/settings/programs", "audit": "/settings/audit",
        "activity": "/activity", "sync": "/activity/{run}", "message": "/activity/{run}/messages/{message}",
        "read-again": "/activity/reread", "not-found": "/nowhere",
    },
}  # fmt: skip
EMAILS = {"client": sample.CLIENT, "staff": sample.STAFF, "admin": sample.ADMIN}


@dataclass(frozen=True)
class Stage:
    """The office, and what an address in PAGES may name."""

    browser: Browser
    site: str
    link: str
    run: str
    message: str
    cookies: dict[str, object]


def main() -> None:
    """All pictures; says where they are."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--readme", action="store_true", help="also renew the pictures beside this file")
    wanted = options.parse_args()
    with sync_playwright() as playwright, sample.sample_office(0, clock) as office:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        stage = staged(browser, office)
        taken = [picture for width, scheme in LOOKS for picture in look(stage, width, scheme)]
        if wanted.readme:
            taken += readme(stage)
        browser.close()
    print(f"{len(taken)} pictures, in {SCREENSHOTS}{f' and {HERE}' if wanted.readme else ''}")


def clock() -> datetime:
    """The moment."""
    return datetime.now(UTC)


def staged(browser: Browser, office: sample.SampleOffice) -> Stage:
    """Projects that are linked, a project that is typed, a day of changes, a client with a link."""
    site = office.config.server.public_url
    sample.first_update(office)
    link = office.share_first()
    cookies = {who: signed_in(browser, site, email) for who, email in EMAILS.items()}
    with window(browser, site, cookies["admin"]) as page:
        type_payments(page)
        for name in ("new-payment", "edits"):
            SCENARIOS[name].prepare(office.books, Faults())
            page.goto("/projects/1/financials")
            page.get_by_role("button", name="Sync Data Now").click()
            office.poll()
        page.goto("/activity")
        run = first_number(page, "/activity/")
        page.goto(f"/activity/{run}")
        return Stage(browser, site, link, run, first_number(page, f"/activity/{run}/messages/"), cookies)


def first_number(page: Page, folder: str) -> str:
    """Where the first link of a table leads."""
    return (page.locator(f"main table a[href^='{folder}']").first.get_attribute("href") or "").removeprefix(folder)


def signed_in(browser: Browser, site: str, email: str) -> object:
    """The cookie of somebody who has signed in."""
    with window(browser, site) as page:
        page.goto("/login")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(sample.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{site}/")
        return page.context.storage_state()


def type_payments(page: Page) -> None:
    """As somebody would whose client pays in another way."""
    page.goto("/projects/new")
    page.get_by_label("Project name").fill(HAND)
    page.get_by_label("Contract price").fill("18,400")
    page.get_by_role("button", name="Create project").click()
    for day, amount, method in (("2026-02-03", "4,600", "Check"), ("2026-03-17", "6,900", "ACH")):
        page.goto("/projects/9/payments/new")
        page.get_by_label("Date").fill(day)
        page.get_by_label("Amount").fill(amount)
        page.get_by_label("Method").fill(method)
        page.locator("main form button.primary").click()


@contextmanager
def window(
    browser: Browser, site: str, cookies: object = None, width: int = 1280, scheme: str = "light"
) -> Iterator[Page]:
    """A fresh window; somebody's when it gets their cookies."""
    size = {"width": width, "height": 800}
    context: BrowserContext = browser.new_context(
        base_url=site, viewport=size, color_scheme=scheme, storage_state=cookies, timezone_id="America/Chicago"
    )
    yield context.new_page()
    context.close()


def look(stage: Stage, width: int, scheme: str) -> Iterator[Path]:
    """Every page of everybody on one screen."""
    for who, pages in PAGES.items():
        with window(stage.browser, stage.site, stage.cookies.get(who), width, scheme) as page:
            for name, address in pages.items():
                page.goto(address.format(link=stage.link, run=stage.run, message=stage.message))
                yield taken(page, f"{who}/{name}")
            if who == "admin":
                yield from shown_once(page)
    yield from first_run(stage.browser, width, scheme)


def shown_once(page: Page) -> Iterator[Path]:
    """Pages that come but once, after a button. What was made is ended again, so that the next screen finds the same."""
    page.goto("/projects/1/setup")
    page.get_by_label("For whom").fill("Jane Smith")
    page.get_by_role("button", name="Make a client link").click()
    yield taken(page, "admin/client-link-made")
    page.get_by_role("link", name="Back to Project Setup").click()
    page.get_by_role("button", name="Revoke the link for Jane Smith").first.click()
    yield taken(page, "admin/client-link-revoked")
    page.goto("/projects/1/payments/new")
    yield taken(page, "admin/payment-refused")
    page.goto("/projects/new")
    page.get_by_label("Project name").fill("Porch")
    page.get_by_label("Contract price").fill("a lot")
    page.get_by_role("button", name="Create project").click()
    yield taken(page, "admin/new-project-corrected")


@contextmanager
def untouched(browser: Browser, width: int, scheme: str, port: int = 0) -> Iterator[tuple[Page, str]]:
    """An installation that nobody has set up, and its one-time code."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        config = sample.office_config(Path(folder), port)
        list(setting_up.init(config, clock()))
        code = re.search(r"\b([A-Z2-9]{4}-){4}[A-Z2-9]{4}\b", "\n".join(setting_up.first_run(config)))
        service = server.build(config, clock)
        service.start()
        with window(browser, config.server.public_url, None, width, scheme) as page:
            yield page, code.group() if code else ""
        service.stop()


def first_run(browser: Browser, width: int, scheme: str) -> Iterator[Path]:
    """From the one-time code to the checklist."""
    with untouched(browser, width, scheme) as (page, code):
        page.goto("/setup")
        yield taken(page, "first-run/1-code")
        set_up(page, code)
        yield taken(page, "first-run/2-password")
        page.goto("/")
        yield taken(page, "first-run/3-no-projects")
        check_address(page)
        yield taken(page, "first-run/4-checklist")


def set_up(page: Page, code: str) -> None:
    """The form of the first run."""
    page.goto("/setup")
    words = {"One-time code": code, "Your name": "Dana", "Email": "dana@acme.example", "Company name": "Acme Builders"}
    for label, text in {**words, "Password": "a quiet long sentence"}.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Finish and sign in").click()
    page.get_by_label("Connector password").wait_for()


def check_address(page: Page) -> None:
    """The first line of the checklist."""
    page.goto("/settings/accounting")
    page.locator(".steps").first.get_by_role("button").click()
    page.locator("#address").get_by_role("status").wait_for()


def taken(page: Page, name: str) -> Path:
    """The whole page, however long."""
    width = (page.viewport_size or {"width": 0})["width"]
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    path = SCREENSHOTS / f"{name}-{width}-{'dark' if dark else 'light'}.png"
    page.screenshot(path=path, full_page=True)
    return path


def readme(stage: Stage) -> Iterator[Path]:
    """What the first screen shows: of an admin at a desk, of a client on a phone. The usual port must be free."""
    with window(stage.browser, stage.site, stage.cookies["admin"], 1100) as page:
        page.set_viewport_size({"width": 1100, "height": 860})
        for name in ("projects", "financials"):
            page.goto(PAGES["admin"][name])
            page.screenshot(path=HERE / f"{name}.png")
            yield HERE / f"{name}.png"
    with untouched(stage.browser, 1100, "light", Server().port) as (page, code):
        set_up(page, code)
        check_address(page)
        page.goto("/settings/accounting")
        page.screenshot(path=HERE / "accounting.png")
        yield HERE / "accounting.png"
    phone = stage.browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    phone.goto(stage.link)
    phone.screenshot(path=HERE / "client.png")
    yield HERE / "client.png"


if __name__ == "__main__":
    main()
