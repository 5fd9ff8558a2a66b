"""Figures, running total, the state and its words. Pure: records and a moment flow in, records flow out.

This room never knows a database, a page or a network. Whatever shows a payment summary gets it from ``summarise``; whatever
shows a state gets it from ``sync_status``: so no two places can disagree.
"""

from qbwc_bridge.summary.clock import Clock
from qbwc_bridge.summary.figures import (
    Children,
    children_of,
    covered_by,
    manual_lines,
    needs_pull,
    parents_of,
    summarise,
)
from qbwc_bridge.summary.patience import LATELY, Busy, busy, pressed_at
from qbwc_bridge.summary.state import (
    BADGES,
    STALE_AFTER,
    SyncFacts,
    SyncStatus,
    latest_slot,
    next_slot,
    quiet_until,
    sync_status,
)

__all__ = [
    "BADGES",
    "LATELY",
    "STALE_AFTER",
    "Busy",
    "Children",
    "Clock",
    "SyncFacts",
    "SyncStatus",
    "busy",
    "children_of",
    "covered_by",
    "latest_slot",
    "manual_lines",
    "needs_pull",
    "next_slot",
    "parents_of",
    "pressed_at",
    "quiet_until",
    "summarise",
    "sync_status",
]
