"""How QuickBooks' answering machine pages, and the faults a test may order from it."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import etree
from simulator.queries import GOOD, MODIFIED, customers, payments

from qbwc_bridge.simulator import Faults, RequestProcessor, RequestRefused, sample_books
from qbwc_bridge.simulator.ledger import Payment

# Paging ---------------------------------------------------------------------------------------------------------


def page(size: int, iterator_id: str = "", body: str = "") -> str:
    attributes = f"iterator='Continue' iteratorID='{iterator_id}'" if iterator_id else "iterator='Start'"
    return payments(f"<MaxReturned>{size}</MaxReturned>{body}", attributes)


def test_pages_to_the_end(ask):
    (answer,) = ask(page(4))
    iterator_id = answer.get("iteratorID")
    assert (len(answer), answer.get("iteratorRemainingCount")) == (4, "2")
    (answer,) = ask(page(4, iterator_id))
    assert (len(answer), answer.get("iteratorRemainingCount"), answer.get("statusCode")) == (2, "0", "0")
    assert ask(page(4, iterator_id))[0].get("statusCode") == "3391"


def test_an_empty_iterator_has_no_id(ask):
    (answer,) = ask(page(4, body=MODIFIED.format("2030-01-01")))
    assert (answer.get("statusCode"), answer.get("iteratorID")) == ("1", None)


def test_an_iterator_dies_with_the_session(ask):
    (answer,) = ask(page(4))
    ask.processor.begin_session()
    assert ask(page(4, answer.get("iteratorID")))[0].get("statusCode") == "3391"


def test_continue_needs_the_same_filters(ask):
    iterator_id = ask(page(2))[0].get("iteratorID")
    assert ask(page(2, iterator_id, MODIFIED.format("2026-01-01")))[0].get("statusCode") == "3391"
    assert ask(page(1, iterator_id))[0].get("statusCode") == "0"


def test_stop_abandons(ask):
    iterator_id = ask(page(2))[0].get("iteratorID")
    assert ask(payments("", f"iterator='Stop' iteratorID='{iterator_id}'"))[0].get("statusCode") == "0"
    assert ask(page(2, iterator_id))[0].get("statusCode") == "3391"


def test_several_iterators_at_once(ask):
    first, second = ask(page(4) + page(5))
    answers = ask(page(4, first.get("iteratorID")) + page(5, second.get("iteratorID")))
    assert [len(answer) for answer in answers] == [2, 1]


def test_only_one_iterator_where_that_is_so(ask):
    ask.processor.one_iterator = True
    first, second = ask(page(4) + page(5))
    answers = ask(page(4, first.get("iteratorID")) + page(5, second.get("iteratorID")))
    assert [answer.get("statusCode") for answer in answers] == ["3391", "0"]


def test_a_row_deleted_between_two_pages_is_left_out(ask, books):
    iterator_id = ask(page(4))[0].get("iteratorID")
    books.delete_payment(books.of(Payment)[-1].txn_id)
    (answer,) = ask(page(4, iterator_id))
    assert (len(answer), answer.get("statusCode"), answer.get("iteratorRemainingCount")) == (1, "0", "0")


# Faults ---------------------------------------------------------------------------------------------------------


def test_faults(books):
    faults = Faults(
        refused={1: ("0x80040414", "A dialog")},
        silent={2},
        garbled={3},
        no_match={"ReceivePaymentQuery"},
        status={"CustomerQuery": (3250, "This feature is not enabled")},
    )
    processor = RequestProcessor(books, faults)
    request = GOOD.replace("<HostQueryRq/>", payments("") + customers(""))
    with pytest.raises(RequestRefused):
        processor.process(request)
    assert processor.process(request) == ""
    assert not processor.process(request).endswith("</QBXML>\n")
    answers = etree.fromstring(processor.process(request))[0]
    assert [answer.get("statusCode") for answer in answers] == ["1", "3250"]


def test_the_whole_sample_pages_through(message):
    processor = RequestProcessor(sample_books(date(2026, 11, 23)))
    answer = etree.fromstring(processor.process(message(page(100))))[0][0]
    seen = [row.findtext("TxnID") for row in answer]
    while answer.get("iteratorRemainingCount") != "0":
        answer = etree.fromstring(processor.process(message(page(100, answer.get("iteratorID")))))[0][0]
        seen += [row.findtext("TxnID") for row in answer]
    assert seen == [payment.txn_id for payment in processor.books.of(Payment)]
