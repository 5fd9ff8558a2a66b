"""The one row about this installation: the OwnerID, which every .qwc of it carries and which never changes
(reference: company-file identity; one GUID per application); the code that opens the first-run page; and whether its
address passed the self-checks."""

import uuid
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from qbwc_bridge.store.models import installation


def new_guid() -> str:
    """A GUID in the form QuickBooks wants: ``{8-4-4-4-12}`` with braces."""
    return "{" + str(uuid.uuid4()) + "}"


def settle(c: Connection, now: datetime) -> None:
    """Give the installation its OwnerID if it has none yet."""
    if c.execute(select(installation.c.id)).first() is None:
        c.execute(insert(installation).values(id=1, owner_id=new_guid(), created_at=now))


def take_turn(c: Connection) -> None:
    """Be the only one who makes the first admin, until the transaction ends."""
    c.execute(select(installation.c.id).with_for_update())


def owner_id(c: Connection) -> str:
    """The OwnerID in braces."""
    return str(c.execute(select(installation.c.owner_id)).scalar_one())


def open_setup(c: Connection, code_hash: str) -> None:
    """From now on this code opens the first-run page, and no earlier one."""
    c.execute(update(installation).values(setup_code_hash=code_hash))


def opens_setup(c: Connection, code_hash: str) -> bool:
    """Is it the code that opens the first-run page?"""
    return bool(c.execute(select(installation.c.setup_code_hash)).scalar_one() == code_hash)


def take_setup(c: Connection, code_hash: str) -> bool:
    """Use the code up. Only the first of two callers gets True."""
    mine = update(installation).where(installation.c.setup_code_hash == code_hash)
    return c.execute(mine.values(setup_code_hash=None)).rowcount == 1


def checked(c: Connection, url: str, now: datetime | None) -> None:
    """All self-checks of this address passed; None when they did not."""
    c.execute(update(installation).values(checked_url=url, checked_at=now))


def checks_passed_at(c: Connection, url: str) -> datetime | None:
    """When the self-checks of this address passed last; None if they never did, or failed since."""
    passed: datetime | None = c.execute(
        select(installation.c.checked_at).where(installation.c.checked_url == url)
    ).scalar_one_or_none()
    return passed
