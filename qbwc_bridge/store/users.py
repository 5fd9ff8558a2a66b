"""People: their passwords, their roles in each company, the projects a client may see, and one-time invitations.

A person can belong to several companies, so nothing here that one company's admin starts may touch another company's
membership; only ``archive`` of the last membership closes the account itself. A membership is an offer until it is accepted
through its own company's link: no company opens because somebody took the link of another one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, insert, or_, select, update

from qbwc_bridge.errors import NameTaken, NotFound, Refused
from qbwc_bridge.records import Role, User
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import grants as granted
from qbwc_bridge.store.models import invitations, memberships, users


@dataclass(frozen=True, slots=True)
class FormerMember:
    """Somebody who was archived: who they are, what they were in the company, since when they are out, and by whom."""

    id: int
    email: str
    name: str
    role: Role
    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open one-time link. ``company_id`` is whose it is, None for that of whoever runs the installation.

    ``joins``: the account has a password, so its owner signs in and joins. Otherwise the link sets the password.
    """

    user: User
    company_id: int | None
    joins: bool


def add(c: Connection, email: str, name: str, password_hash: str | None, operator: bool, now: datetime) -> User:
    """A new person; ``password_hash`` is None until the invitation is taken. Raises NameTaken."""
    if by_email(c, email) is not None:
        raise NameTaken(f"There is an account for {email} already.")
    row = {"email": _plain(email), "name": name, "password_hash": password_hash, "operator": operator}
    user_id = c.execute(insert(users).values(**row, created_at=now).returning(users.c.id)).scalar_one()
    return by_id(c, user_id)


def by_email(c: Connection, email: str) -> User | None:
    """The person who signs in with this address, archived or not; None when there is none."""
    row = c.execute(select(users).where(users.c.email == _plain(email))).first()
    return None if row is None else _record(c, row)


def by_id(c: Connection, user_id: int) -> User:
    """Raises NotFound, also for an archived person."""
    row = c.execute(select(users).where(users.c.id == user_id, users.c.archived_at.is_(None))).first()
    if row is None:
        raise NotFound("There is no such person.")
    return _record(c, row)


def has_admin(c: Connection) -> bool:
    """Is there anybody who may set things up? Otherwise the first-run page is open to whoever has its code."""
    mine = select(users.c.id).outerjoin(memberships, memberships.c.user_id == users.c.id)
    admins = mine.where(or_(users.c.operator, memberships.c.role == Role.ADMIN.value))
    return c.execute(admins.where(users.c.archived_at.is_(None)).limit(1)).first() is not None


def credentials(c: Connection, email: str) -> tuple[int, str | None] | None:
    """(user id, password hash) of a person who may sign in, or None."""
    here = select(users.c.id, users.c.password_hash).where(users.c.email == _plain(email))
    row = c.execute(here.where(users.c.archived_at.is_(None))).first()
    return None if row is None else (row.id, row.password_hash)


def listing(c: Connection, company_id: int) -> list[User]:
    """The people of one company, by name."""
    mine = select(users).join(memberships, memberships.c.user_id == users.c.id)
    mine = mine.where(_member_of(company_id), users.c.archived_at.is_(None))
    return _records(c, c.execute(mine.order_by(func.lower(users.c.name), users.c.email)).all())


def former(c: Connection, company_id: int) -> list[FormerMember]:
    """The archived people of one company, those who left last first."""
    columns = select(users.c.id, users.c.email, users.c.name, memberships).join_from(memberships, users)
    mine = columns.where(memberships.c.company_id == company_id, memberships.c.archived_at.is_not(None))
    return [
        FormerMember(row.id, row.email, row.name, Role(row.role), row.archived_at, row.archived_by)
        for row in c.execute(mine.order_by(memberships.c.archived_at.desc(), users.c.email))
    ]


def waiting(c: Connection, company_id: int) -> set[int]:
    """The ids of those people of the company who have not taken their invitation yet."""
    ids = select(users.c.id).join(memberships, memberships.c.user_id == users.c.id)
    not_yet = or_(memberships.c.accepted_at.is_(None), users.c.password_hash.is_(None))
    return set(c.execute(ids.where(_member_of(company_id), not_yet)).scalars())


