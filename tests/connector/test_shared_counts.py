"""Wrong passwords counted in a real Redis: all processes together, without an address in clear, and never in the way."""

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import redis_server

from qbwc_bridge.config import load
from qbwc_bridge.connector.counts import FORGET
from qbwc_bridge.connector.throttle import FREE, throttle
from qbwc_bridge.errors import ConfigurationError

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DANA, HOME = "dana@example.com", "192.0.2.7"


def fail(url: str, times: int, purpose: str = "site", now: datetime = NOW) -> None:
    """Each time in another process, as it were."""
    for _ in range(times):
        throttle(url, purpose).failed(DANA, HOME, now)


def wait(url: str, account: str = DANA, purpose: str = "site", now: datetime = NOW) -> int:
    return throttle(url, purpose).wait(account, HOME, now)


def test_processes_count_together(redis: redis_server.Server) -> None:
    fail(redis.url, FREE - 1)
    assert wait(redis.url) == 0
    fail(redis.url, 1)
    assert wait(redis.url) == 2
    assert wait(redis.url, "DANA@example.com") == 2
    assert wait(redis.url, "sam@example.com") == 0
    assert wait(redis.url, purpose="connector") == 0
    fail(redis.url, 20)
    assert wait(redis.url) == 60
    assert wait(redis.url, now=NOW + timedelta(seconds=61)) == 0


def test_the_right_password_is_known_to_all(redis: redis_server.Server) -> None:
    fail(redis.url, FREE)
    throttle(redis.url, "site").succeeded(DANA, HOME, NOW)
    assert wait(redis.url) == 0
    assert redis.keys() == {}


def test_what_is_kept_tells_nobody_who_it_was_and_goes_away(redis: redis_server.Server) -> None:
    fail(redis.url, 1)
    ((key, seconds),) = redis.keys().items()
    assert "dana" not in key
    assert HOME not in key
    assert 0 < seconds <= FORGET.total_seconds()


def test_a_redis_that_is_away_is_told_once_a_minute_and_breaks_nothing(
    redis: redis_server.Server, caplog: pytest.LogCaptureFixture
) -> None:
    mine = throttle(redis.url, "site")
    mine.failed(DANA, HOME, NOW)
    redis.end()
    for second in range(50):
        mine.failed(DANA, HOME, NOW + timedelta(seconds=second))
        mine.succeeded("sam@example.com", HOME, NOW + timedelta(seconds=second))
    assert mine.wait(DANA, HOME, NOW + timedelta(seconds=50)) == 59
    assert caplog.text.count("Redis is away") == 1
    mine.failed(DANA, HOME, NOW + timedelta(seconds=70))
    assert caplog.text.count("Redis is away") == 2
    redis.begin()
    assert mine.wait(DANA, HOME, NOW + timedelta(seconds=80)) == 0, "the one that is back counts anew"
    mine.failed(DANA, HOME, NOW + timedelta(seconds=80))
    assert len(redis.keys()) == 1
    assert DANA not in caplog.text


def test_a_redis_that_says_nothing_delays_nobody_for_long(caplog: pytest.LogCaptureFixture) -> None:
    """192.0.2.1 is an address nobody has."""
    began = datetime.now(UTC)
    with caplog.at_level(logging.WARNING):
        mine = throttle("redis://192.0.2.1:6379/0", "site")
        for _ in range(FREE):
            mine.failed(DANA, HOME, NOW)
        assert mine.wait(DANA, HOME, NOW) == 2
    assert datetime.now(UTC) - began < timedelta(seconds=4)


def test_without_an_address_the_library_is_not_even_loaded() -> None:
    loads = "import sys; from qbwc_bridge.connector.throttle import throttle; throttle('', 'site')"
    command = [sys.executable, "-c", f"{loads}; import qbwc_bridge.web.app; print('redis' in sys.modules)"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_an_address_without_the_library_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    assert load(None, {}).server.redis_url == ""
    with pytest.raises(ConfigurationError, match=r"pip install qbwc-bridge\[redis\]") as refused:
        load(None, {"QBWC_BRIDGE_SERVER_REDIS_URL": "redis://:hush@localhost"})
    assert "hush" not in str(refused.value)
