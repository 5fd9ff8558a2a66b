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
    RESTORED = "restored from the archive"
    PERSON = "Sync Data Now"
    DAILY = "daily"
    WEEKLY = "weekly re-reading"
    AGAIN = "read again completely"  # an admin wants everything read, whatever is known
    REPAIR = "repair"
    FIRST_POLL = "first poll"


class Deed(StrEnum):
    """What somebody opened, changed or decided, in the words of the audit (at most 40 characters)."""

    PROJECT_ADDED = "project added"
    PROJECT_CHANGED = "project changed"
    PROJECT_LINKED = "project linked"
    PROJECT_RELINKED = "project re-linked"
    PROJECT_UNLINKED = "project unlinked"
    PROJECT_ARCHIVED = "project archived"
    PROJECT_RESTORED = "project restored"
    PAYMENTS_ON = "Client Payments on"
    PAYMENTS_OFF = "Client Payments off"
    EMPTY_ACCEPTED = "empty answer accepted"
    EMPTY_REFUSED = "empty answer refused"  # the payments were kept
    CLIENTS_SEE = "columns for clients changed"
    LINK_MADE = "client link made"
    LINK_REVOKED = "client link revoked"
    INVITED = "person invited"
    INVITED_AGAIN = "person invited again"
    JOINED = "invitation accepted"
    ROLE_CHANGED = "role changed"
    PERSON_ARCHIVED = "person archived"
    INVITATION_RENEWED = "invitation renewed"
    INVITATION_WITHDRAWN = "invitation withdrawn"
    RESET_MADE = "password reset link made"
    RESET_WITHDRAWN = "password reset link withdrawn"
    PASSWORD_CHOSEN = "password chosen"  # noqa: S105 - a word, not a secret
    COMPANY_ADDED = "company added"
    SETTINGS_CHANGED = "settings changed"
    PAUSED = "syncing paused"
    RESUMED = "syncing resumed"
    FILE_ACCEPTED = "company file accepted"
    CONNECTOR_PASSWORD = "connector password made"  # noqa: S105
    NOTICES_CHANGED = "notices changed"
    NOTICES_SECRET = "webhook secret made"  # noqa: S105
    TOKEN_MADE = "API token made"  # noqa: S105
    TOKEN_REVOKED = "API token revoked"  # noqa: S105
