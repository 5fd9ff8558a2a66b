"""Who is signed in: a signed cookie that says who, since when, and at which epoch of their account.

In: a person who proved who they are. Out: a user id, while the session is neither too old nor ended. It decides nothing about
what the person may do.
"""

from datetime import UTC, datetime, timedelta

from flask import session

from qbwc_bridge.connector.credentials import new_token
from qbwc_bridge.records import User

LONGEST = timedelta(days=90)
"""Even a session in daily use ends then."""
REFRESH = timedelta(hours=1)


def begin(user: User, now: datetime) -> None:
    """A fresh session: nothing of an earlier one is kept, its form token neither."""
    session.clear()
    session.permanent = True
    session.update(user=user.id, epoch=user.session_epoch, since=_stamp(now), seen=_stamp(now), csrf=new_token())


def end() -> None:
    """Nobody is signed in."""
    session.clear()


def signed_in(now: datetime, days: int) -> tuple[int, int] | None:
    """(user id, epoch) of a session in use, or None. ``days`` is how long it may lie unused."""
    if "user" not in session:
        return None
    seen, since = _instant(session.get("seen")), _instant(session.get("since"))
    if now - seen > timedelta(days=days) or now - since > LONGEST:
        session.clear()
        return None
    if now - seen > REFRESH:
        session["seen"] = _stamp(now)
    return int(session["user"]), int(session.get("epoch", -1))


def form_token() -> str:
    """What every form of this session carries."""
    if "csrf" not in session:
        session["csrf"] = new_token()
    return str(session["csrf"])


def _stamp(moment: datetime) -> int:
    return int(moment.timestamp())


def _instant(stamp: object) -> datetime:
    return datetime.fromtimestamp(stamp if isinstance(stamp, int) else 0, UTC)
