"""The JSON documents of the command line, word for word as promised; and what several commands say in text.

In: records. Out: dictionaries whose money and instants are text. Other programs read these: add to them, never change them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from qbwc_bridge.records import Company, CompanyFile, Conversation, CustomerJob, Failure, Tally
from qbwc_bridge.store.summaries import Overview, ProjectStatus
from qbwc_bridge.web.documents import money, project
from qbwc_bridge.web.exports import instant

FILE_ID_PROBLEMS = {"wrong-company-file", "company-file-unknown"}  # a copy has the right FileID


def connection(company: Company, password: str) -> dict[str, Any]:
    """``company add`` and ``company new-password``: the only time the password is shown."""
    return {
        "company": company.name,
        "connector_user": company.connector_user,
        "connector_password": password,
        "owner_id": company.owner_id,
        "file_id": company.file_id,
    }


def companies(overviews: Sequence[Overview]) -> dict[str, Any]:
    """``company list``."""
    return {
        "companies": [
            {
                "company": each.company.name,
                "connector_user": each.company.connector_user,
                "owner_id": each.company.owner_id,
                "file_id": each.company.file_id,
                "state": each.status.state.value,
                "connector_last_seen": instant(each.company.last_contact_at),
                "last_success": instant(each.company.last_success_at),
                "projects": len(each.projects),
            }
            for each in overviews
        ]
    }


def customers(company: Company, found: Sequence[CustomerJob]) -> dict[str, Any]:
    """``customers``."""
    return {
        "company": company.name,
        "received_at": instant(company.customers_received_at),
        "customers": [
            {
                "list_id": each.list_id,
                "name": each.name,
                "full_name": each.full_name,
                "parent_list_id": each.parent_list_id or None,
                "active": each.active,
            }
            for each in found
        ],
    }


def projects(overview: Overview) -> dict[str, Any]:
    """``project list``."""
    return {"company": overview.company.name, "projects": [project(each) for each in overview.projects]}


def all_projects(overview: Overview, archived: Sequence[ProjectStatus]) -> dict[str, Any]:
    """``project list --archived``: each project also says whether it is archived."""
    told = [*overview.projects, *archived]
    lines = [{**project(each), "archived": each.project.archived_at is not None} for each in told]
    return {"company": overview.company.name, "projects": lines}


def sync_status(overview: Overview) -> dict[str, Any]:
    """``sync status``. ``file_id_ok`` is null before a company file was seen."""
    company = overview.company
    return {
        "company": company.name,
        "state": overview.status.state.value,
        "connector_last_seen": instant(company.last_contact_at),
        "last_success": instant(company.last_success_at),
        "last_error": failure(overview.failure),
        "company_file": _file(company.file, company.failure),
        "waiting": overview.waiting,
        "projects": [
            {
                "project": each.project.name,
                "state": each.status.state.value,
                "synced_at": instant(each.project.synced_at),
            }
            for each in overview.projects
        ],
    }


def _file(file: CompanyFile | None, problem: Failure | None) -> dict[str, Any]:
    wrong = problem is not None and problem.code in FILE_ID_PROBLEMS
    known = file is not None
    return {
        "name": file.name if file else None,
        "path": file.path if file else None,
        "file_id_ok": (not wrong) if known or wrong else None,
    }


def sync_log(company: Company, runs: Sequence[Conversation]) -> dict[str, Any]:
    """``sync log``, newest first."""
    return {"company": company.name, "runs": [_run(each) for each in runs]}


def _run(run: Conversation) -> dict[str, Any]:
    return {
        "started": instant(run.started),
        "ended": instant(run.ended),
        "trigger": run.trigger,
        "result": run.result,
        "rounds": run.rounds,
        "added": run.added,
        "changed": run.changed,
        "removed": run.removed,
        "quickbooks": _tally(run.quickbooks),
        "ours": _tally(run.ours),
        "error": failure(run.failure),
    }


def failure(problem: Failure | None) -> dict[str, str] | None:
    """A problem in words, or None."""
    return {"code": problem.code, "sentence": problem.sentence, "hint": problem.hint} if problem else None


def _tally(tally: Tally | None) -> dict[str, Any] | None:
    return {"count": tally.count, "total": money(tally.total)} if tally else None


def moment(value: datetime | None) -> str:
    """An instant in a table."""
    return instant(value) or "never"
