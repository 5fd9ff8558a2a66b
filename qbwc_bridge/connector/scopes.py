"""What complete pulls of a company's projects have to ask for, from the customer list and the payers known now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qbwc_bridge.records import CustomerJob, Project
from qbwc_bridge.store import customers, payments
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import Children, children_of, covered_by
from qbwc_bridge.sync.scope import Scope, scope_of


@dataclass(frozen=True, slots=True)
class Scopes:
    """``payers`` maps a customer:job to the other ListIDs from which money for it was received."""

    known: Mapping[str, CustomerJob]
    children: Children
    payers: Mapping[str, set[str]]

    def of(self, project: Project) -> Scope:
        """The scope of one linked project."""
        covered = covered_by(project.list_id, project.include_jobs, self.known, self.children)
        payers = {payer for one in covered for payer in self.payers.get(one, ())}
        return scope_of(project.list_id, project.include_jobs, self.known, payers, self.children)

    def swept(self, projects: Iterable[Project]) -> set[str]:
        """All ListIDs these projects' pulls cover."""
        return {list_id for project in projects for list_id in self.of(project).swept}


def scopes(c: Connection, company_id: int) -> Scopes:
    """The company's scopes at this moment."""
    known = customers.everything(c, company_id)
    return Scopes(known, children_of(known), payments.payers(c, company_id))
