"""The first admin, invitations, and passwords, by command."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from office import Office

from qbwc_bridge.connector import credentials
from qbwc_bridge.store import audit, users
from qbwc_bridge.store.database import Database

Run = Callable[..., Result]
Read = Callable[..., dict[str, Any]]


def password_file(folder: Path, password: str = "correct horse battery") -> str:
    file = folder / "password"
    file.write_text(password + "\nnot this line\n", "utf-8")
    return str(file)


def test_init_makes_schema_key_and_admin_and_is_safe_to_repeat(run: Run, tmp_path: Path) -> None:
    words = ("init", "--admin-email", "dana@example.com", "--admin-password-file", password_file(tmp_path))
    run(*words)
    database = Database(f"sqlite:///{tmp_path / 'bridge.db'}")
    with database.read() as c:
        before = users.credentials(c, "dana@example.com")
        user = users.by_email(c, "dana@example.com")
    key = (tmp_path / "key").read_bytes()
    password_file(tmp_path, "another password entirely")
    again = run(*words)
    with database.read() as c:
        assert users.credentials(c, "dana@example.com") == before
    database.close()
    assert user is not None
    assert user.operator
    assert (tmp_path / "key").read_bytes() == key
    assert "left as it is" in again.stdout


@pytest.mark.skipif(os.name != "posix", reason="Windows has no file modes")
def test_only_the_owner_reads_the_secret_key(run: Run, tmp_path: Path) -> None:
    run("init")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_init_without_password_gives_a_one_time_link(run: Run) -> None:
    assert "http://localhost:8765/invite/" in run("init", "--admin-email", "dana@example.com").stdout


def test_a_weak_password_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("init", "--admin-email", "d@example.com", "--admin-password-file", password_file(tmp_path, "short"),
                 status=1)  # fmt: skip
    assert "too short" in result.stderr


def test_a_client_is_invited_to_their_projects(office: Office, run: Run) -> None:
    run("project", "add", "Acme", "Deck")
    result = run("user", "add", "Acme", "Pat@Example.com", "--role", "client", "--project", "Deck")
    token = result.stdout.rsplit("/invite/", 1)[1].strip()
    with office.database.read() as c:
        link = users.invited(c, credentials.token_hash(token), office.clock())
        assert link is not None
        user = link.user
        assert (link.company_id, link.joins, user.roles) == (office.company.id, False, {})
        assert user.email == "pat@example.com"
        assert len(users.grants(c, user.id, office.company.id)) == 1
    assert (
        "belongs to Acme already" in run("user", "add", "Acme", "pat@example.com", "--role", "staff", status=1).stderr
    )


def test_a_lost_password_is_replaced_with_a_link(office: Office, run: Run, tmp_path: Path) -> None:
    run("user", "add", "Acme", "s@example.com", "--role", "admin", "--password-file", password_file(tmp_path))
    with office.database.read() as c:
        before = users.credentials(c, "s@example.com")
    token = run("user", "reset", "S@example.com").stdout.rsplit("/invite/", 1)[1].strip()
    with office.database.begin() as c:
        assert users.credentials(c, "s@example.com") == before
        link = users.invited(c, credentials.token_hash(token), office.clock())
        assert link is not None
        assert (link.company_id, link.joins, link.user.email) == (None, False, "s@example.com")
        assert audit.listing(c, office.company.id)[0].what == "password reset link made"
    assert "Nobody has an account" in run("user", "reset", "x@example.com", status=1).stderr


def test_a_closed_account_gets_no_link(office: Office, run: Run, tmp_path: Path) -> None:
    for email in ("s@example.com", "t@example.com"):
        run("user", "add", "Acme", email, "--role", "admin", "--password-file", password_file(tmp_path))
    with office.database.begin() as c:
        gone = users.by_email(c, "s@example.com")
        assert gone is not None
        users.archive(c, gone.id, office.company.id, office.clock())
    assert "Nobody has an account" in run("user", "reset", "s@example.com", status=1).stderr


def test_a_reset_ends_with_any_new_password(office: Office, run: Run, tmp_path: Path) -> None:
    run("user", "add", "Acme", "s@example.com", "--role", "admin", "--password-file", password_file(tmp_path))
    token = run("user", "reset", "s@example.com").stdout.rsplit("/invite/", 1)[1].strip()
    with office.database.begin() as c:
        user = users.by_email(c, "s@example.com")
        assert user is not None
        users.set_password(c, user.id, "another hash")
        assert users.invited(c, credentials.token_hash(token), office.clock()) is None


def test_projects_are_only_given_to_clients(office: Office, run: Run) -> None:
    run("user", "add", "Acme", "p@example.com", "--role", "staff", "--project", "Deck", status=2)


def test_a_person_with_a_password_needs_no_link(office: Office, run: Run, tmp_path: Path) -> None:
    words = ("user", "add", "Acme", "s@example.com", "--role", "staff", "--password-file", password_file(tmp_path))
    assert "invite" not in run(*words).stdout
    with office.database.read() as c:
        user = users.by_email(c, "s@example.com")
    assert user is not None
    assert set(user.roles) == {office.company.id}


def test_who_has_an_account_elsewhere_joins_by_link(office: Office, run: Run, tmp_path: Path) -> None:
    run("company", "add", "Zenith", "--connector-user", "zenith")
    run("user", "add", "Zenith", "s@example.com", "--role", "staff", "--password-file", password_file(tmp_path))
    token = run("user", "add", "Acme", "s@example.com", "--role", "staff").stdout.rsplit("/invite/", 1)[1].strip()
    with office.database.read() as c:
        link = users.invited(c, credentials.token_hash(token), office.clock())
    assert link is not None
    assert link.joins
    assert office.company.id not in link.user.roles
