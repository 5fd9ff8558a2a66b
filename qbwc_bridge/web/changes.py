"""Changes of payments as sentences: "Check 1043 of Mar 3, 2026: $12,000.00 became $10,000.00".

In: entries of a project's history, and the payments and customer:jobs they are about, also those that are gone. Out: text. It
never knows where it is shown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from qbwc_bridge.records import ZERO, CustomerJob, Payment
from qbwc_bridge.store.history import Entry
from qbwc_bridge.web.formats import Formats

FIELDS = {"date": "date", "method": "method", "ref_number": "reference", "memo": "memo"}
ACCEPTED = "empty answer accepted by "
GONE = {
    "deleted in QuickBooks": "was deleted in QuickBooks",
    "not in QuickBooks any more": "is not in QuickBooks any more: it was deleted, or belongs to somebody else now",
}


@dataclass(frozen=True, slots=True)
class Teller:
    """``customers`` and ``payments`` are known by ListID and TxnID."""

    formats: Formats
    customers: Mapping[str, CustomerJob]
    payments: Mapping[str, Payment]

    def sentence(self, entry: Entry) -> str:
        """What happened, in one sentence."""
        match entry.what:
            case "added":
                told = f"{self._subject(entry, entry.after)} is new"
            case "voided":
                told = f"{self._subject(entry, entry.before)} was voided in QuickBooks"
            case "removed":
                told = f"{self._subject(entry, entry.before)} {_gone(entry)}"
            case "moved":
                told = self._moved(entry)
            case "changed":
                told = self._changed(entry)
            case "linked":
                told = self._linked(entry)
            case _:
                told = self._typed(entry)
        return f"{told}."

    def _subject(self, entry: Entry, amount: Decimal | None) -> str:
        """ "Check 1043, $12,000.00 of Mar 3, 2026,"."""
        payment = self.payments.get(entry.txn_id)
        money = self.formats.money(amount or ZERO)
        if payment is None:
            return f"A payment of {money}"
        return f"{_called(payment)}, {money} of {self.formats.day(payment.date)},"

    def _changed(self, entry: Entry) -> str:
        """The amount, the fields, and where money went or came from."""
        payment = self.payments.get(entry.txn_id)
        named = f"{_called(payment)} of {self.formats.day(payment.date)}" if payment else "A payment"
        told = [*self._amounts(entry), *self._fields(entry), *self._whole(entry), *self._elsewhere(entry)]
        return f"{named}: {'; '.join(told) or 'saved again without a change that shows here'}"

    def _amounts(self, entry: Entry) -> Iterator[str]:
        if entry.before != entry.after:
            money = self.formats.money
            yield f"{money(entry.before or ZERO)} became {money(entry.after or ZERO)}"

    def _fields(self, entry: Entry) -> Iterator[str]:
        for name, word in FIELDS.items():
            old, new = entry.details.get(name, ("", ""))
            if old != new:
                yield f"{word} {self._value(name, old)} became {self._value(name, new)}"
        old, new = entry.details.get("list_id", ("", ""))
        if old != new:
            yield f"received from {self._job(new)} instead of {self._job(old)}"

    def _whole(self, entry: Entry) -> Iterator[str]:
        """The whole payment, where this project has only a part of it."""
        old, new = entry.details.get("total", ("", ""))
        if old != new and (Decimal(old), Decimal(new)) != (entry.before, entry.after):
            yield f"the whole payment {self.formats.money(Decimal(old))} became {self.formats.money(Decimal(new))}"

    def _elsewhere(self, entry: Entry) -> Iterator[str]:
        """Money that left this project for another customer or job in the same moment, or came from there."""
        if entry.difference < 0 and (to := self._others(entry, 1)):
            yield f"now counted for {to}"
        if entry.difference > 0 and (source := self._others(entry, -1)):
            yield f"counted for {source} before"

    def _moved(self, entry: Entry) -> str:
        """To or from the customer or job QuickBooks names, or those where the money was or is."""
        old, new = entry.details.get("list_id", ("", ""))
        if entry.before is None:
            source = self._others(entry, -1) or (self._job(old) if old != new else "")
            return f"{self._subject(entry, entry.after)} moved here{f' from {source}' if source else ''}"
        to = self._others(entry, 1) or (self._job(new) if old != new else "")
        return f"{self._subject(entry, entry.before)} moved away{f' to {to}' if to else ''}"

    def _others(self, entry: Entry, sign: int) -> str:
        """The other customers and jobs that got more (``sign`` 1) or less (-1)."""
        moved = [one.list_id for one in entry.elsewhere if sign * ((one.after or ZERO) - (one.before or ZERO)) > 0]
        return " and ".join(self._job(list_id) for list_id in moved)

    def _linked(self, entry: Entry) -> str:
        details = entry.details
        told = []
        if "list_id" in details:
            told.append(self._link(*details["list_id"]))
        if "client_payments" in details:
            told.append(f"Client Payments was switched {details['client_payments'][1]}")
        if "include_jobs" in details:
            told.append(f"jobs below it {'are' if details['include_jobs'][1] == 'on' else 'are not'} included")
        sentence = f"{'; '.join(told) or 'The link was saved'}{_by(entry)}"
        return f"{sentence[0].upper()}{sentence[1:]}"

    def _link(self, old: str, new: str) -> str:
        if not old:
            return f"linked to {self._job(new)}"
        return (
            f"linked to {self._job(new)} instead of {self._job(old)}"
            if new
            else f"no longer linked to {self._job(old)}"
        )

    def _typed(self, entry: Entry) -> str:
        count, total = entry.details["count"][1], Decimal(entry.details["total"][1])
        payments = "1 payment" if count == "1" else f"{count} payments"
        typed = f"{payments} typed by hand, {self.formats.money(total)},"
        if entry.what == "archived":
            return f"{typed} went to the archive: QuickBooks’ payments took their place"
        return f"{typed} came back from the archive and count again{_by(entry)}"

    def _value(self, name: str, text: str) -> str:
        return self.formats.day(date.fromisoformat(text)) if name == "date" else f"“{text}”" if text else "(none)"

    def _job(self, list_id: str) -> str:
        job = self.customers.get(list_id)
        return job.full_name if job else "another customer or job"


def _called(payment: Payment) -> str:
    """ "Check 1043"."""
    return f"{payment.method} {payment.ref_number}".strip() or "Payment"


def _gone(entry: Entry) -> str:
    because = entry.details.get("because", ("", ""))[1]
    if because.startswith(ACCEPTED):
        return f"was removed: {because.removeprefix(ACCEPTED)} accepted that QuickBooks has no payments here any more"
    return GONE.get(because, "was removed")


def _by(entry: Entry) -> str:
    by = entry.details.get("by", ("", ""))[1]
    return f", by {by}" if by else ""
