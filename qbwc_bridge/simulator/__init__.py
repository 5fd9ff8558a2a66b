"""A tiny, official, honest fake of QuickBooks Desktop and of the Web Connector; demo, simulate and the tests use it.

In: edits of a bookkeeper, qbXML messages, the address of a service. Out: QuickBooks' answers, one update at a time. It
imports nothing of the product and will never know it: the two meet over HTTP and SOAP only.

    faults → ledger → books → sample            what a company file holds, and what goes wrong around it
    grammar, selection, answers → request_processor   QuickBooks: reads strictly, finds, words, pages
    web_connector → scenarios                    Intuit's program in between, and named situations
    truth                                        what has been paid, from the file alone
"""

from .books import Books
from .faults import Faults, RequestRefused
from .ledger import BooksRefused
from .request_processor import RequestProcessor
from .sample import SAMPLE_PROJECTS, SampleProject, sample_books
from .scenarios import SCENARIOS, play, scene
from .truth import TruePayment, paid_by, payments_of, unapplied
from .web_connector import Stop, Update, WebConnector

__all__ = [
    "SAMPLE_PROJECTS",
    "SCENARIOS",
    "Books",
    "BooksRefused",
    "Faults",
    "RequestProcessor",
    "RequestRefused",
    "SampleProject",
    "Stop",
    "TruePayment",
    "Update",
    "WebConnector",
    "paid_by",
    "payments_of",
    "play",
    "sample_books",
    "scene",
    "unapplied",
]