def open_invitations(c: Connection, company_id: int, now: datetime) -> dict[int, datetime]:
    """Until when a one-time link of this company is open, by the id of the person who can use it."""
    ends = select(invitations.c.user_id, invitations.c.expires_at).where(invitations.c.company_id == company_id)
    fresh = ends.where(invitations.c.used_at.is_(None), invitations.c.expires_at > now)
    return {row.user_id: row.expires_at for row in c.execute(fresh)}


def set_password(c: Connection, user_id: int, password_hash: str) -> None:
    """A new password; it ends every session of the person and every open link that could set another one."""
    _set(c, user_id, password_hash=password_hash, session_epoch=users.c.session_epoch + 1)
    c.execute(delete(invitations).where(invitations.c.user_id == user_id, invitations.c.company_id.is_(None)))
    _end_resets(c, user_id)


def end_sessions(c: Connection, user_id: int) -> None:
    """Sign the person out everywhere."""
    _set(c, user_id, session_epoch=users.c.session_epoch + 1)


def set_role(c: Connection, user_id: int, company_id: int, role: Role, project_ids: Iterable[int] = ()) -> None:
    """Offer the person a place in the company, or change what they are there. ``project_ids`` are what a client sees.

    Somebody new has to ``accept``. Raises Refused when it would leave the company without an admin.
    """
    if role is not Role.ADMIN:
        _keep_an_admin(c, user_id, company_id)
    mine = select(memberships.c.accepted_at).where(memberships.c.user_id == user_id, _member_of(company_id))
    row = {"user_id": user_id, "company_id": company_id, "accepted_at": c.execute(mine).scalar()}
    _leave(c, user_id, company_id)
    c.execute(insert(memberships).values(**row, role=role.value))
    rows = [{"user_id": user_id, "company_id": company_id, "project_id": each} for each in sorted(set(project_ids))]
    if role is Role.CLIENT and rows:
        c.execute(insert(granted), rows)
    _revive(c, user_id)


def accept(c: Connection, user_id: int, company_id: int, now: datetime) -> None:
    """The offer opens the company. No other company's link can set this account's password any more."""
    mine = update(memberships).where(memberships.c.user_id == user_id, _member_of(company_id))
    if c.execute(mine.where(memberships.c.accepted_at.is_(None)).values(accepted_at=now)).rowcount:
        _end_resets(c, user_id)


def grants(c: Connection, user_id: int, company_id: int) -> set[int]:
    """The projects a client may see."""
    mine = select(granted.c.project_id).where(granted.c.user_id == user_id, granted.c.company_id == company_id)
    return set(c.execute(mine).scalars())


def archive(c: Connection, user_id: int, company_id: int, now: datetime, by: str = "") -> None:
    """The person leaves the company; with no company left the account closes. Raises Refused for the last admin.

    While another company still waits for them, the account stays for its link, which then sets a new password.
    """
    _keep_an_admin(c, user_id, company_id)
    c.execute(delete(granted).where(granted.c.user_id == user_id, granted.c.company_id == company_id))
    mine = update(memberships).where(memberships.c.user_id == user_id, _member_of(company_id))
    c.execute(mine.values(archived_at=now, archived_by=by))
    withdraw(c, user_id, company_id)
    user = by_id(c, user_id)
    if not user.companies and not user.operator:
        _set(c, user_id, archived_at=now, session_epoch=users.c.session_epoch + 1)
    elif not user.roles and not user.operator:
        _set(c, user_id, password_hash=None, session_epoch=users.c.session_epoch + 1)


def invite(c: Connection, user_id: int, company_id: int | None, token_hash: str, expires_at: datetime) -> None:
    """A one-time link of the company, None for that of whoever runs the installation. It replaces an earlier one."""
    withdraw(c, user_id, company_id)
    row = {"token_hash": token_hash, "user_id": user_id, "company_id": company_id}
    c.execute(insert(invitations).values(**row, expires_at=expires_at))


def withdraw(c: Connection, user_id: int, company_id: int | None) -> None:
    """A one-time link of the company that is still open stops working."""
    whose = invitations.c.company_id.is_not_distinct_from(company_id)
    c.execute(delete(invitations).where(invitations.c.user_id == user_id, whose))


