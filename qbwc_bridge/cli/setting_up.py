"""What ``init`` does: the schema, the secret key, the first admin. Safe to repeat. And the other way to the first admin: the
one-time code that ``serve`` prints.

In: a configuration, a moment, perhaps an address and a password. Out: sentences that say what was done, or what to do.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from qbwc_bridge.config import Config
from qbwc_bridge.connector import credentials
from qbwc_bridge.errors import BridgeError, DatabaseAway, InvalidValue
from qbwc_bridge.store import installation, schema, users
from qbwc_bridge.store.database import Database
from qbwc_bridge.web import passwords, security

INVITATION = timedelta(days=7)


def init(config: Config, now: datetime, admin_email: str = "", admin_password: str = "") -> Iterator[str]:
    """Raises BridgeError when the database cannot be reached or the key file holds no key."""
    database = Database(config.database.url)
    try:
        database.migrate(now)
        yield f"The database is at the newest schema, {schema.current()}."
        yield _secret_key(config)
        if admin_email:
            yield _admin(database, config, now, admin_email, admin_password)
        elif _nobody(database):
            yield "There is no admin yet: qbwc-bridge serve prints a one-time code with which to make one in the browser."
    finally:
        database.close()


def go_back(config: Config, revision: str) -> str:
    """The database at the schema of an older version of this program. Raises InvalidValue for a revision there is not."""
    older = schema.revisions()[:-1]
    if revision not in older:
        raise InvalidValue("schema", f"There is no older schema {revision!r}, only {', '.join(older)}.")
    database = Database(config.database.url)
    try:
        database.go_back(revision)
    finally:
        database.close()
    return (
        f"The database is at schema {revision}. Install the version that goes with it now; this one needs init again."
    )


def first_run(config: Config) -> Iterator[str]:
    """While there is no admin: a fresh one-time code, and where to type it. Only the code's fingerprint is kept, so each start
    makes another one."""
    database = Database(config.database.url)
    try:
        if _nobody(database):
            code = credentials.new_setup_code()
            with database.begin() as c:
                installation.open_setup(c, credentials.setup_code_hash(code))
            yield f"\nNobody can sign in yet. Open {config.server.public_url}/setup and type this one-time code:\n"
            yield f"    {code}\n"
            yield "It works until somebody has used it, or until the next start prints another one."
    except DatabaseAway as error:  # it serves already, and goes on when the database is back
        yield f"{error.sentence} {error.hint}"
    finally:
        database.close()


def _nobody(database: Database) -> bool:
    with database.read() as c:
        return not users.has_admin(c)


def _secret_key(config: Config) -> str:
    file = config.web.secret_key_file
    made = security.make_secret_key(file)
    try:
        security.secret_key(file)
    except ValueError as error:
        raise BridgeError(f"{file} holds no usable key.", "Delete it and run qbwc-bridge init again.") from error
    return f"A secret key was written to {file}; keep it to yourself." if made else f"The secret key is in {file}."


def _admin(database: Database, config: Config, now: datetime, email: str, password: str) -> str:
    with database.begin() as c:
        installation.take_turn(c)
        if users.by_email(c, email) is not None:
            return f"There is an account for {email} already; it was left as it is."
        user = users.add(c, email, "", passwords.hashed(password) if password else None, True, now)
        if password:
            return f"{user.email} is the admin of this installation."
        token = credentials.new_token()
        users.invite(c, user.id, None, credentials.token_hash(token), now + INVITATION)
    link = f"{config.server.public_url}/invite/{token}"
    return f"{user.email} is the admin of this installation. One-time link, good for {INVITATION.days} days: {link}"
