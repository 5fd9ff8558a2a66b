"""The nouns of the product as frozen dataclasses, and as named tuples, made in a third of the time, where they come by the
thousand. They travel between the rooms; they decide nothing.

Units, everywhere: money is ``Decimal`` with two places; instants are aware ``datetime`` in UTC; QuickBooks' own times are
its wall clock as text ``YYYY-MM-DDTHH:MM:SS`` without offset (older builds append a wrong one in summer); dates are
``datetime.date``; a missing text is ``""``.
"""

from qbwc_bridge.records.money import (
    BookedPayment,
    Change,
    Failure,
    Line,
    ManualPayment,
    Part,
    Summary,
    Tally,
)
from qbwc_bridge.records.notices import (
    Delivery,
    NoticeSettings,
    Series,
)
from qbwc_bridge.records.office import (
    NOTHING_MORE,
    ClientColumns,
    Company,
    Conversation,
    Project,
    Request,
    User,
)
from qbwc_bridge.records.quickbooks import (
    INVOICE,
    ZERO,
    Activity,
    Answer,
    Application,
    CompanyFile,
    CustomerJob,
    Deletion,
    Invoice,
    Payment,
)
from qbwc_bridge.records.words import (
    Channel,
    Deed,
    Notice,
    RequestKind,
    RequestState,
    Role,
    State,
    Trigger,
)

__all__ = [
    "INVOICE",
    "NOTHING_MORE",
    "ZERO",
    "Activity",
    "Answer",
    "Application",
    "BookedPayment",
    "Change",
    "Channel",
    "ClientColumns",
    "Company",
    "CompanyFile",
    "Conversation",
    "CustomerJob",
    "Deed",
    "Deletion",
    "Delivery",
    "Failure",
    "Invoice",
    "Line",
    "ManualPayment",
    "Notice",
    "NoticeSettings",
    "Part",
    "Payment",
    "Project",
    "Request",
    "RequestKind",
    "RequestState",
    "Role",
    "Series",
    "State",
    "Summary",
    "Tally",
    "Trigger",
    "User",
]
