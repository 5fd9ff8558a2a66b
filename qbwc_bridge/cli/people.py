"""``user add`` and ``user reset``."""

from collections.abc import Sequence
from pathlib import Path

import click

from qbwc_bridge.cli.desk import Desk, at_desk
from qbwc_bridge.cli.typed import PASSWORD_FILE, email_address, new_password_in
from qbwc_bridge.connector import people
from qbwc_bridge.errors import InvalidValue, NameTaken, NotFound
from qbwc_bridge.records import Company, Deed, Role, User
from qbwc_bridge.store import audit, companies, projects, users
from qbwc_bridge.store.database import Connection
from qbwc_bridge.web import passwords


@click.command
@click.argument("name")
@click.argument("email", type=email_address)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--project", "chosen", multiple=True, metavar="P", help="What a client sees; may be repeated.")
@click.option("--password-file", type=PASSWORD_FILE, metavar="F", help="First line: the password. Else an invitation.")
@at_desk
def add(desk: Desk, name: str, email: str, role: str, chosen: Sequence[str], password_file: Path | None) -> None:
    """Without --password-file it prints a one-time link, with which the person chooses a password, or, with an account here
    already, signs in and joins."""
    if chosen and role != Role.CLIENT:
        raise click.UsageError("--project is for clients: staff and admins see every project.")
    password = new_password_in(password_file) if password_file else ""
    with desk.writing() as c:
        company = companies.by_name(c, name)
        granted = [projects.by_name(c, company.id, project).id for project in chosen]
        user = _user(c, desk, email, password, company)
        people.give_role(c, company.id, user, Role(role), granted, desk.person, desk.now)
        if password:
            users.accept(c, user.id, company.id, desk.now)  # a new account: _user refuses a password for any other
            audit.add(c, company.id, desk.person, Deed.PASSWORD_CHOSEN, user.email, desk.now)
        token = "" if password or user.operator else people.first_link(c, company.id, user, desk.now)
    click.echo(
        f"{user.email} {'will be' if token else 'is'} {role} of {company.name}{' with this link' if token else ''}."
    )
    if token:
        _show_link(desk, token)


@click.command
@click.argument("email", type=email_address)
@at_desk
def reset(desk: Desk, email: str) -> None:
    """It prints a one-time link. Until somebody takes it the old password opens the site."""
    with desk.writing() as c:
        user = users.by_email(c, email)
        if user is None or not (user.companies or user.operator):  # an archived account opens with no link
            raise NotFound(f"Nobody has an account with the email {email}.", "qbwc-bridge user add invites a person.")
        token = people.reset(c, user, desk.person, desk.now)
    click.echo(f"{user.email} chooses another password with this link.")
    _show_link(desk, token)


def _show_link(desk: Desk, token: str) -> None:
    address = f"{desk.config.server.public_url}/invite/{token}"
    click.echo(f"One-time link, good for {people.OPEN_FOR.days} days: {address}")


def _user(c: Connection, desk: Desk, email: str, password: str, company: Company) -> User:
    hashed = passwords.hashed(password) if password else None
    known = users.by_email(c, email)
    if known is None:
        return users.add(c, email, "", hashed, False, desk.now)
    if known.listed_as(company.id):
        raise NameTaken(f"{email} belongs to {company.name} already.", "Roles are changed under Settings, Users.")
    if password:
        raise InvalidValue("password-file", f"{email} has an account and a password of its own already.")
    return known
