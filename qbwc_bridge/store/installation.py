"""The one row about this installation: the OwnerID, which every .qwc of it carries and which never changes
(reference: company-file identity; one GUID per application)."""

import uuid
from datetime import datetime

from sqlalchemy import Connection, insert, select

from qbwc_bridge.store.models import installation


def new_guid() -> str:
    """A GUID in the form QuickBooks wants: ``{8-4-4-4-12}`` with braces."""
    return "{" + str(uuid.uuid4()) + "}"


def settle(c: Connection, now: datetime) -> None:
    """Give the installation its OwnerID if it has none yet."""
    if c.execute(select(installation.c.id)).first() is None:
        c.execute(insert(installation).values(id=1, owner_id=new_guid(), created_at=now))


def owner_id(c: Connection) -> str:
    """The OwnerID in braces."""
    return str(c.execute(select(installation.c.owner_id)).scalar_one())
