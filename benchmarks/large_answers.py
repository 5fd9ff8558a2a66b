"""An answer of 40 MB: how much memory the server takes for it, as a multiple of the body."""

import re
from html import unescape

from benchmarks import answers
from benchmarks.idle_polls import call, ticket
from benchmarks.offices import Office, office
from benchmarks.syncing import company_file, update
from qbwc_bridge.simulator import RequestProcessor

PAYMENTS = 27_000
RESULT = re.compile("<sendRequestXMLResult>(.*)</sendRequestXMLResult>", re.DOTALL)
PAYMENT_ROWS = re.compile("<ReceivePaymentRet>.*</ReceivePaymentRet>", re.DOTALL)


def run() -> None:
    """Print the ratio."""
    books = company_file(2, 2)
    with office() as here:
        update(here, books)
        (project,) = here.link(1)
        pass_ = ticket(here.server)
        introduction = RequestProcessor(books).hcp(here.company.owner_id)
        sent = _ask(here, "sendRequestXML", ticket=pass_, strHCPResponse=_escaped(introduction), strCompanyFileName="")
        request = unescape(RESULT.findall(sent)[0])
        body = _escaped(_enlarged(RequestProcessor(books).process(request), project.list_id))
        before, cpu = here.server.peak(), here.server.cpu()
        answer = _ask(here, "receiveResponseXML", ticket=pass_, response=body, hresult="", message="")
        if ">-1<" in answer:
            raise RuntimeError("the answer was refused")
        more, size = here.server.peak() - before, len(body.encode())
        print(
            f"(e) an answer of {size / 1e6:.0f} MB with {PAYMENTS:,} payments: peak {more / size:.1f} times the body, "
            f"{here.server.cpu() - cpu:.1f} s CPU"
        )


def _enlarged(answer: str, list_id: str) -> str:
    """The same with thousands of payments of a job instead of its one."""
    large = answers.payments(PAYMENTS, 1).replace(answers.job(0), list_id)
    return PAYMENT_ROWS.sub(lambda _: PAYMENT_ROWS.findall(large)[0], answer)


def _ask(here: Office, name: str, **parameters: str) -> str:
    return here.server.ask("POST", "/qbwc", *call(name, **parameters)).decode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    run()
