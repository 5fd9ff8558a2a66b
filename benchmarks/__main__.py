"""``python -m benchmarks [name …]``: all of them, or those named. Each prints one line or two."""

import sys
from importlib import import_module

NAMES = ("storing", "syncing", "idle_polls", "large_answers", "pages", "commands", "many_companies")

for name in sys.argv[1:] or NAMES:
    if name not in NAMES:
        sys.exit(f"There is no benchmark {name}. There are {', '.join(NAMES)}.")
    import_module(f"benchmarks.{name}").run()
