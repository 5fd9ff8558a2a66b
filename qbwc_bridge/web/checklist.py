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
    return [
        _address(address, called, f),
        _downloaded(company, called, f),
        _password(company, called, f),
        _called(company, f),
        _recognised(company),
        _received(received),
        _linked(overview),
    ]


def _address(address: Address, called: bool, f: Formats) -> Step:
    if address.problems:
        words = f"Correct the address {address.url}"
        hint = f"{' '.join(address.problems)} Change public_url in the configuration and start the service again."
        return Step(words, False, hint, "check")
    if called or address.passed_at:
        when = "the Web Connector has called" if called else f"checked {_at(address.passed_at, f)}"
        return Step(f"The address {address.url} works: {when}", True)
    hint = "The service calls itself there, as the Web Connector will, and says what is wrong."
    return Step(f"Check the address {address.url}", False, hint, "check")


def _downloaded(company: Company, called: bool, f: Formats) -> Step:
    if called or company.qwc_downloaded_at:
        return Step("The .qwc file was downloaded" + _when(company.qwc_downloaded_at, f), True)
    hint = "Do it on the computer where QuickBooks runs, then open the file there: the Web Connector adds this service."
    return Step("Download the .qwc file", False, hint, "download")


def _password(company: Company, called: bool, f: Formats) -> Step:
    if called or company.password_shown_at:
        return Step("The connector password was shown" + _when(company.password_shown_at, f), True)
    hint = f"It is shown once, to be copied into the Web Connector, in the line of the user {company.connector_user}."
    return Step("Make the connector password", False, hint, "password")


def _called(company: Company, f: Formats) -> Step:
    if company.last_contact_at:
        version = f", version {company.connector_version}" if company.connector_version else ""
        return Step(f"The Web Connector has called, last {f.moment(company.last_contact_at)}{version}", True)
    hint = (
        "On the QuickBooks computer: open the .qwc file, allow access in QuickBooks, type the connector password into the "
        "Web Connector, tick Auto-Run and press Update Selected. The password is lost? Make a new one below."
    )
    return Step("Let the Web Connector call", False, hint, "help")


def _recognised(company: Company) -> Step:
    if company.file:
        return Step(f"The company file is recognised: {company.file.name}", True)
    hint = "It happens with the first update, while your company file is open in QuickBooks."
    return Step("Let it recognise your company file", False, hint, "help")


def _received(received: int) -> Step:
    if received:
        return Step(f"{received:,} customers and jobs received", True)
    hint = "They come with the first update too. If it ended with an error, press Update Selected once more."
    return Step("Let it bring your customers and jobs", False, hint, "help")


def _linked(overview: Overview) -> Step:
    if any(line.project.list_id for line in overview.projects):
        return Step("The first project is linked", True)
    hint = "Create a project and choose its customer or job; its payments come with the next update."
    return Step("Link the first project", False, hint, "project")


def _when(moment: datetime | None, f: Formats) -> str:
    return f", {f.moment(moment)}" if moment else ""


def _at(moment: datetime | None, f: Formats) -> str:
    return f.moment(moment) if moment else ""
