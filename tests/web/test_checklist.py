"""The setup checklist: each line ticks itself, says what to do while it is open, and the finished list folds itself away."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from web.cast import EMAILS, NOW, Cast, Visitor

from qbwc_bridge.config import Config, Server
from qbwc_bridge.store import companies, installation
from qbwc_bridge.store.models import customers
from qbwc_bridge.web.app import create_app

HOME = "/settings/accounting"
URL = "http://localhost:8765"
LINE = re.compile(r'<li class="(done|open)">(.*?)</li>', re.DOTALL)
BEFORE = {"last_contact_at": None, "file_name": None, "qwc_downloaded_at": None, "password_shown_at": None}


def lines(visitor: Visitor) -> list[tuple[bool, str]]:
    """(ticked, text with its links) of the checklist."""
    page = visitor.get(HOME).text
    listed = page.partition('<ol class="steps">')[2].partition("</ol>")[0]
    return [(state == "done", " ".join(text.split())) for state, text in LINE.findall(listed)]


def ticks(visitor: Visitor) -> list[bool]:
    return [done for done, _ in lines(visitor)]


@pytest.fixture
def first_day(cast: Cast) -> Cast:
    """Acme on its first day: nothing was done yet but to add it."""
    cast.company(cast.acme, **BEFORE)
    customers_gone(cast, NOW)
    cast.project(cast.kitchen, list_id="", client_payments=False)
    return cast


def customers_gone(cast: Cast, at: datetime | None) -> None:
    with cast.database.begin() as c:
        c.execute(update(customers).where(customers.c.company_id == cast.acme).values(deleted_at=at))


def test_on_the_first_day_everything_is_open_and_says_what_to_do(first_day: Cast, admin: Visitor) -> None:
    found = lines(admin)
    assert [done for done, _ in found] == [False] * 7
    for (_, text), way in zip(
        found,
        [
            "Check the address now</button>", f'href="{HOME}/Acme%20Builders.qwc"', f'href="{HOME}/password"',
            'href="/support"', 'href="/support"', 'href="/support"', 'href="/projects/new"',
        ],
        strict=True,
    ):  # fmt: skip
        assert way in text
        assert 'class="help"' in text
    assert "0 of 7 done" in admin.get(HOME).text


def test_each_line_ticks_itself_in_turn(first_day: Cast, admin: Visitor) -> None:
    with first_day.database.begin() as c:
        installation.checked(c, URL, NOW)
    assert ticks(admin) == [True] + [False] * 6
    admin.get(f"{HOME}/Acme Builders.qwc")
    assert ticks(admin) == [True] * 2 + [False] * 5
    admin.post(f"{HOME}/password")
    assert ticks(admin) == [True] * 3 + [False] * 4
    first_day.company(first_day.acme, last_contact_at=NOW)
    assert ticks(admin) == [True] * 4 + [False] * 3
    first_day.company(first_day.acme, file_name="Acme Builders Inc")
    assert ticks(admin) == [True] * 5 + [False] * 2
    customers_gone(first_day, None)
    assert ticks(admin) == [True] * 6 + [False]
    first_day.project(first_day.kitchen, list_id="80000002-1")
    assert "Setup checklist" not in admin.get(HOME).text
    page = admin.get(HOME).text
    assert "<summary>Setup is complete</summary>" in page
    assert "<details open" not in page
    assert ticks(admin) == [True] * 7


def test_what_is_done_says_when_and_what(cast: Cast, admin: Visitor) -> None:
    cast.company(cast.acme, qwc_downloaded_at=NOW - timedelta(days=1), password_shown_at=NOW)
    words = " ".join(text for _, text in lines(admin))
    for said in (
        f"The address {URL} works: the Web Connector has called",
        "The .qwc file was downloaded, yesterday 3:04 pm",
        "The connector password was shown, today 3:04 pm",
        "The Web Connector has called, last today 3:00 pm, version 2.3.0.215",
        "The company file is recognised: Acme Builders Inc",
        "4 customers and jobs received",
        "The first project is linked",
    ):
        assert said in words, said


def test_a_connector_that_calls_has_file_and_password(cast: Cast, admin: Visitor) -> None:
    """What was set up before anybody kept a record of it is not asked for again."""
    cast.company(cast.acme, qwc_downloaded_at=None, password_shown_at=None)
    assert "Setup is complete" in admin.get(HOME).text


@pytest.mark.parametrize("passed", [True, False])
def test_an_address_the_web_connector_refuses_is_never_ticked(cast: Cast, config: Config, passed: bool) -> None:
    url = "http://10.0.0.7:8765"
    if passed:
        with cast.database.begin() as c:
            installation.checked(c, url, NOW)
    visitor = Visitor(create_app(cast.database, replace(config, server=Server(public_url=url)), cast.clock))
    visitor.sign_in(EMAILS["admin"])
    done, text = lines(visitor)[0]
    assert not done
    assert "is an IP address" in text
    assert "wants https" in text
    assert "Change public_url in the configuration" in text


def test_the_checklist_is_each_companys_own(first_day: Cast, outsider: Visitor) -> None:
    assert "Setup is complete" in outsider.get(HOME).text
    outsider.get(f"{HOME}/Other Works.qwc")
    with first_day.database.read() as c:
        assert companies.by_id(c, first_day.other).qwc_downloaded_at == NOW
        assert companies.by_id(c, first_day.acme).qwc_downloaded_at is None
