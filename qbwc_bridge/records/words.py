"""The fixed words of the product: roles, states, kinds of request, reasons."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may do in one company: admins configure, staff read, clients read the projects they are given."""

    ADMIN = "admin"
    STAFF = "staff"
    CLIENT = "client"


class State(StrEnum):
    """The nine states of a project, the same words on the page, in the log, on the command line, in JSON and metrics."""

    OFF = "off"
    UNLINKED = "unlinked"
    NO_CONNECTOR = "no-connector"
    QUEUED = "queued"
    SYNCING = "syncing"
    CURRENT = "current"
    STALE = "stale"
    FAILED = "failed"
    HELD = "held"


class RequestKind(StrEnum):
    """What one row of the queue asks QuickBooks for."""

    COMPANY = "company"  # which company file is open
    ACTIVITY = "activity"  # when it was last restored or condensed
    CUSTOMERS = "customers"  # the list, whole or since a moment
    DELETED_CUSTOMERS = "deleted customers"
    INVOICES = "invoices"  # by TxnID
    CHANGED_INVOICES = "changed invoices"
    DELETED_INVOICES = "deleted invoices"
    PAYMENTS = "payments"  # the complete pull of one link
    PAYMENTS_BY_ID = "payments by id"
    CHANGED_PAYMENTS = "changed payments"  # of the whole company
    DELETED_PAYMENTS = "deleted payments"
    COUNT = "count"  # how many payments QuickBooks has for some customer:jobs


class RequestState(StrEnum):
    """Where a row of the queue is. ``drained``: all its pages are here, its rows wait to be reconciled."""

    QUEUED = "queued"
    SENT = "sent"
    DRAINED = "drained"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Notice(StrEnum):
    """What people are told by email or webhook."""

    FAILED = "failed"  # syncs have failed again and again
    MISSED = "missed"  # a day has passed without a good sync
    RECOVERED = "recovered"  # the trouble that was told is over
    PAYMENTS = "payments"  # new ones have arrived
    TEST = "test"


class Channel(StrEnum):
    """The way a notice takes."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class Trigger(StrEnum):
    """Why a sync runs."""

    FIRST_LINK = "first link"
    PERSON = "Sync Data Now"
    DAILY = "daily"
    WEEKLY = "weekly re-reading"
    REPAIR = "repair"
    FIRST_POLL = "first poll"
