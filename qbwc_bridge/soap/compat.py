"""Spyne 2.14 on the Pythons of today: everything this product uses of Spyne is imported here.

In: an installed Spyne, which its authors last released for Python 3.10. Out: the names in ``__all__``, and
a Spyne that logs nothing. It changes no file of Spyne and leaves no trace in the interpreter but Spyne itself:

- its copy of ``six`` offers ``six.moves`` through an import hook that Python 3.12 no longer understands, so the five
  modules it asks for are registered under those names;
- it imports ``cgi``, which Python 3.13 no longer has, for one function; a stand-in is lent during the import;
- its modules warn about themselves while they are compiled, which ``-W error`` would make fatal.

Spyne logs whole requests when it cannot read them, passwords and books included, headers at DEBUG, and exceptions with
their texts. Nothing of that may reach a log, whatever a configuration says later; this room logs for itself.
"""

import collections.abc
import contextlib
import http.cookies
import logging
import sys
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Iterator
from email.message import Message
from types import ModuleType

__all__ = [
    "Application",
    "Array",
    "EventManager",
    "Integer32",
    "MethodContext",
    "ServerBase",
    "ServiceBase",
    "Soap11",
    "Unicode",
    "rpc",
]

_SIX = "spyne.util.six"
_MOVES = {
    "collections_abc": collections.abc,
    "http_cookies": http.cookies,
    "urllib.error": urllib.error,
    "urllib.parse": urllib.parse,
    "urllib.request": urllib.request,
}


def _parse_header(line: str) -> tuple[str, dict[str, str]]:
    """What ``cgi.parse_header`` did: ``text/xml; charset=utf-8`` → ``("text/xml", {"charset": "utf-8"})``."""
    message = Message()
    message["Content-Type"] = line
    (value, _), *parameters = message.get_params(failobj=[("", "")])
    return value, dict(parameters)


@contextlib.contextmanager
def importable() -> Iterator[None]:
    """Spyne can be imported inside; outside, the interpreter is as it was."""
    cgi = ModuleType("cgi")
    cgi.parse_header = _parse_header  # type: ignore[attr-defined]
    before = sys.modules.get("cgi")
    sys.modules.update({f"{_SIX}.moves.{name}": module for name, module in _MOVES.items()}, cgi=cgi)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        del sys.modules["cgi"]
        if before:
            sys.modules["cgi"] = before
        sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != _SIX]


def _silence() -> None:
    """A filter outlives setLevel and logging.config, which could switch a disabled logger on again."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == "spyne":
            logging.getLogger(name).addFilter(lambda _: False)


with importable():
    from spyne import Application, Array, EventManager, Integer32, MethodContext, ServiceBase, Unicode, rpc
    from spyne.protocol.soap.soap11 import Soap11
    from spyne.server import ServerBase

_silence()
