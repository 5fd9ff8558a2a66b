"""Tokens of programs: made and revoked by admins, each shown once."""

import re
from datetime import timedelta

import pytest
from web.cast import NOW, Cast, Visitor

from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.store import tokens

PAGE = "/settings/programs"
TOKEN = re.compile(r'value="(qbwc_[A-Za-z0-9]{40})"')


def made(admin: Visitor, name: str = "Statement") -> str:
    """The token, from the page that shows it."""
    answer = admin.post(PAGE, {"name": name})
    assert answer.status_code == 200
    found = TOKEN.findall(answer.text)
    assert len(found) == 1, answer.text
    return str(found[0])


def reads(visitor: Visitor, token: str) -> int:
    return visitor.get("/api/v1/projects", headers={"Authorization": f"Bearer {token}"}).status_code


def test_before_the_first_token_the_page_says_how_a_program_reads(admin: Visitor) -> None:
    page = admin.get(PAGE).text
    assert "No program reads your payments yet." in page
    assert 'curl --header "Authorization: Bearer qbwc_…" http://localhost:8765/api/v1/projects' in page
    assert "http://localhost:8765/api/v1/openapi.json" in page


def test_a_token_is_shown_once_and_opens_the_company(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    token = made(admin)
    assert reads(stranger, token) == 200
    page = admin.get(PAGE).text
    assert token not in page
    for words in ("Statement", "1 token.", "by Dana", "today 3:04 pm"):
        assert words in page, words


def test_only_a_hash_is_kept(cast: Cast, admin: Visitor) -> None:
    token = made(admin)
    rows = cast.database.engine.raw_connection().cursor().execute("select * from tokens").fetchall()
    assert token_hash(token) in repr(rows)
    assert token not in repr(rows)


def test_two_tokens_differ_even_by_the_same_name(admin: Visitor) -> None:
    assert made(admin) != made(admin)
    assert "2 tokens." in admin.get(PAGE).text


@pytest.mark.parametrize(
    ("name", "sentence"), [("", "Give it the name"), (" ", "Give it the name"), ("x" * 101, "too long")]
)
def test_a_token_needs_a_name(admin: Visitor, name: str, sentence: str) -> None:
    answer = admin.post(PAGE, {"name": name})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{name}"' in answer.text
    assert "No program reads your payments yet." in answer.text


def test_the_last_use_is_noted_at_most_once_an_hour(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    def noted() -> object:
        with cast.database.read() as c:
            return tokens.by_id(c, cast.acme, 1).last_used_at

    token = made(admin)
    assert "never" in admin.get(PAGE).text
    assert noted() is None
    assert reads(stranger, token) == 200
    assert noted() == NOW
    cast.clock.advance(minutes=59)
    assert reads(stranger, token) == 200
    assert noted() == NOW
    cast.clock.advance(minutes=1)
    assert reads(stranger, token) == 200
    assert noted() == NOW + timedelta(hours=1)
    assert "today 4:04 pm" in admin.get(PAGE).text


def test_revoking_asks_first_and_works_at_once(admin: Visitor, stranger: Visitor) -> None:
    token = made(admin)
    asked = admin.get(f"{PAGE}/1/revoke").text
    assert "Revoke the token of Statement?" in asked
    assert reads(stranger, token) == 200
    assert "The token of Statement is revoked." in admin.follow(f"{PAGE}/1/revoke").text
    assert reads(stranger, token) == 401
    page = admin.get(PAGE).text
    assert "revoked today 3:04 pm" in page
    assert f"{PAGE}/1/revoke" not in page


def test_revoking_twice_keeps_the_first_moment(cast: Cast, admin: Visitor) -> None:
    made(admin)
    admin.post(f"{PAGE}/1/revoke")
    cast.clock.advance(hours=1)
    assert admin.post(f"{PAGE}/1/revoke").status_code == 303
    with cast.database.read() as c:
        assert tokens.by_id(c, cast.acme, 1).revoked_at == NOW


def test_open_tokens_come_first(admin: Visitor) -> None:
    for name in ("Oldest", "Middle", "Newest"):
        made(admin, name)
    admin.follow(f"{PAGE}/3/revoke")
    page = admin.get(PAGE).text
    assert page.index("Middle") < page.index("Oldest") < page.index("Newest")


def test_an_outsider_neither_sees_nor_revokes_it(admin: Visitor, outsider: Visitor, stranger: Visitor) -> None:
    token = made(admin)
    assert "Statement" not in outsider.get(PAGE).text
    assert outsider.get(f"{PAGE}/1/revoke").status_code == 404
    assert outsider.post(f"{PAGE}/1/revoke").status_code == 404
    assert reads(stranger, token) == 200


@pytest.mark.parametrize("who", ["staff", "client"])
def test_only_admins_make_tokens(cast: Cast, request: pytest.FixtureRequest, who: str) -> None:
    visitor: Visitor = request.getfixturevalue(who)
    assert visitor.get(PAGE).status_code == 403
    assert visitor.post(PAGE, {"name": "Mine"}).status_code == 403
    with cast.database.read() as c:
        assert tokens.listing(c, cast.acme) == []


def test_the_audit_says_who_made_and_revoked_it(cast: Cast, admin: Visitor) -> None:
    token = made(admin)
    admin.post(f"{PAGE}/1/revoke")
    page = admin.get("/settings/audit").text
    assert page.index("API token revoked") < page.index("API token made", page.index("<tbody>"))
    assert token not in page
