"""Answers in ``tests/answers``, one per oddity, as records; and texts that are no answer at all."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from qbwc_bridge.errors import AnswerUnreadable
from qbwc_bridge.qbxml import read_answers
from qbwc_bridge.records import Answer, Application, CustomerJob, Invoice, Payment

ANSWERS = Path(__file__).parent.parent / "answers"
INVOICE_21 = Application("4EB8-1740000000", "Invoice", Decimal("300.00"), "21")
PLAIN = Payment(
    txn_id="4ECE-1741018000",
    list_id="80000017-1331869840",
    received_from="Acme:Job 12",
    date=date(2025, 3, 3),
    total=Decimal("399.77"),
    unused=Decimal("99.77"),
    method="Check",
    ref_number="10456",
    memo="Inv 21",
    time_modified="2025-03-03T11:06:40",
    edit_sequence="1741018000",
    applications=(INVOICE_21,),
)
ZERO = Decimal("0.00")
PAYMENTS = {
    "plain": PLAIN,
    "no-decimals": PLAIN._replace(
        total=Decimal("400.00"),
        unused=Decimal("100.00"),
        applications=(INVOICE_21._replace(ref_number=""),),
    ),
    "nothing-optional": PLAIN._replace(ref_number="", method="", memo="", unused=ZERO, applications=()),
    "empty-elements": PLAIN._replace(ref_number="", memo="", unused=ZERO, applications=()),
    "void": PLAIN._replace(
        txn_id="4EA0-1739990000",
        total=ZERO,
        unused=ZERO,
        memo="VOID: entered twice",
        ref_number="",
        method="",
        voided=True,
        applications=(),
    ),
    "zero-but-not-void": PLAIN._replace(total=ZERO, unused=ZERO, memo="Avoid: credit applied", applications=()),
    "unknown-enum": PLAIN._replace(
        applications=(
            Application("4EB8-1740000000", "TransferInventory", Decimal("100.00")),
            Application("4EB8-1740000001", "Invoice", Decimal("200.00")),
        ),
    ),
    "control-characters": PLAIN._replace(memo="abcde"),
    "accents": PLAIN._replace(
        received_from="Caf\u00e9 \u00dcbermut:Job \u2013 12", memo="d\u00e9j\u00e0 pay\u00e9 \u20ac"
    ),
    "numeric-references": PLAIN._replace(
        received_from="Caf\u00e9 \u00dcbermut:Job & Sons", memo="<b> \"q\" 'a' \u20ac"
    ),
    "multicurrency": PLAIN._replace(currency="Canadian Dollar"),
    "linked-transactions": PLAIN,
    "old-build-summer-offset": PLAIN._replace(time_modified="2014-07-03T11:06:40"),
    "more-pages": PLAIN,
}


def read(name: str) -> list[Answer]:
    return read_answers((ANSWERS / f"{name}.xml").read_text(encoding="utf-8"))


def one_payment(inner: str, attributes: str = 'statusCode="0"') -> str:
    return (
        f'<QBXML><QBXMLMsgsRs><ReceivePaymentQueryRs requestID="1" {attributes}><ReceivePaymentRet><TxnID>1</TxnID>'
        f"<CustomerRef><ListID>2</ListID></CustomerRef>{inner}</ReceivePaymentRet></ReceivePaymentQueryRs>"
        "</QBXMLMsgsRs></QBXML>"
    )


def with_amount(amount: str) -> str:
    return one_payment(f"<TxnDate>2026-03-03</TxnDate><TotalAmount>{amount}</TotalAmount>")


@pytest.mark.parametrize("name", PAYMENTS)
def test_a_payment_is_read_from_a_recorded_answer(name: str) -> None:
    (answer,) = read(name)
    assert answer.rows == (PAYMENTS[name],)


def test_foreign_elements_are_passed_over() -> None:
    ghost, payments = read("foreign-elements")
    assert (ghost.request_id, ghost.rows) == ("9.1", ())
    assert payments.rows == (PLAIN,)


def test_customers_and_jobs_are_read_active_or_not() -> None:
    (answer,) = read("customers")
    top = "80000016-1331869801"
    assert answer.rows == (
        CustomerJob(top, "Caf\u00e9 Acme", "Caf\u00e9 Acme"),
        CustomerJob("80000017-1331869840", "Job 12", "Caf\u00e9 Acme:Job 12", top, False, "Canadian Dollar"),
        CustomerJob("80000018-1331869841", "Bare", "Bare"),
    )


STATUSES = {
    "plain": (0, "Info", 1, "", None),
    "more-pages": (0, "Info", 1, "{eb05f701-e727-472f-8ade-6753c4f67a46}", 37),
    "status-1-nothing-found": (1, "Info", 0, "", None),
    "status-500-some-not-found": (500, "Warn", 1, "", None),
    "status-3120-object-not-found": (3120, "Error", 0, "", None),
    "status-3391-iterator-invalid": (3391, "Error", 0, "", None),
}


@pytest.mark.parametrize("name", STATUSES)
def test_the_status_of_an_answer_is_read(name: str) -> None:
    (answer,) = read(name)
    found = (answer.status_code, answer.severity, len(answer.rows), answer.iterator_id, answer.remaining)
    assert found == STATUSES[name]


def test_the_message_of_a_status_is_read_in_clear() -> None:
    (answer,) = read("status-3120-object-not-found")
    assert answer.message == 'Object "80000099-1" specified in the request cannot be found.'


def test_an_invoice_names_its_job() -> None:
    (answer,) = read("status-500-some-not-found")
    assert answer.rows == (Invoice("4EB8-1740000000", "80000017-1331869840", "21"),)


def test_the_sample_of_the_reference_is_read_whole() -> None:
    answers = {answer.request_id: answer for answer in read("reference-section-8")}
    assert list(answers) == ["company", "activity", "cust", "pay", "refund", "del", "count"]
    posted, void = answers["pay"].rows
    assert (posted.total, posted.unused, posted.memo) == (
        Decimal("399.77"),
        Decimal("99.77"),
        "Inv 21 & on account",
    )
    assert posted.applications == (INVOICE_21,)
    assert (void.voided, void.total) == (True, ZERO)
    assert (answers["pay"].remaining, answers["refund"].status_code) == (37, 1)


def test_every_recorded_answer_is_tested() -> None:
    elsewhere = {"customers", "foreign-elements", "introduction", "reference-section-8"}
    assert {path.stem for path in ANSWERS.glob("*.xml")} == PAYMENTS.keys() | STATUSES.keys() | elsewhere


def test_a_huge_memo_is_read_whole() -> None:
    memo = "m" * 11_000_000  # above the ten million at which XML parsers stop by default
    (answer,) = read_answers(
        with_amount("1.00").replace("</ReceivePaymentRet>", f"<Memo>{memo}</Memo></ReceivePaymentRet>")
    )
    assert len(answer.rows[0].memo) == len(memo)


@pytest.mark.parametrize(
    "declaration", ['<?xml version="1.0" ?>', '<?xml version="1.0" encoding="utf-16"?>', "\ufeff", "\n"]
)
def test_the_declaration_does_not_matter_since_the_text_is_decoded(declaration: str) -> None:
    (answer,) = read_answers(declaration + with_amount("1.00"))
    assert len(answer.rows) == 1


def test_a_missing_status_is_not_read_as_good() -> None:
    with pytest.raises(AnswerUnreadable, match="statusCode"):
        read_answers("<QBXML><QBXMLMsgsRs><X/></QBXMLMsgsRs></QBXML>")


# Money ----------------------------------------------------------------------------------------------------------------

AMOUNTS = {"10": "10.00", "10.00": "10.00", "-12.34": "-12.34", "+5.00": "5.00", "9999999999999.99": "9999999999999.99"}


@pytest.mark.parametrize("text", AMOUNTS)
def test_an_amount_is_read_to_the_cent(text: str) -> None:
    assert str(read_answers(with_amount(text))[0].rows[0].total) == AMOUNTS[text]


NOT_MONEY = [
    "NaN", "sNaN", "Infinity", "-Infinity", "12.345", "1,000.00", "1E-3", "0x10", "ten", "1 000", "--1", "", "  ",
    "1e9", "1_000.00", "\u0661\u0662.00", "12<b/>34.00", "99999999999999999999999.99", "1.5", "1.", ".50", "+-1",
    "1.00\n2.00", "\uff11.00", "\u22121.00",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_MONEY)
def test_what_is_no_amount_makes_the_answer_unreadable(text: str) -> None:
    with pytest.raises(AnswerUnreadable, match="Nothing was changed"):
        read_answers(with_amount(text))


@pytest.mark.parametrize("between", ["<!-- -->", "<?a b?>", "<![CDATA[]]>"])
def test_a_comment_inside_an_amount_does_not_cut_it(between: str) -> None:
    assert read_answers(with_amount(f"12{between}34.00"))[0].rows[0].total == Decimal("1234.00")


@pytest.mark.parametrize("day", ["", "2026-02-30", "03/03/2026", "tomorrow"])
def test_what_is_no_date_makes_the_answer_unreadable(day: str) -> None:
    with pytest.raises(AnswerUnreadable):
        read_answers(one_payment(f"<TxnDate>{day}</TxnDate><TotalAmount>1.00</TotalAmount>"))


@pytest.mark.parametrize("missing", ["<TxnID>1</TxnID>", "<ListID>2</ListID>", "<TotalAmount>1.00</TotalAmount>"])
def test_a_payment_without_what_it_needs_makes_the_answer_unreadable(missing: str) -> None:
    with pytest.raises(AnswerUnreadable):
        read_answers(with_amount("1.00").replace(missing, ""))


# Hostile --------------------------------------------------------------------------------------------------------------

GOOD = with_amount("1.00")
DOCTYPE = '<!DOCTYPE QBXML [<!ENTITY a "boom">]>'
HOSTILE = {
    "a DOCTYPE": DOCTYPE + GOOD,
    "a DOCTYPE after the declaration": '<?xml version="1.0"?>\n' + DOCTYPE + GOOD,
    "an external DOCTYPE": '<!DOCTYPE QBXML SYSTEM "file:///etc/passwd">' + GOOD,
    "an undeclared entity": GOOD.replace("<TxnDate>", "<Memo>&boom;</Memo><TxnDate>"),
    "cut off": GOOD[:-20],
    "cut off in a tag": GOOD[:100],
    "nothing": "",
    "not XML": "Sorry, QuickBooks is closed.",
    "HTML": "<html><body>Proxy error</body></html>",
    "a request": '<QBXML><QBXMLMsgsRq onError="stopOnError"/></QBXML>',
    "another root": GOOD.replace("QBXML>", "OTHER>"),
    "two roots": GOOD + GOOD,
    "an invalid numeric reference": GOOD.replace("<TxnDate>", "<Memo>&#55357;</Memo><TxnDate>"),
    "nested beyond reason": "<QBXML><QBXMLMsgsRs>" + "<a>" * 200_000 + "</a>" * 200_000 + "</QBXMLMsgsRs></QBXML>",
    "a DOCTYPE behind a comment": "<!--<QBXML-->" + DOCTYPE + GOOD,
    "a DOCTYPE behind an instruction": "<?a <QBXML?>" + DOCTYPE + GOOD,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_answer_is_refused(what: str) -> None:
    with pytest.raises(AnswerUnreadable):
        read_answers(HOSTILE[what])


@pytest.mark.parametrize("raw", ["\x00", "\x0b", "\x1f", "\ufffe", "\ud800", "&#0;", "&#x1f;", "&#31;", "&#008;"])
def test_illegal_characters_are_left_out_and_the_rest_is_read(raw: str) -> None:
    (answer,) = read_answers(GOOD.replace("<TxnDate>", f"<Memo>a{raw}b</Memo><TxnDate>"))
    assert answer.rows[0].memo == "ab"


@pytest.mark.parametrize("number", ["", "zero", "-1", "1.0", "\u00b2", "\u0663", "1,200"])
@pytest.mark.parametrize("name", ["statusCode", "iteratorRemainingCount", "retCount"])
def test_a_number_that_is_none_makes_the_answer_unreadable(name: str, number: str) -> None:
    numbers = {"statusCode": "0", "iteratorRemainingCount": "1", "retCount": "1", name: number}
    said = " ".join(f'{key}="{value}"' for key, value in numbers.items())
    with pytest.raises(AnswerUnreadable, match=name):
        read_answers(one_payment("<TxnDate>2026-03-03</TxnDate><TotalAmount>1</TotalAmount>", said))


def test_memory_stays_bounded_for_a_large_answer() -> None:
    pytest.importorskip("resource", reason="only Unix tells a process how much memory it has used")
    row = GOOD[GOOD.index("<ReceivePaymentRet>") : GOOD.index("</ReceivePaymentQueryRs>")]
    row = row.replace(
        "</ReceivePaymentRet>", f"<DataExtRet>{'<Field>value</Field>' * 100}</DataExtRet></ReceivePaymentRet>"
    )
    process = [sys.executable, "-c", LARGE, GOOD, row]  # of its own: a process's highest mark never falls
    said = subprocess.run(process, check=True, capture_output=True, text=True, timeout=60).stdout
    rows, megabytes = map(int, said.split())
    assert rows > 9_000
    assert megabytes < 40  # the records and a chunk; the whole tree would be above 150


LARGE = """
import resource, sys
from qbwc_bridge.qbxml import read_answers
good, row = sys.argv[1:]
end = "</ReceivePaymentQueryRs>"
text = good.replace(end, row * (20_000_000 // len(row)) + end)
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 10 if sys.platform == 'linux' else 1 << 20)
read_answers(good)
before = used()
(answer,) = read_answers(text)
print(len(answer.rows), round(used() - before))
"""
