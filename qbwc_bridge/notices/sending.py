"""What is due goes out, one by one, outside of any transaction.

In: the database, the configuration, the clock. Out: each row sent, put off, or given up. A row is taken before it is sent and
belongs to whoever took it for a while; if that process dies, the row is due again. So a notice may arrive twice after a crash
– its identifier is the same then – and never gets lost.
"""

import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from qbwc_bridge.config import Config
from qbwc_bridge.errors import BridgeError, InvalidValue, NotSent
from qbwc_bridge.notices.mail import send_mail
from qbwc_bridge.notices.watching import document_of
from qbwc_bridge.notices.webhooks import post
from qbwc_bridge.notices.words import Message
from qbwc_bridge.records import Channel, Delivery, NoticeSettings
from qbwc_bridge.store import deliveries, notices
from qbwc_bridge.store.database import Database

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
"""After each failed try; after one more it is given up."""

TRIES = len(WAITS) + 1
LEASE = timedelta(minutes=5)
AT_ONCE = 20
"""So many rows in one go; the rest waits for the next."""

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def send_due(database: Database, config: Config, clock: Clock, stopped: Callable[[], bool]) -> None:
    """Send what is due now. ``stopped`` is asked between two messages."""
    with database.read() as c:
        waiting = deliveries.due(c, clock(), AT_ONCE)
    for delivery in waiting:
        if stopped():
            return
        _send_one(database, config, clock, delivery)


def try_now(
    settings: NoticeSettings, message: Message, config: Config, now: datetime
) -> list[tuple[Delivery, NotSent | None]]:
    """Send a message to all addresses at the same time, without the outbox, and say what came of each."""
    tried = [
        Delivery(0, settings.company_id, message.kind, channel, target, document_of(message, channel, now), now)
        for channel, target in settings.targets
    ]
    with ThreadPoolExecutor(max(len(tried), 1), "notice") as pool:
        answers = pool.map(lambda one: _attempt(one, settings.webhook_secret, config, now), tried)
        return list(zip(tried, answers, strict=True))


def results(tried: Sequence[tuple[Delivery, NotSent | None]]) -> list[str]:
    """A sentence for each address."""
    return [f"{place(one.channel, one.target)}: {in_words(refusal) if refusal else 'sent.'}" for one, refusal in tried]


def place(channel: Channel, target: str) -> str:
    """Where a notice goes, for people: an address, or the host of a webhook, whose path may be a secret in itself."""
    return target if channel is Channel.EMAIL else f"webhook at {urlsplit(target).hostname or target}"


def in_words(refusal: BridgeError) -> str:
    """What the page says of a try that failed."""
    return f"{refusal.sentence} {refusal.hint}".strip()


def _send_one(database: Database, config: Config, clock: Clock, delivery: Delivery) -> None:
    now = clock()
    with database.begin() as c:
        if not deliveries.claim(c, delivery.company_id, delivery, now, now + LEASE):
            return
        secret = notices.get(c, delivery.company_id).webhook_secret
    refusal = _attempt(delivery, secret, config, now)
    attempt, now = delivery.attempts + 1, clock()
    with database.begin() as c:
        if refusal is None:
            deliveries.sent(c, delivery.company_id, delivery.id, now)
        else:
            again = now + WAITS[attempt - 1] if attempt < TRIES else None
            deliveries.failed(c, delivery.company_id, delivery.id, attempt, in_words(refusal), again)
    _say(delivery, attempt, refusal)


def _attempt(delivery: Delivery, secret: str, config: Config, now: datetime) -> NotSent | None:
    """What the other side answered, if it did not take it. Whatever goes wrong with one message is of this one alone."""
    try:
        _send(delivery, secret, config, now)
    except NotSent as refusal:
        return refusal
    except InvalidValue as error:
        return NotSent(error.sentence)
    except Exception as error:
        log.error("Company %d: sending a notice failed with %s.", delivery.company_id, type(error).__qualname__)
        return NotSent("qbwc-bridge had an unexpected error.", "Whoever runs it finds more in its log.")
    return None


def _send(delivery: Delivery, secret: str, config: Config, now: datetime) -> None:
    document = json.loads(delivery.document)
    if delivery.channel is Channel.EMAIL:
        send_mail(config.mail, delivery.target, document["subject"], document["text"], document["id"], now)
    else:
        post(delivery.target, delivery.document, document["id"], secret, now, config.notices.allow_private)


def _say(delivery: Delivery, attempt: int, refusal: NotSent | None) -> None:
    """One line without an address: what the other side answered is on the company's page alone."""
    said = (delivery.company_id, delivery.kind.value, delivery.channel.value)
    if refusal is None:
        log.info("Company %d: the notice “%s” was sent by %s.", *said)
    else:
        log.warning("Company %d: the notice “%s” was not taken by %s, try %d of %d.", *said, attempt, TRIES)
