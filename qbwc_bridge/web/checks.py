"""Check the address now: the self-checks of ``test-connection``, pressed on Accounting Settings.

In: the configured address; nobody can name another one. Out: the page with what was found. It never waits for longer than
it says, and never runs twice at once.
"""

from collections.abc import Iterator

from flask import Blueprint, abort, make_response
from werkzeug.wrappers import Response

from qbwc_bridge import selfchecks
from qbwc_bridge.records import Role
from qbwc_bridge.selfchecks import Check
from qbwc_bridge.store import installation
from qbwc_bridge.web import access, accounting
from qbwc_bridge.web.forms import Form
from qbwc_bridge.web.site import now, public, reading, site, writing

pages = Blueprint("checks", __name__)
SECONDS, EACH = 15.0, 4.0
"""For all of them together, and for each question."""


@pages.post("/settings/accounting/checks")
def run() -> Response:
    """Look, remember whether all passed, and say what was found."""
    with reading() as c:
        access.signed_in(c, need=Role.ADMIN)
    found = site().checking.run(_all(), SECONDS)
    if found is None:
        abort(409, "The checks are running already. Try again in half a minute.")
    with writing() as c:
        company = access.signed_in(c, need=Role.ADMIN).company
        installation.checked(c, public(""), now() if all(check.passed for check in found) else None)
        return make_response(accounting.page(c, company, Form({}), found))


def _all() -> Iterator[Check]:
    """A site that answers has its secret key, and where that lies is not for every company's admin."""
    database, moment, address = site().database, now(), public("")

    def each() -> Iterator[Check]:  # it runs in a thread that knows no request
        yield from selfchecks.of_database(database, moment)
        yield from selfchecks.of_address(address, moment, EACH)

    return each()
