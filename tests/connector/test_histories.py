"""Random histories: a bookkeeper edits, people link, type and press Sync Data Now, the Web Connector dies, loses and repeats.

After every completed sync each project shows exactly what the company file holds, and one more sync changes nothing.
``QBWC_BRIDGE_TEST_HISTORIES`` says how many, for a night's run.
"""

import os

import pytest
from connector.histories.bookkeeper import Bookkeeper
from connector.histories.mishaps import Mishaps
from connector.histories.people import People
from connector.histories.setting import Fresh
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import rule, run_state_machine_as_test

EXAMPLES = int(os.environ.get("QBWC_BRIDGE_TEST_HISTORIES", "500"))
SHARDS = 5
ON_POSTGRESQL = 0.06  # of the number on SQLite


class Histories(Bookkeeper, People, Mishaps):
    """All that can happen, and a sync to the end now and then."""

    @rule()
    def sync_to_the_end(self) -> None:
        self._good_sync()
        self._all_true()
        self.office.sync_now()
        self._visit()
        run = self.office.log()[0]
        assert (run.added, run.changed, run.removed) == (0, 0, 0)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_histories(fresh: Fresh, backend: str, shard: int) -> None:
    class Sharded(Histories):
        pass

    Sharded.fresh = staticmethod(fresh)
    examples = EXAMPLES // SHARDS
    if backend == "postgresql":
        examples = int(EXAMPLES * ON_POSTGRESQL) if shard == 0 else 0
    if not examples:
        pytest.skip("one shard is enough here")
    chosen = settings(
        max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=[*HealthCheck]
    )
    run_state_machine_as_test(seed(shard)(Sharded), settings=chosen)
