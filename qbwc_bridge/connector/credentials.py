"""Secrets the program makes itself: the connector's password, tickets and one-time links, and what is kept of them.

Out: random text a person can type, and its fingerprint for the database. The clear text is never stored and never
logged. People's own passwords are no business of this module: those are slow hashes, made in the site.

Why a plain SHA-256 is enough here: every secret made here has 128 random bits or more (the set-up code, which lives until
its first use, 90), so guessing is hopeless however fast the hash is; and the Web Connector sends its password with every
poll, where a slow hash would burn a core.
"""

import base64
import hashlib
import hmac
import secrets
import string

from qbwc_bridge.store.installation import new_guid as new_guid  # a FileID is made as the OwnerID is

GROUPS, GROUP = 7, 4  # 28 signs of base32 are 140 bits
PROGRAM_PREFIX = "qbwc_"
"""How a program's token begins, so that whoever searches files for secrets finds one that was left there."""
CODE_GROUPS, LETTERS = 5, "ABCDEFGHJKMNPQRSTUVWXYZ"  # 20 of 23 letters, without I, L and O, are 90 bits


def new_password() -> str:
    """A connector password that is easy to type: ``k3ab-…`` of lowercase letters and 2–7, with no 0 or 1 to misread."""
    signs = base64.b32encode(secrets.token_bytes(20)).decode().lower()
    return "-".join(signs[start : start + GROUP] for start in range(0, GROUPS * GROUP, GROUP))


def password_hash(password: str) -> str:
    """What is stored of a connector password: 64 hexadecimal digits. Surrounding white space does not count."""
    return hashlib.sha256(password.strip().encode()).hexdigest()


def matches(password: str, stored_hash: str) -> bool:
    """Compare in constant time. The Web Connector's users paste, so surrounding white space does not count."""
    return hmac.compare_digest(password_hash(password), stored_hash)


def new_token() -> str:
    """A ticket, or the secret part of a link: 256 bits that need no escaping in an address."""
    return secrets.token_urlsafe(32)


def new_program_token() -> str:
    """What a program proves itself with: the prefix and 40 letters and digits (238 bits), one word for a double click."""
    signs = string.ascii_letters + string.digits
    return PROGRAM_PREFIX + "".join(secrets.choice(signs) for _ in range(40))


def token_hash(token: str) -> str:
    """What is stored of a token: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_setup_code() -> str:
    """The one-time code of the first-run page: ``KMPT-RWXZ-…``, five groups of letters that are not mistaken for others."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(CODE_GROUPS * GROUP))
    return "-".join(letters[start : start + GROUP] for start in range(0, CODE_GROUPS * GROUP, GROUP))


def setup_code_hash(code: str) -> str:
    """What is stored of a set-up code. Upper or lower case, hyphens and spaces do not count."""
    return token_hash("".join(sign for sign in code.upper() if sign.isalnum()))
