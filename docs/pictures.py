"""Takes the README's pictures from a running ``demo``: ``python docs/pictures.py http://localhost:8765 EMAIL PASSWORD LINK``.

Needs the extra ``test`` (playwright) and a Chromium at /usr/bin/chromium.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]


def main(site: str, email: str, password: str, link: str) -> None:
    """Sign in, open each page, keep its picture beside this file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        _staff_pages(browser, site, email, password)
        _client_page(browser, link)
        browser.close()


def _staff_pages(browser: Browser, site: str, email: str, password: str) -> None:
    page = browser.new_page(viewport={"width": 1100, "height": 860})
    page.goto(f"{site}/login")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.click("main button")
    page.screenshot(path=HERE / "projects.png")
    page.click("text=Smith kitchen")
    page.screenshot(path=HERE / "financials.png")
    page.goto(f"{site}/settings/accounting")
    page.screenshot(path=HERE / "accounting.png")


def _client_page(browser: Browser, link: str) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    phone.goto(link)
    phone.screenshot(path=HERE / "client.png")


if __name__ == "__main__":
    main(*sys.argv[1:5])
