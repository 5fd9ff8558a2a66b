"""What admins and staff do on the site."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from connector.histories.setting import AMOUNTS, INDEX, Setting
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from qbwc_bridge.connector import decisions, links
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.errors import PaymentsAreSynced, Refused
from qbwc_bridge.records import Project, State
from qbwc_bridge.store import companies, customers, manual, projects

MOST_PROJECTS = 7


class People(Setting):
    """Links, Client Payments, typed payments, the sync button, the pause, and answers to questions."""

    # Project Setup ------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.office.projects()) < MOST_PROJECTS)
    @rule(customer=INDEX, include_jobs=st.booleans(), client_payments=st.booleans())
    def new_project(self, customer: int, include_jobs: bool, client_payments: bool) -> None:
        name = f"Project {len(self.office.projects()) + len(self._archived())}"
        self._save(None, links.ProjectForm(name, "", None, self._choice(customer), include_jobs, client_payments))

    @rule(project=INDEX, customer=INDEX)
    def link_to_another_job(self, project: int, customer: int) -> None:
        self._setup(self._project(project), list_id=self._choice(customer), client_payments=True)

    @rule(project=INDEX)
    def unlink(self, project: int) -> None:
        self._setup(self._project(project), list_id="")

    @rule(project=INDEX)
    def include_jobs_or_not(self, project: int) -> None:
        chosen = self._project(project)
        self._setup(chosen, include_jobs=not chosen.include_jobs)

    @rule(project=INDEX, on=st.booleans())
    def switch_client_payments(self, project: int, on: bool) -> None:
        self._setup(self._project(project), client_payments=on)

    @precondition(lambda self: len(self.office.projects()) > 1)
    @rule(project=INDEX)
    def archive(self, project: int) -> None:
        chosen = self._project(project)
        shown = self._lines(chosen)
        with self.database.begin() as c:
            links.archive(c, self.office.company.id, chosen.id, self.office.clock(), "dana")
        assert self._lines(chosen) == shown
        self._nothing_typed_is_lost()

    @precondition(lambda self: self._archived())
    @rule(project=INDEX)
    def restore(self, project: int) -> None:
        """It was not followed meanwhile, so it is not up to date before it was read again completely."""
        chosen = self._archived()[project % len(self._archived())]
        shown = self._lines(chosen)
        with self.database.begin() as c:
            links.restore(c, self.office.company.id, chosen.id, self.office.clock(), "dana")
        assert self._lines(chosen) == shown
        assert self.office.status(chosen).state is not State.CURRENT

    def _archived(self) -> list[Project]:
        with self.database.read() as c:
            return projects.archived(c, self.office.company.id)

    def _choice(self, index: int) -> str:
        """What the picker offers: the customer list as last received."""
        with self.database.read() as c:
            offered = customers.listing(c, self.office.company.id)
        return offered[index % len(offered)].list_id

    def _setup(self, project: Project, **wanted: str | bool) -> None:
        before = links.ProjectForm(
            project.name, "", None, project.list_id, project.include_jobs, project.client_payments
        )
        self._save(project, replace(before, **wanted))

    def _save(self, project: Project | None, form: links.ProjectForm) -> None:
        self._later()
        with self.database.begin() as c:
            now = self.office.clock()
            saved = links.save(c, self.office.company, project and project.id, form, now, "dana")
        if not saved.client_payments:
            self._shows_what_was_typed(saved, self._lines(saved))
        elif project is None or (saved.list_id, saved.include_jobs) != (project.list_id, project.include_jobs):
            assert self.office.status(saved).state is not State.CURRENT
        self._nothing_typed_is_lost()

    # Payments typed by hand ---------------------------------------------------------------------------------------

    @rule(project=INDEX, amount=AMOUNTS)
    def type_a_payment(self, project: int, amount: Decimal) -> None:
        chosen = self._project(project)
        typed = {"date": date(2026, 1, 5), "amount": amount, "now": self.office.clock()}
        with self.database.begin() as c:
            if chosen.client_payments:
                with pytest.raises(PaymentsAreSynced):
                    manual.add(c, self.office.company.id, chosen.id, **typed)
            else:
                manual.add(c, self.office.company.id, chosen.id, **typed)
                self.typed.append(amount)

    # Syncing ------------------------------------------------------------------------------------------------------

    @rule()
    def press_sync_data_now(self) -> None:
        self.office.sync_now()

    @rule(project=INDEX)
    def sync_one_project(self, project: int) -> None:
        self._later()
        with suppress(Refused):
            self.office.sync_now(self._project(project))
        self._visit()

    @rule(project=INDEX)
    def cancel_what_waits(self, project: int) -> None:
        with self.database.begin() as c:
            queue.cancel(c, self.office.company.id, self._project(project).id, self.office.clock())

    @rule()
    def pause(self) -> None:
        self._later()
        with self.database.begin() as c:
            companies.pause(c, self.office.company.id, True)
        self.office.sync_now()
        assert self._visit()[0].result == "none"

    @rule()
    def end_the_pause(self) -> None:
        self._end_the_pause()

    @rule(accept=st.booleans())
    def decide_about_empty_answers(self, accept: bool) -> None:
        self._later()
        before = {line.project.id: line for line in self.office.overview().projects}
        for project in [line.project for line in before.values() if line.status.state is State.HELD]:
            with self.database.begin() as c:
                company_id, now = self.office.company.id, self.office.clock()
                if accept:
                    decisions.accept_empty(c, company_id, project.id, "dana", now)
                else:
                    decisions.keep_data(c, company_id, project.id, "dana", now)
            assert not accept or self._lines(project) == ()
        for line in self.office.overview().projects:
            was = before[line.project.id]
            if line.status.state is State.CURRENT and was.status.state is State.CURRENT and not self.altered:
                assert line.paid_to_date in {was.paid_to_date, self.office.true_total(line.project)}
