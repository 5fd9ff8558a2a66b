"""What programs read of a project, word for word as promised: the same over HTTP and from the command line.

In: records. Out: dictionaries whose money and instants are text. The payments have their document in ``exports``, beside the
other forms of the same lines. Add to these, never change them. Nothing here knows Flask.
"""

from decimal import Decimal
from typing import Any

from qbwc_bridge.records import CustomerJob, Project
from qbwc_bridge.store.summaries import ProjectStatus
from qbwc_bridge.web.exports import instant


def project_link(project: Project, customer: CustomerJob | None) -> dict[str, Any]:
    """What a person set."""
    return {
        "project": project.name,
        "customer": {"list_id": customer.list_id, "full_name": customer.full_name} if customer else None,
        "client_payments": project.client_payments,
        "include_jobs": project.include_jobs,
        "contract_price": money(project.contract_price),
    }


def project(each: ProjectStatus) -> dict[str, Any]:
    """One line of the projects list."""
    return {
        **project_link(each.project, each.customer),
        "paid_to_date": money(each.paid_to_date),
        "count": each.count,
        "state": each.status.state.value,
        "synced_at": instant(each.project.synced_at),
    }


def money(value: Decimal | None) -> str | None:
    """Two decimals as text; never a JSON number."""
    return None if value is None else f"{value:.2f}"
