"""What ``init`` does: the schema, the secret key, the first admin. Safe to repeat.

In: a configuration, a moment, perhaps an address and a password. Out: sentences that say what was done.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from qbwc_bridge.config import Config
from qbwc_bridge.connector import credentials
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.store import users
from qbwc_bridge.store.database import Database
from qbwc_bridge.web import passwords, security

INVITATION = timedelta(days=7)


def init(config: Config, now: datetime, admin_email: str = "", admin_password: str = "") -> Iterator[str]:
    """Raises BridgeError when the database cannot be reached or the key file holds no key."""
    database = Database(config.database.url)
    try:
        database.migrate(now)
        yield "The database is at the newest schema."
        yield _secret_key(config)
        if admin_email:
            yield _admin(database, config, now, admin_email, admin_password)
    finally:
        database.close()


def _secret_key(config: Config) -> str:
    file = config.web.secret_key_file
    known = file.exists()
    try:
        security.secret_key(file)
    except ValueError as error:
        raise BridgeError(f"{file} holds no usable key.", "Delete it and run qbwc-bridge init again.") from error
    return f"The secret key is in {file}." if known else f"A secret key was written to {file}; keep it to yourself."


def _admin(database: Database, config: Config, now: datetime, email: str, password: str) -> str:
    with database.begin() as c:
        if users.by_email(c, email) is not None:
            return f"There is an account for {email} already; it was left as it is."
        user = users.add(c, email, "", passwords.hashed(password) if password else None, True, now)
        if password:
            return f"{user.email} is the admin of this installation."
        token = credentials.new_token()
        users.invite(c, user.id, credentials.token_hash(token), now + INVITATION)
    link = f"{config.server.public_url}/invite/{token}"
    return f"{user.email} is the admin of this installation. One-time link, good for {INVITATION.days} days: {link}"
