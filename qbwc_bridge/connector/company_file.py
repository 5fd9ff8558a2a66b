"""Is the company file that is open the one this company is locked to? Asked before anything else is.

The Web Connector stores our FileID in the company file when the .qwc is added; a copy or a restored backup carries the same
one, so name and path count too (reference: binding to the right company file).
"""

from dataclasses import dataclass

from qbwc_bridge.connector import outcomes
from qbwc_bridge.qbxml import Host
from qbwc_bridge.records import Company, CompanyFile, Failure


@dataclass(frozen=True, slots=True)
class Verdict:
    """``failure`` is None for the right file; ``unknown`` means QuickBooks has not said which file it is."""

    file: CompanyFile
    locked: CompanyFile | None = None
    failure: Failure | None = None
    unknown: bool = False

    @property
    def lock(self) -> CompanyFile:
        """What to lock the company to: what is known already stays, what was missing is added."""
        known = self.locked or self.file
        return CompanyFile(known.name or self.file.name, known.path or self.file.path)

    @property
    def other(self) -> CompanyFile | None:
        """The file that was refused, if it is a nameable one that an admin could choose instead."""
        return self.file if self.failure and self.failure.code == "copied-company-file" else None


def verify(company: Company, host: Host, path: str) -> Verdict:
    """Compare what QuickBooks said with what this company is locked to; nothing is locked yet at the first contact."""
    file = CompanyFile(host.company_name, path)
    if not host.file_id:
        return Verdict(file, company.file, unknown=True)
    if host.file_id.lower() != company.file_id.lower():
        return Verdict(file, company.file, outcomes.wrong_company_file(company.file, file))
    if company.file and not _same(company.file, file):
        return Verdict(file, company.file, outcomes.copied_company_file(company.file, file))
    return Verdict(file, company.file)


def _same(locked: CompanyFile, found: CompanyFile) -> bool:
    return _alike(locked.name, found.name) and _alike(locked.path, found.path)


def _alike(one: str, other: str) -> bool:
    """Windows does not tell upper from lower case; a text that is missing on either side says nothing."""
    return not one or not other or one.strip().casefold() == other.strip().casefold()
