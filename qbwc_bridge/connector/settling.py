"""After every answer: what is complete now is compared and applied. Customers first, since the rest is judged by them."""

from qbwc_bridge.connector import changes, pulls
from qbwc_bridge.connector.work import Work


def settle(work: Work) -> None:
    """Apply what is complete; ask for what is still missing."""
    known = changes.settle_customers(work)
    if known is not None:
        changes.settle_activity(work)
        changes.settle(work)
        pulls.settle(work, known)
