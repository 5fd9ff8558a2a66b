"""The one row about the installation: the code of the first run, and whether its address passed the self-checks."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from qbwc_bridge.records import Role
from qbwc_bridge.store import companies, installation, users
from qbwc_bridge.store.database import Database

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_only_the_newest_code_opens_and_only_once(database: Database) -> None:
    with database.begin() as c:
        assert not installation.opens_setup(c, "0" * 64)
        installation.open_setup(c, "0" * 64)
        installation.open_setup(c, "1" * 64)
        assert not installation.opens_setup(c, "0" * 64)
        assert installation.opens_setup(c, "1" * 64)
        assert not installation.take_setup(c, "0" * 64)
        assert installation.take_setup(c, "1" * 64)
        assert not installation.take_setup(c, "1" * 64)
        assert not installation.opens_setup(c, "1" * 64)


def test_of_several_who_take_the_code_at_once_one_gets_it_and_the_others_see_why(database: Database) -> None:
    with database.begin() as c:
        installation.open_setup(c, "1" * 64)
    together, seen = threading.Barrier(4), []

    def take(number: int) -> None:
        together.wait()
        with database.begin() as c:
            taken = installation.take_setup(c, "1" * 64)
            seen.append((taken, users.has_admin(c)))
            if taken:
                users.add(c, f"{number}@example.com", "", None, True, NOW)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [(False, True)] * 3 + [(True, False)]


@pytest.mark.parametrize(("role", "operator", "counts"), [
    (Role.ADMIN, False, True), (Role.STAFF, False, False), (Role.CLIENT, False, False), (None, True, True),
])  # fmt: skip
def test_who_counts_as_an_admin(database: Database, role: Role | None, operator: bool, counts: bool) -> None:
    with database.begin() as c:
        assert not users.has_admin(c)
        company = companies.add(c, "Acme", "acme", "0" * 64, "{A}", NOW).id
        user = users.add(c, "dana@example.com", "", None, operator, NOW).id
        if role:
            users.set_role(c, user, company, role)
        assert users.has_admin(c) is counts


def test_passed_checks_are_those_of_one_address_and_end_with_a_failure(database: Database) -> None:
    ours, other = "https://pay.example", "https://old.example"
    with database.begin() as c:
        assert installation.checks_passed_at(c, ours) is None
        installation.checked(c, ours, NOW)
        assert (installation.checks_passed_at(c, ours), installation.checks_passed_at(c, other)) == (NOW, None)
        installation.checked(c, ours, None)
        assert installation.checks_passed_at(c, ours) is None


def test_a_database_on_another_machine_says_what_time_it_is(database: Database) -> None:
    theirs = database.moment()
    if database.url.get_backend_name() == "sqlite":
        assert theirs is None
    else:
        assert theirs is not None
        assert abs(theirs - datetime.now(UTC)) < timedelta(minutes=1)  # the test's server runs here
