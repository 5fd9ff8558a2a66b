"""What QuickBooks says of itself with the first ``sendRequestXML``."""

from dataclasses import asdict
from pathlib import Path

import pytest

from qbwc_bridge.qbxml import Host, read_host

OWNER = "{6B063959-81B0-4622-85D6-F548C8CCB517}"
FILE = "{57F3B9B6-86F1-4FCC-B1FF-966DE1813D20}"
TEXT = (Path(__file__).parent.parent / "answers" / "introduction.xml").read_text(encoding="utf-8")


def around(inner: str) -> str:
    return f"<QBXML><QBXMLMsgsRs>{inner}</QBXMLMsgsRs></QBXML>"


def test_the_introduction_is_read() -> None:
    assert read_host(TEXT, OWNER) == Host(
        product="QuickBooks Enterprise Solutions: Contractor 24.0",
        country="US",
        versions=("1.0", "9.0", "13.0", "16.0"),
        company_name="Example & Sons Builders",
        file_id=FILE,
        multicurrency=True,
    )


@pytest.mark.parametrize("secret", ["12-3456789", "078-05-1120"], ids=["EIN", "SSN"])
def test_the_companys_numbers_are_in_the_text_and_never_in_the_record(secret: str) -> None:
    assert secret in TEXT
    assert secret not in repr(asdict(read_host(TEXT, OWNER)))


def test_the_file_id_of_another_application_is_not_ours() -> None:
    assert read_host(TEXT, "{00000000-0000-4000-8000-000000000000}").file_id == ""


def test_a_lone_company_answer_is_enough() -> None:
    lone = around(TEXT[TEXT.index("<CompanyQueryRs") : TEXT.index("<PreferencesQueryRs")])
    assert read_host(lone, OWNER) == Host(company_name="Example & Sons Builders", file_id=FILE)


def test_illegal_characters_do_not_hide_the_file() -> None:
    assert read_host(TEXT.replace("Example", "Exam\x0b&#x1f;ple"), OWNER).company_name == "Example & Sons Builders"


def test_one_version_alone_is_a_list_of_one() -> None:
    lone = around("<HostQueryRs><HostRet><SupportedQBXMLVersion>13.0</SupportedQBXMLVersion></HostRet></HostQueryRs>")
    assert read_host(lone, OWNER).versions == ("13.0",)


DOCTYPE = '<!DOCTYPE QBXML [<!ENTITY a "boom">]>'
NOTHING = [
    "",
    "<a/>",
    "<QBXML/>",
    around(""),
    around("<HostQueryRs/><CompanyQueryRs statusCode='500'/>"),
    "   ",
    "Sorry, QuickBooks is closed.",
    "<QBXML>text</QBXML>",
    around("text"),
    around("<HostQueryRs><HostRet>text</HostRet></HostQueryRs>"),
    around("<CompanyQueryRs><CompanyRet><DataExtRet>x</DataExtRet></CompanyRet></CompanyQueryRs>"),
    around("</QBXMLMsgsRs><QBXMLMsgsRs>"),
    around("<HostQueryRs><HostRet/><HostRet/></HostQueryRs>"),
    DOCTYPE + TEXT.partition("?>")[2],
    "<!--<QBXML-->" + DOCTYPE + TEXT.partition("?>")[2],
]


@pytest.mark.parametrize("text", NOTHING)
def test_a_text_nobody_can_read_is_a_quickbooks_that_said_nothing(text: str) -> None:
    assert read_host(text, OWNER) == Host()


@pytest.mark.parametrize("text", [TEXT, "<QBXML>" * 100_000, TEXT[:700], TEXT.replace("</", "<"), "\ud800" + TEXT])
def test_no_text_however_broken_stops_the_conversation(text: str) -> None:
    assert isinstance(read_host(text, OWNER), Host)


@pytest.mark.parametrize("cut", [100, 500, 900])
def test_a_cut_text_never_tells_a_file_it_does_not_hold(cut: int) -> None:
    assert read_host(TEXT[:cut], OWNER).file_id == ""
