"""An answer that is not complete never removes a payment (reference 6.8: never sweep after a partial pull)."""

import re
from contextlib import suppress

import pytest
from office import Make, Office, started

from qbwc_bridge.config import Sync
from qbwc_bridge.errors import AnswerUnreadable
from qbwc_bridge.qbxml import read_answers

WARNED = 'statusCode="{}" statusSeverity="Warn" statusMessage="Some objects could not be returned."'


def _without_the_first_payment(answer: str, code: int) -> str:
    cut = re.sub(r"<ReceivePaymentRet>.*?</ReceivePaymentRet>", "", answer, count=1, flags=re.DOTALL)
    return re.sub(
        r'(<ReceivePaymentQueryRs [^>]*?)statusCode=.*?statusMessage="[^"]*"', rf"\1{WARNED.format(code)}", cut
    )


def _sync(office: Office, tamper: object) -> None:
    """One update in which every answer but the first passes through ``tamper``."""
    office.sync_now()
    ticket, _ = office.authenticate()
    for round_ in range(50):
        request = office.send(ticket, None if not round_ else "")
        if not request:
            return
        answer = tamper(round_, request, office.quickbooks.process(request))  # type: ignore[operator]
        if office.service.receive_response_xml(ticket, answer, "", "") in {-1, 100}:
            return


@pytest.mark.parametrize("code", [501, 510])
def test_a_warning_with_partial_data_removes_nothing(office: Office, code: int) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    _sync(office, lambda _n, _request, answer: _without_the_first_payment(answer, code))
    assert office.summary(kitchen).paid_to_date == office.true_total(kitchen)


def _nothing_more(round_: int, request: str, answer: str) -> str:
    """From the second page of payments on, QuickBooks finds nothing, though it had announced more."""
    if 'iterator="Continue"' not in request:
        return answer
    nothing = r'\1 statusCode="1" statusSeverity="Info" statusMessage="nothing"/>'
    return re.sub(
        r"(<ReceivePaymentQueryRs requestID=\"[^\"]*\").*?</ReceivePaymentQueryRs>", nothing, answer, flags=re.DOTALL
    )


def test_pages_that_were_announced_and_never_came_remove_nothing(make_office: Make) -> None:
    office = make_office(settings=Sync(page_size=10))
    (building,) = started(office, "Northfield Apartments", include_jobs=True)
    _sync(office, _nothing_more)
    assert office.summary(building).paid_to_date == office.true_total(building)


@pytest.mark.parametrize("count", ["many", "", "-1", "1,200"])
def test_a_remaining_count_that_is_no_number_is_not_read_as_the_end(count: str) -> None:
    text = (
        f'<QBXML><QBXMLMsgsRs><ReceivePaymentQueryRs requestID="1" statusCode="0" iteratorRemainingCount="{count}"/>'
        "</QBXMLMsgsRs></QBXML>"
    )
    with suppress(AnswerUnreadable):
        (answer,) = read_answers(text)
        assert answer.remaining != 0
