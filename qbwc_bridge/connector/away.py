"""Calls while the database is away: each still gets an answer that makes the Web Connector come back later.

In: a call. Out: its answer, or the one for such a time. It never hides any other error.
"""

import logging
from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import ParamSpec, TypeVar

from qbwc_bridge.errors import DatabaseAway

log = logging.getLogger(__name__)
Asked = ParamSpec("Asked")
Answered = TypeVar("Answered")


def kindly(answer: Answered) -> Callable[[Callable[Asked, Answered]], Callable[Asked, Answered]]:
    """While the database is away a call still gets an answer the Web Connector understands; it comes back later."""

    def around(call: Callable[Asked, Answered]) -> Callable[Asked, Answered]:
        @wraps(call)
        def answered(*arguments: Asked.args, **options: Asked.kwargs) -> Answered:
            try:
                return call(*arguments, **options)
            except DatabaseAway as away:
                log.error("%s: %s", call.__name__, away)
                return copy(answer)

        return answered

    return around
