"""The service in numbers, as Prometheus reads them.

In: what was measured. Out: text. Everything is a gauge: it comes from rows that are forgotten one day, so a counter would
fall. Companies are told by number; there are no names and no money.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from qbwc_bridge import __version__
from qbwc_bridge.connector.outcomes import plain_code
from qbwc_bridge.records import State
from qbwc_bridge.store import measures
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.measures import Measured, Syncs

KIND = "text/plain; version=0.0.4; charset=utf-8"
Samples = Iterable[tuple[str, float]]


def text(c: Connection, now: datetime) -> str:
    """All metrics at one moment."""
    found, syncs, states = measures.of_companies(c), measures.of_syncs(c, now), measures.states(c, now)
    parts = (*_of_companies(found, now), *_of_projects(states), *_of_syncs(syncs))
    return "".join(f"{line}\n" for part in parts for line in part)


def _metric(name: str, words: str, samples: Samples) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        yield f"{name}{{{labels}}} {value:.0f}"


def _of_companies(found: list[Measured], now: datetime) -> Iterator[Iterator[str]]:
    contacts = ((_company(one.id), _epoch(one.last_contact_at)) for one in found)
    successes = ((_company(one.id), _epoch(one.last_success_at)) for one in found)
    waiting = ((_company(one.id), one.waiting) for one in found)
    ages = ((_company(one.id), _age(one.waiting_since, now)) for one in found)
    yield _metric("qbwc_build_info", "The version that serves.", [(f'version="{__version__}"', 1)])
    yield _metric(
        "qbwc_connector_last_contact_timestamp_seconds", "When the Web Connector last called; 0 is never.", contacts
    )
    yield _metric("qbwc_sync_last_success_timestamp_seconds", "When the last sync succeeded; 0 is never.", successes)
    yield _metric("qbwc_requests_waiting", "Requests not yet done.", waiting)
    yield _metric("qbwc_requests_oldest_age_seconds", "How long the oldest of them waits; 0 when none does.", ages)


def _of_projects(states: Counter[tuple[int, State]]) -> Iterator[Iterator[str]]:
    samples = ((f'{_company(company)},state="{state}"', n) for (company, state), n in sorted(states.items()))
    yield _metric("qbwc_projects", "Projects by state; a state without projects has no line.", samples)


def _of_syncs(syncs: list[Syncs]) -> Iterator[Iterator[str]]:
    ended, rounds, seconds = Counter[str](), Counter[str](), Counter[str]()
    longest: dict[str, float] = {}
    for one in syncs:
        company = _company(one.company_id)
        ended[f'{company},result="{one.result}",error="{plain_code(one.error)}"'] += one.count
        rounds[company] += one.rounds
        seconds[company] += round(one.seconds)
        longest[company] = max(one.longest, longest.get(company, 0))
    yield _metric("qbwc_syncs_last_24h", "Syncs that ended in the last 24 hours.", ended.items())
    yield _metric("qbwc_sync_rounds_last_24h", "Messages to QuickBooks in them.", rounds.items())
    yield _metric("qbwc_sync_seconds_last_24h", "How long they took together.", seconds.items())
    yield _metric("qbwc_sync_longest_seconds_last_24h", "How long the longest of them took.", longest.items())


def _company(company_id: int) -> str:
    return f'company="{company_id}"'


def _epoch(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0
