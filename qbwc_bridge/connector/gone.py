"""A customer:job that was deleted in QuickBooks, or merged into another.

What flows in: the ListIDs that are gone. What flows out: the lines its project showed last, kept; and a complete pull of
every project that may have got its payments or invoices, since a merger leaves no trace in the times of what it moves.
"""

from collections.abc import Collection

from qbwc_bridge.connector import requests as queue
from qbwc_bridge.connector.work import Work
from qbwc_bridge.store import customers, payments, projects, summaries
from qbwc_bridge.summary import parents_of


def freeze(work: Work, list_ids: Collection[str]) -> None:
    """Keep what the projects linked to these show, before the answer that tells of it takes their payments, invoices or
    jobs elsewhere."""
    for project in projects.listing(work.c, work.company_id) if list_ids else ():
        if project.list_id in list_ids and project.client_payments and project.synced_at and project.frozen is None:
            shown = summaries.load(work.c, work.company_id, project.id, work.now)
            projects.freeze(work.c, work.company_id, project.id, shown.lines)


def forget(work: Work, list_ids: Collection[str]) -> None:
    """Mark them as deleted, and read again whom that concerns: also who shares the parents that may have paid their
    invoices."""
    known = customers.everything(work.c, work.company_id) if list_ids else {}
    fresh = {one for one in list_ids if one in known and not known[one].deleted}
    if fresh:
        customers.delete(work.c, work.company_id, fresh, work.now)
        billed = payments.billed(work.c, work.company_id, fresh)
        parents = {parent for one in billed for parent in parents_of(one, known)}
        queue.reread(work.c, work.company_id, fresh | parents, work.now)
