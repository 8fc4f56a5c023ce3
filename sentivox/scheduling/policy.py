"""The scheduling policy of a stage: which waiting entries form the next batch.

1. Entries of different priority never share a batch: final text would wait for a file's windows.
2. The highest priority goes first: final text, then uploads, then interim text.
3. Within uploads the entry that is due first goes first. An entry is due `DUE_S` after its arrival
   for each second that it costs, so a short file passes a long one, and a long one isn't starved.
4. A batch takes entries in that order until its cost would exceed the limit of its priority.
5. `max_concurrent_batches` batches run at the same time; interim text leaves one of them free.
6. An entry of a decode group waits up to `GROUP_WAIT_S` for the others of its group.

The policy has no clock, no threads and no event loop: callers pass the time. docs/scheduling.md
describes it with examples.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sentivox.types import Priority

GROUP_WAIT_S = 0.05
"""The entries of a decode group come from another process, one after the other."""
DUE_S = 0.3
"""Seconds after its arrival at which an upload is due, for each second that it costs."""


@dataclass(slots=True, eq=False)
class Entry:
    """One piece of work that waits for a batch."""

    priority: Priority
    cost: float
    """Audio seconds with context padding, or rows."""
    arrived: float
    """Time of arrival, in seconds."""
    waits_until: float = -math.inf
    """Until this time the entry alone doesn't start a batch."""

    @property
    def due(self) -> float:
        return self.arrived + DUE_S * self.cost


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Limits of one stage, in the unit of `Entry.cost`."""

    max_batch: float = math.inf
    max_live_batch: float = math.inf
    """Limit for final and interim text: the next final text waits for the end of a batch."""
    max_concurrent_batches: int = 1
    padded: bool = True
    """Whether every row of a batch costs as much as the longest; otherwise costs add up."""

    def cost(self, costs: Sequence[float]) -> float:
        """Cost of a batch of entries with these costs."""
        return padded_cost(costs) if self.padded else sum(costs)

    def of(self, priority: Priority) -> float:
        """Largest cost of a batch of that priority."""
        return self.max_batch if priority is Priority.UPLOAD else self.max_live_batch


def next_batch(
    waiting: Collection[Entry], now: float, running: int, limits: BatchLimits
) -> list[Entry]:
    """The next batch of the `waiting` entries, which are in order of arrival; empty while none may
    start.

    `running` is the number of batches that run at time `now`.
    """
    ready = {entry.priority for entry in waiting if entry.waits_until <= now}
    # Interim text alone never takes the last slot.
    interim_only = all(entry.priority is Priority.INTERIM for entry in waiting)
    if not ready or running >= max(1, limits.max_concurrent_batches - interim_only):
        return []
    priority = min(ready)
    candidates = [entry for entry in waiting if entry.priority is priority]
    if priority is Priority.UPLOAD and limits.padded:
        candidates.sort(key=lambda entry: entry.due)
    batch: list[Entry] = []
    for entry in candidates:
        costs = [each.cost for each in (*batch, entry)]
        if batch and limits.cost(costs) > limits.of(priority):
            break
        batch.append(entry)
    return batch


def padded_cost(costs: Sequence[float]) -> float:
    """Cost of a batch in which every row is padded to the longest."""
    return len(costs) * max(costs)
