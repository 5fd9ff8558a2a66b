"""Every code has words; the lists here are copied from the references, so that none is forgotten."""

from decimal import Decimal

import pytest

from qbwc_bridge.connector import outcomes
from qbwc_bridge.records import CompanyFile, Tally


def words(text: str) -> list[str]:
    return text.split()


HRESULTS = words("""
0x80040400 0x80040401 0x80040402 0x80040403 0x80040406 0x80040408 0x8004040A 0x8004040D 0x80040410 0x80040414
0x80040416 0x80040417 0x80040418 0x8004041A 0x8004041B 0x8004041C 0x8004041D 0x8004041E 0x8004041F 0x80040420
0x80040421 0x80040422 0x80040423 0x80040424 0x80040427 0x8004042A 0x8004042C 0x80040154 0x80010105 0x800706BA
""")
STATUSES = words("""
0 1 500 501 510 530 531 550 560 570 600 1000 1010 1030 1060 3000 3010 3020 3030 3031 3035 3040 3070 3100 3120 3130 3140
3150 3160 3161 3170 3171 3175 3176 3180 3200 3210 3220 3231 3250 3260 3261 3262 3263 3264 3270 3391
""")
WEB_CONNECTOR = [f"QBWC{number}" for number in (*range(1000, 1047), 1048, 1051, 1085)]
OURS = words("""
wrong-company-file copied-company-file company-file-unknown qbxml-too-old customer-gone answer-unreadable totals-differ
counts-differ abandoned no-permission session-expired held database-away internal
""")
EXPECTED = CompanyFile("Acme", r"C:\Books\Acme.QBW")
FOUND = CompanyFile("Acme (copy)", r"D:\Acme.QBW")


@pytest.mark.parametrize("code", [*HRESULTS, *STATUSES, *WEB_CONNECTOR, *OURS])
def test_a_known_code_has_a_sentence_a_cause_and_who_does_what(code: str) -> None:
    known = outcomes.outcome(code)
    assert known.code == code
    assert known.sentence.endswith(".")
    assert known.cause
    assert known.cause != "not known"
    assert known.who.endswith(".")
    assert code not in known.sentence  # a person reads the sentence; the code stands beside it
    failure = outcomes.failure(code.upper())
    assert (failure.code, failure.sentence, failure.hint) == (code, known.sentence, known.who)


def test_the_table_has_exactly_these_codes_once() -> None:
    codes = [outcome.code for outcome in outcomes.table()]
    assert sorted(codes) == sorted([*HRESULTS, *STATUSES, *WEB_CONNECTOR, *OURS])


@pytest.mark.parametrize("code", ["0x8004FFFF", "9999", "QBWC2000", "something-new"])
def test_an_unknown_code_gets_a_true_sentence_that_names_it(code: str) -> None:
    failure = outcomes.failure(code)
    assert code in failure.sentence
    assert failure.hint


def test_what_quickbooks_itself_said_is_quoted_on_one_line() -> None:
    failure = outcomes.failure("0x80040421", "Back up\r\n your file ")
    assert failure.sentence.endswith('The message was: "Back up your file"')


@pytest.mark.parametrize("code", HRESULTS)
def test_only_a_missing_or_other_file_is_worth_trying_the_open_one(code: str) -> None:
    worth = code in ("0x80040403", "0x80040406", "0x8004040A")
    assert outcomes.retry_connection(code) is worth
    assert outcomes.retry_connection(code.lower()) is worth
    assert not outcomes.retry_connection("0x8004FFFF")


def test_another_company_file_is_named_with_the_expected_one() -> None:
    for failure in (outcomes.wrong_company_file(EXPECTED, FOUND), outcomes.copied_company_file(EXPECTED, FOUND)):
        for word in (EXPECTED.name, EXPECTED.path, FOUND.name, FOUND.path, "Nothing was read"):
            assert word in failure.sentence
        assert failure.hint
    first = outcomes.wrong_company_file(None, FOUND)
    assert FOUND.path in first.sentence
    assert ".qwc" in first.hint


def test_our_own_failures_name_what_they_are_about() -> None:
    assert outcomes.company_file_unknown().code == "company-file-unknown"
    assert "qbXML 4.0" in outcomes.qbxml_too_old("4.0", "5.0").sentence
    assert "Smith:Kitchen" in outcomes.customer_gone("Smith:Kitchen").sentence
    assert "line 3" in outcomes.answer_unreadable("line 3").sentence
    differ = outcomes.totals_differ(Tally(9, Decimal(182400)), Tally(8, Decimal(170400))).sentence
    assert "9 payments of 182,400.00" in differ
    assert "8 payments of 170,400.00" in differ
    assert outcomes.abandoned().code == "abandoned"
    assert "customers" in outcomes.no_permission("customers").sentence
