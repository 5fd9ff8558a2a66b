"""People: what an admin decides about who may sign in and what they see, carried out, with a line in the audit.

In: a company and a person of it. Out: memberships, and the token of a one-time link, this once. It never sees a password.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from qbwc_bridge.connector.credentials import new_token, token_hash
from qbwc_bridge.records import Deed, Role, User
from qbwc_bridge.store import audit, projects, users
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.users import Invitation

OPEN_FOR = timedelta(days=7)


def give_role(
    c: Connection, company_id: int, user: User, role: Role, project_ids: Iterable[int], by: str, now: datetime
) -> None:
    """Offer somebody a place in the company, or change what they are there. Raises Refused for the last admin.

    It opens with the link of ``first_link``; an operator, who sees every company, needs none.
    """
    before = _role(c, company_id, user)
    again = user.id in {one.id for one in users.former(c, company_id)}
    users.set_role(c, user.id, company_id, role, project_ids)
    if user.operator:
        users.accept(c, user.id, company_id, now)
    after = _role(c, company_id, users.by_id(c, user.id))
    if before and before != after:
        audit.add(c, company_id, by, Deed.ROLE_CHANGED, f"{user.email}, {before} → {after}", now)
    elif not before:
        what = Deed.INVITED_AGAIN if again else Deed.INVITED
        audit.add(c, company_id, by, what, f"{user.email}, {after}", now)


def archive(c: Connection, company_id: int, user: User, by: str, now: datetime) -> None:
    """The person leaves the company. Raises Refused for the last admin."""
    was = _role(c, company_id, user)
    users.archive(c, user.id, company_id, now, by)
    audit.add(c, company_id, by, Deed.PERSON_ARCHIVED, f"{user.email}, {was}", now)


def first_link(c: Connection, company_id: int, user: User, now: datetime) -> str:
    """The token of the link that goes with an invitation; it replaces an earlier one of this company."""
    token = new_token()
    users.invite(c, user.id, company_id, token_hash(token), now + OPEN_FOR)
    return token


def renew(c: Connection, company_id: int, user: User, by: str, now: datetime) -> str:
    """The token of a new link: another invitation, or for somebody with a password the way to another one."""
    what = Deed.INVITATION_RENEWED if _waits(c, company_id, user) else Deed.RESET_MADE
    audit.add(c, company_id, by, what, user.email, now)
    return first_link(c, company_id, user, now)


def reset(c: Connection, user: User, by: str, now: datetime) -> str:
    """The token of a link to another password, from whoever runs the installation: it asks no company, and each of theirs has
    it in its audit."""
    for company_id in user.roles:
        audit.add(c, company_id, by, Deed.RESET_MADE, user.email, now)
    token = new_token()
    users.invite(c, user.id, None, token_hash(token), now + OPEN_FOR)
    return token


def withdraw(c: Connection, company_id: int, user: User, by: str, now: datetime) -> bool:
    """The open link stops working; False when there is none. The person stays a member, a password stays as it is."""
    if user.id not in users.open_invitations(c, company_id, now):
        return False
    what = Deed.INVITATION_WITHDRAWN if _waits(c, company_id, user) else Deed.RESET_WITHDRAWN
    users.withdraw(c, user.id, company_id)
    audit.add(c, company_id, by, what, user.email, now)
    return True


def choose_password(c: Connection, link: Invitation, password_hash: str, now: datetime) -> None:
    """Somebody took a one-time link. It opens the link's company and no other; that company has it in its audit."""
    if link.company_id is not None:
        users.accept(c, link.user.id, link.company_id, now)
    users.set_password(c, link.user.id, password_hash)
    user = users.by_id(c, link.user.id)
    for company_id in user.roles:
        audit.add(c, company_id, user.name or user.email, Deed.PASSWORD_CHOSEN, user.email, now)


def join(c: Connection, company_id: int, user: User, now: datetime) -> None:
    """The owner of an account, signed in, took the link of one more company."""
    users.accept(c, user.id, company_id, now)
    audit.add(c, company_id, user.name or user.email, Deed.JOINED, user.email, now)


def _waits(c: Connection, company_id: int, user: User) -> bool:
    return user.id in users.waiting(c, company_id)


def _role(c: Connection, company_id: int, user: User) -> str:
    """ "staff", "client of Smith kitchen, Smith bath"; "" for somebody who is no member."""
    role = user.listed_as(company_id)
    if role is not Role.CLIENT:
        return role.value if role else ""
    mine = users.grants(c, user.id, company_id)
    names = [project.name for project in projects.listing(c, company_id) if project.id in mine]
    return f"client of {', '.join(names) or 'no project'}"
