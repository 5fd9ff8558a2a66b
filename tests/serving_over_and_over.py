"""A process that starts the real server again and again: ``python serving_over_and_over.py CONFIG.ini``.

Each line on its stdin starts one serving child, whose process id and readiness are printed; the test kills it. Forking from
a process that has imported everything makes a start take a twentieth of a second, so that hundreds of kills are affordable.
Each start sets the clock ten minutes on, so that what a killed server left open counts as abandoned.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import qbwc_bridge.web.app  # noqa: F401 - imported once, for all children
from qbwc_bridge import server
from qbwc_bridge.config import Config, load


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    config = load(Path(sys.argv[1]), {})
    for number, _ in enumerate(sys.stdin):
        if not os.fork():
            serve(config, timedelta(minutes=10 * number))


def serve(config: Config, ahead: timedelta) -> None:
    """Say who serves, or 0 when that did not work; then wait to be killed."""
    try:
        server.build(config, lambda: datetime.now(UTC) + ahead).start()
        print(os.getpid(), flush=True)
    except BaseException:
        print(0, flush=True)
        raise
    signal.pause()


if __name__ == "__main__":
    main()
