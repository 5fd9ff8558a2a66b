"""People's passwords: the rule for new ones, and argon2id for keeping and checking them.

In: a password as typed. Out: a hash, yes or no. It never knows whose password it is, and never shows one.
"""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 1000
RULE = f"Use at least {SHORTEST} characters. A short sentence is easy to remember and hard to guess."
_argon2id = PasswordHasher()


def problem(password: str) -> str:
    """What is wrong with a new password, in a sentence; "" when nothing is."""
    if len(password) < SHORTEST:
        return f"This password is too short. {RULE}"
    if len(password) > LONGEST:
        return f"This password is too long: at most {LONGEST} characters."
    if len(set(password)) < 4:
        return f"This password repeats itself. {RULE}"
    return ""


def hashed(password: str) -> str:
    """The argon2id hash to keep."""
    return _argon2id.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Is it the password? Takes as long when there is none, so that nobody learns which accounts exist."""
    try:
        return _argon2id.verify(kept or _nobodys(), password[:LONGEST]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _argon2id.hash("nobody's password")
