"""The setup checklist: what is left to do between a new company and its first linked project. Each line ticks itself.

In: the company, its projects and customers, the state of the address. Out: steps in words. It never knows a request.
"""

from dataclasses import dataclass
from datetime import datetime

from qbwc_bridge.records import Company
from qbwc_bridge.store.summaries import Overview
from qbwc_bridge.web.formats import Formats


@dataclass(frozen=True, slots=True)
class Address:
    """The public address, what the Web Connector would not like about it, and when its self-checks passed last."""

    url: str
    problems: tuple[str, ...]
    passed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """One line. While it is open, ``hint`` says what to do, and ``action`` names the link or button beside it."""

    words: str
    done: bool
    hint: str = ""
    action: str = ""


def steps(address: Address, company: Company, received: int, overview: Overview, f: Formats) -> list[Step]:
    """In the order in which things must work. A Web Connector that calls has the file and the password, and the address
    works: that is known even of what was done before anybody kept a record of it."""
    called = company.last_contact_at is not None
    linked = any(line.project.list_id for line in overview.projects)
    return [
        _address(address, called, f),
        _downloaded(company, called, f),
        _password(company, called, f),
        _called(company, f),
        Step(
            f"The company file is recognised: {company.file.name}"
            if company.file
            else "The company file is recognised",
            company.file is not None,
            "It comes with the first update: open your company file in QuickBooks, tick the line in the Web Connector and "
            "press Update Selected.",
            "help",
        ),
        Step(
            f"{received:,} customers and jobs received" if received else "The customers and jobs have arrived",
            received > 0,
            "They come with the first update too. Press Update Selected once more if it ended with an error.",
            "help",
        ),
        Step(
            "The first project is linked",
            linked,
            "Create a project and choose its customer or job; its payments come with the next update.",
            "project",
        ),
    ]


def _address(address: Address, called: bool, f: Formats) -> Step:
    if not address.problems and (called or address.passed_at):
        when = "the Web Connector has called" if called else f"checked {_at(address.passed_at, f)}"
        return Step(f"The address {address.url} works: {when}", True)
    wrong = " ".join(address.problems)
    hint = f"{wrong} Correct public_url in the configuration and start the service again." if wrong else ""
    return Step(
        f"The address {address.url} suits the Web Connector and works",
        False,
        hint or "The service calls itself at this address, as the Web Connector will.",
        "check",
    )


def _downloaded(company: Company, called: bool, f: Formats) -> Step:
    when = f", {_at(company.qwc_downloaded_at, f)}" if company.qwc_downloaded_at else ""
    return Step(
        f"The .qwc file is downloaded{when}",
        called or bool(when),
        "Do it on the computer where QuickBooks runs, then open the file there: the Web Connector adds this service.",
        "download",
    )


def _password(company: Company, called: bool, f: Formats) -> Step:
    when = f", {_at(company.password_shown_at, f)}" if company.password_shown_at else ""
    return Step(
        f"The connector password was shown{when}",
        called or bool(when),
        f"It is shown once, with a button to copy it. Type it into the Web Connector, in the line of {company.connector_user}.",
        "password",
    )


def _called(company: Company, f: Formats) -> Step:
    version = f", version {company.connector_version}" if company.connector_version else ""
    return Step(
        f"The Web Connector has called, last {_at(company.last_contact_at, f)}{version}"
        if company.last_contact_at
        else "The Web Connector has called",
        company.last_contact_at is not None,
        "On the QuickBooks computer: open the .qwc file, allow access in QuickBooks, type the connector password, tick "
        "Auto-Run and press Update Selected. No password any more? Make a new one.",
        "help",
    )


def _at(moment: datetime | None, f: Formats) -> str:
    return f.moment(moment) if moment else ""
