"""Every error a person can meet, each with a sentence (what happened, what was kept) and a hint (who does what).

The tree::

    BridgeError
    ├── ConfigurationError     an option is unknown or has a bad value; lists all problems at once
    ├── NotFound               no such company, project, customer:job, user …
    ├── Refused                the request is understood and not allowed now (a rule of the product)
    │   ├── PaymentsAreSynced  a manual payment was touched while Client Payments is on
    │   ├── ProjectArchived    an archived project was to be changed or synced
    │   └── NameTaken          a company, project, user or connector user of that name exists
    ├── InvalidValue           something typed cannot be read (an amount, a date, a time zone …)
    ├── AnswerUnreadable       QuickBooks' answer is not the qbXML we asked for
    ├── TotalsDiffer           what was stored does not add up to what QuickBooks sent; nothing was kept
    ├── DatabaseAway           the database cannot be reached or written
    ├── SchemaDiffers          the database is at an older or newer schema than this program's
    └── NotSent                a notice did not reach the mail server or the webhook

What flows in: the facts of one situation. What flows out: text for people. This module never knows where it is shown.
"""

from collections.abc import Sequence


class BridgeError(Exception):
    """Base of all errors meant for people. ``sentence`` says what happened, ``hint`` what to do."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class ConfigurationError(BridgeError):
    """The configuration cannot be used. ``problems`` has one sentence each: section, option, file, what is legal."""

    def __init__(self, problems: Sequence[str]) -> None:
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n  ".join([f"The configuration has {count}:", *problems]))
        self.problems = tuple(problems)


class NotFound(BridgeError):
    """There is no such thing, or it is not this person's to see: both look the same from outside."""


class Refused(BridgeError):
    """A rule of the product says no. Nothing was changed."""


class PaymentsAreSynced(Refused):
    """Payments of a project cannot be typed while it retrieves them from QuickBooks."""

    def __init__(self, project: str) -> None:
        super().__init__(
            f"{project} takes its payments from QuickBooks, so payments can't be added, edited or deleted by hand.",
            "Change the payment in QuickBooks, or switch Client Payments off in Project Setup.",
        )


class ProjectArchived(Refused):
    """An archived project stays as it is until it is restored."""

    def __init__(self, project: str) -> None:
        super().__init__(
            f"{project} is archived: nothing in it changes and it is not synced.",
            "An admin can restore it on its Project Setup page.",
        )


class NameTaken(Refused):
    """That name is in use already."""


class InvalidValue(BridgeError):
    """Something typed cannot be read. ``field`` names the form field or option."""

    def __init__(self, field: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.field = field


class AnswerUnreadable(BridgeError):
    """The text QuickBooks sent is not a qbXML answer (reference: Errors, HRESULT 0x80040400 is its mirror image)."""


class TotalsDiffer(BridgeError):
    """Count or total after storing differ from what QuickBooks sent. The transaction is rolled back."""


class DatabaseAway(BridgeError):
    """The database is locked, full or unreachable. The Web Connector will try again; nothing is half written."""


class SchemaDiffers(BridgeError):
    """The database was made for another version of this program. ``newer`` when its schema is one we do not know."""

    def __init__(self, newer: bool) -> None:
        sentence, hint = SCHEMAS[newer]
        super().__init__(sentence, hint)


SCHEMAS = {
    False: ("The database is not at the newest schema.", "Run qbwc-bridge init; it keeps all data."),
    True: (
        "The database belongs to a newer version of qbwc-bridge.",
        "Install that version again, or go back as docs/upgrading.md says. Nothing was changed.",
    ),
}


class NotSent(BridgeError):
    """A notice was not taken. The sentence says what the other side answered; it may name an address: not for logs."""