def invited(c: Connection, token_hash: str, now: datetime) -> Invitation | None:
    """What this open link does, and for whom; None when it is unknown, used, too old, or would open more than its own."""
    row = c.execute(_open_invitation(token_hash, now)).first()
    if row is None:
        return None
    link = Invitation(_record(c, row), row.link_company, row.link_company is not None and _comes_with_password(c, row))
    return link if link.joins or _opens_only_its_own(link) else None


def take_invitation(c: Connection, token_hash: str, now: datetime, *, joins: bool) -> Invitation | None:
    """Use the invitation up, if it still does what was shown. Only the first of two callers gets it."""
    link = invited(c, token_hash, now)
    if link is None or link.joins is not joins:
        return None
    mine = update(invitations).where(invitations.c.token_hash == token_hash, invitations.c.used_at.is_(None))
    return link if c.execute(mine.values(used_at=now)).rowcount else None


def _comes_with_password(c: Connection, row: Row[Any]) -> bool:
    return row.password_hash is not None and row.link_company in _record(c, row).offered


def _opens_only_its_own(link: Invitation) -> bool:
    """Whoever sets the password can open everything the account opens."""
    others = set(link.user.roles) - {link.company_id}
    return link.company_id is None or (not others and not link.user.operator and link.company_id in link.user.companies)


def _end_resets(c: Connection, user_id: int) -> None:
    """Links to a company that is joined already could only set a password. Those to join another one stay."""
    joined = select(memberships.c.company_id).where(
        memberships.c.user_id == user_id, memberships.c.accepted_at.is_not(None)
    )
    mine = delete(invitations).where(invitations.c.user_id == user_id)
    c.execute(mine.where(invitations.c.company_id.in_(joined)))


def _open_invitation(token_hash: str, now: datetime) -> Select[Any]:
    mine = select(users, invitations.c.company_id.label("link_company"))
    mine = mine.join(invitations, invitations.c.user_id == users.c.id)
    fresh = mine.where(invitations.c.used_at.is_(None), invitations.c.expires_at > now)
    return fresh.where(invitations.c.token_hash == token_hash, users.c.archived_at.is_(None))


def _keep_an_admin(c: Connection, user_id: int, company_id: int) -> None:
    admins = select(memberships.c.user_id).join(users, users.c.id == memberships.c.user_id)
    admins = admins.where(_member_of(company_id), memberships.c.role == Role.ADMIN.value)
    admins = admins.where(memberships.c.accepted_at.is_not(None))
    left: Sequence[int] = c.execute(admins.where(users.c.archived_at.is_(None))).scalars().all()
    if list(left) == [user_id]:
        raise Refused(
            "This is the only admin of the company, so it has to stay one.", "Make somebody else admin first."
        )


def _member_of(company_id: int) -> ColumnElement[bool]:
    return and_(memberships.c.company_id == company_id, memberships.c.archived_at.is_(None))


def _leave(c: Connection, user_id: int, company_id: int) -> None:
    for table in (granted, memberships):
        c.execute(delete(table).where(table.c.user_id == user_id, table.c.company_id == company_id))


def _revive(c: Connection, user_id: int) -> None:
    """An archived person who is added again starts without a password, by invitation."""
    gone = update(users).where(users.c.id == user_id, users.c.archived_at.is_not(None))
    c.execute(gone.values(archived_at=None, password_hash=None))


def _set(c: Connection, user_id: int, **values: Any) -> None:
    c.execute(update(users).where(users.c.id == user_id).values(values))


def _plain(email: str) -> str:
    return email.strip().casefold()


def _record(c: Connection, row: Row[Any]) -> User:
    return _records(c, [row])[0]


def _records(c: Connection, rows: Sequence[Row[Any]]) -> list[User]:
    """People with their roles, in two queries whatever their number. What is not accepted is no role."""
    ids = [row.id for row in rows]
    mine = select(memberships).where(memberships.c.user_id.in_(ids), memberships.c.archived_at.is_(None))
    roles: dict[int, dict[int, Role]] = {each: {} for each in ids}
    offered: dict[int, dict[int, Role]] = {each: {} for each in ids}
    for row in c.execute(mine.order_by(memberships.c.company_id)):
        (offered if row.accepted_at is None else roles)[row.user_id][row.company_id] = Role(row.role)
    return [
        User(row.id, row.email, row.name, row.operator, roles[row.id], row.session_epoch, offered[row.id])
        for row in rows
    ]
