"""Large answers of QuickBooks as text, shaped as the real ones are: every element QuickBooks sends, five in six never read."""

from collections.abc import Iterator
from datetime import date, timedelta

APPLICATIONS = (1, 2, 2, 1, 3, 1)
"""How many invoices a payment pays, in turns: 1.67 on average."""

_PAYMENT = """<ReceivePaymentRet>
<TxnID>{n:X}-1360116101</TxnID>
<TimeCreated>{day}T10:11:12-05:00</TimeCreated>
<TimeModified>{day}T10:11:12-05:00</TimeModified>
<EditSequence>1360116{n}</EditSequence>
<TxnNumber>{n}</TxnNumber>
<CustomerRef>
<ListID>{job}</ListID>
<FullName>Müller &amp; Sons {customer}:Kitchen</FullName>
</CustomerRef>
<ARAccountRef>
<ListID>40000-933270541</ListID>
<FullName>Accounts Receivable</FullName>
</ARAccountRef>
<TxnDate>{day}</TxnDate>
<RefNumber>{n}</RefNumber>
<TotalAmount>{total}.00</TotalAmount>
<PaymentMethodRef>
<ListID>20000-933272656</ListID>
<FullName>Check</FullName>
</PaymentMethodRef>
<Memo>Progress payment {n}, thank you</Memo>
<DepositToAccountRef>
<ListID>80000-933270541</ListID>
<FullName>Undeposited Funds</FullName>
</DepositToAccountRef>
<UnusedPayment>0.00</UnusedPayment>
<UnusedCredits>0.00</UnusedCredits>
{applied}</ReceivePaymentRet>
"""
_APPLIED = """<AppliedToTxnRet>
<TxnID>{invoice}</TxnID>
<TxnType>Invoice</TxnType>
<TxnDate>{day}</TxnDate>
<RefNumber>{ref}</RefNumber>
<BalanceRemaining>0.00</BalanceRemaining>
<Amount>100.00</Amount>
</AppliedToTxnRet>
"""


def job(number: int) -> str:
    """The ListID of a customer:job."""
    return f"8000{number:04X}-1360116101"


def invoice(number: int) -> str:
    """The TxnID of an invoice."""
    return f"F{number:X}-1360116101"


def payments(count: int, jobs: int, request_id: str = "1") -> str:
    """A ReceivePaymentQueryRs with ``count`` payments received from ``jobs`` customer:jobs."""
    return "".join(_lines(count, jobs, request_id))


def invoices(count: int, jobs: int) -> dict[str, str]:
    """Whose the invoices are that :func:`payments` pays: TxnID → ListID."""
    return {invoice(paid): job(n % jobs) for n in range(count) for paid in _paid(n)}


def _lines(count: int, jobs: int, request_id: str) -> Iterator[str]:
    yield '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n'
    yield f'<ReceivePaymentQueryRs requestID="{request_id}" statusCode="0" statusSeverity="Info" '
    yield f'statusMessage="Status OK" retCount="{count}">\n'
    for n in range(count):
        day = date(2020, 1, 1) + timedelta(days=n % 2000)
        applied = [_APPLIED.format(invoice=invoice(paid), day=day, ref=paid) for paid in _paid(n)]
        total, customer = 100 * len(applied), n % jobs
        yield _PAYMENT.format(n=n, day=day, total=total, customer=customer, job=job(customer), applied="".join(applied))
    yield "</ReceivePaymentQueryRs>\n</QBXMLMsgsRs>\n</QBXML>\n"


def _paid(n: int) -> Iterator[int]:
    """Numbers of the invoices the n-th payment pays; no other payment pays them."""
    return (n * max(APPLICATIONS) + turn for turn in range(APPLICATIONS[n % len(APPLICATIONS)]))
