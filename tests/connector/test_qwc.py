"""The .qwc file and the secrets that go with it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from lxml import etree

from qbwc_bridge.connector import credentials, qwc
from qbwc_bridge.records import Company

GUID = re.compile(r"\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}")
ACME = Company(
    id=1,
    name="O'Brien & Söhne <West>",
    connector_user="acme & co",
    owner_id="{6f1c2b44-5a0e-4a55-9d1e-0f6a7b3c9d21}",
    file_id="{c2a9d7f0-31b8-4d0c-8e57-74e5b1a0f8c3}",
    client_payments_default=False,
    daily_at=time(2),
    timezone="UTC",
    created_at=datetime(2026, 1, 5, tzinfo=UTC),
)


def elements(company: Company, public_url: str = "https://books.example.com") -> dict[str, str | None]:
    root = etree.fromstring(qwc.qwc(company, public_url, 15))
    assert root.tag == "QBWCXML"
    return {element.tag: element.text for element in root.iter() if not len(element)}


def test_every_element_the_web_connector_wants() -> None:
    assert elements(ACME) == {
        "AppName": "qbwc-bridge - O'Brien & Söhne <West>",
        "AppID": None,
        "AppURL": "https://books.example.com/qbwc",
        "AppDescription": "Shows the payments QuickBooks has for O'Brien & Söhne <West>",
        "AppSupport": "https://books.example.com/support",
        "CertURL": "https://books.example.com/support",
        "UserName": "acme & co",
        "OwnerID": ACME.owner_id,
        "FileID": ACME.file_id,
        "QBType": "QBFS",
        "RunEveryNMinutes": "15",
        "PersonalDataPref": "pdpNotNeeded",
        "UnattendedModePref": "umpOptional",
        "IsReadOnly": "false",
        "Notify": "false",
    }


def test_the_file_is_the_same_each_time_utf8_and_without_bom() -> None:
    first = qwc.qwc(ACME, "http://localhost:8765", 15)
    assert first == qwc.qwc(ACME, "http://localhost:8765", 15)
    assert first.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<QBWCXML>')
    assert "Söhne".encode() in first
    assert b"CertURL" not in first


def test_a_long_name_is_cut_where_the_web_connector_wants_at_most_80() -> None:
    description = elements(replace(ACME, name="x" * 200))["AppDescription"]
    assert description is not None
    assert len(description) == 80


@pytest.mark.parametrize(
    ("name", "file"),
    [("Acme", "Acme.qwc"), ('A/B: "C" <d>', "A B C d.qwc"), ("Söhne & Co.", "Söhne Co.qwc"), ("??", "company.qwc")],
)
def test_the_download_has_a_name_windows_accepts(name: str, file: str) -> None:
    assert qwc.file_name(replace(ACME, name=name)) == file


def test_the_sample_in_the_repository_is_what_the_code_writes() -> None:
    assert (Path(__file__).parents[2] / "app.qwc").read_bytes() == qwc.sample()


@pytest.mark.parametrize("url", ["http://localhost:8765", "https://books.example.com", "https://pc-17:8443"])
def test_addresses_the_web_connector_accepts(url: str) -> None:
    assert qwc.problems(url) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://books.example.com", "QBWC1010"),
        ("https://192.0.2.7", "QBWC1001"),
        ("https://[2001:db8::7]:8443", "QBWC1001"),
        ("https://developer.intuit.com", "Intuit"),
        ("https://books.example.com/bridge", "without a path"),
        ("books.example.com", "https://"),
    ],
)
def test_addresses_it_refuses_and_why(url: str, words: str) -> None:
    assert words in " ".join(qwc.problems(url))


def test_a_connector_password_is_strong_and_can_be_typed() -> None:
    passwords = {credentials.new_password() for _ in range(50)}
    assert len(passwords) == 50
    for password in passwords:
        assert re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){6}", password)
        assert len(password.replace("-", "")) * 5 >= 128


def test_only_the_right_password_matches_with_white_space_around_it_or_not() -> None:
    stored = credentials.password_hash("abcd-efgh")
    assert re.fullmatch("[0-9a-f]{64}", stored)
    assert credentials.matches("abcd-efgh", stored)
    assert credentials.matches(" abcd-efgh\r\n", stored)
    assert not credentials.matches("ABCD-EFGH", stored)
    assert not credentials.matches("", stored)


def test_tokens_and_guids() -> None:
    token = credentials.new_token()
    assert re.fullmatch(r"[\w-]{43}", token)
    assert credentials.token_hash(token) == credentials.token_hash(token) != credentials.token_hash(token + " ")
    assert GUID.fullmatch(credentials.new_guid())
