"""Who is let in: as much audio as is heard while those who sent it can be expected to wait.

Without a limit a queue grows until every answer comes too late to be of use. Seconds of audio are
counted, since that is what the stages' time goes by; a long file has its own pace
(`windows_in_flight`) and isn't counted with the short ones.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sentivox.errors import Overloaded
from sentivox.types import WINDOW_SECONDS

USUAL_S = 5.0
"""Of a file that isn't decoded yet, before any was."""
MEMORY = 0.95
"""How much of what was known stays when another file is heard."""


@dataclass(slots=True)
class Entry:
    """One file under way."""

    seconds: float
    """0 for a long one."""


class Admission:
    def __init__(self, most_s: float | None = None) -> None:
        """`most_s` of short files' audio may be under way when another comes in; None for any."""
        self._most_s = most_s
        self._under_way_s = 0.0
        self._usual_s = USUAL_S
        self._heard_s = self._busy_s = 0.0
        """Audio of late, and the time in which it was heard."""
        self._since = 0.0

    @contextmanager
    def entry(self) -> Iterator[Entry]:
        """Around everything that is done for one file. Raises Overloaded."""
        if self._most_s is not None and self._under_way_s >= self._most_s:
            raise Overloaded(
                "Too much is being transcribed right now. Try again in a few seconds.",
                None,
                self.wait_s(),
            )
        if not self._under_way_s:
            self._since = time.monotonic()
        entry = Entry(self._usual_s)
        self._under_way_s += entry.seconds
        try:
            yield entry
        finally:
            self._leave(entry)

    def decoded(self, entry: Entry, seconds: float) -> None:
        """How long the file turned out to be."""
        short = seconds <= WINDOW_SECONDS
        self._under_way_s += (seconds if short else 0.0) - entry.seconds
        entry.seconds = seconds if short else 0.0
        if short:
            self._usual_s += (1 - MEMORY) * (seconds - self._usual_s)

    def wait_s(self) -> float:
        """Until what is under way will have been heard, at the pace of late; whole seconds."""
        pace = self._heard_s / self._busy_s if self._busy_s else 1.0
        return float(max(1, math.ceil(self._under_way_s / max(pace, 0.1))))

    def _leave(self, entry: Entry) -> None:
        now = time.monotonic()
        self._heard_s = MEMORY * self._heard_s + entry.seconds
        self._busy_s = MEMORY * self._busy_s + now - self._since
        self._since = now
        self._under_way_s = max(0.0, self._under_way_s - entry.seconds)
