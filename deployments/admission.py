"""Who is let in: whoever can be answered in time.

Without a limit a queue grows until every answer comes too late to be of use. What is under way is
counted in seconds of audio, since the stages' time goes by that, and how fast it is heard is
measured. A long file has its own pace (`windows_in_flight`), isn't counted with the short ones, and
is always let in.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sentivox.errors import Overloaded
from sentivox.settings import PatienceSettings
from sentivox.types import WINDOW_SECONDS

SECONDS_A_BYTE = 1 / 32_000
"""Of a file that isn't decoded yet, before any was: 16 bits, 16,000 times a second."""
PACE = 20.0
"""Seconds of audio heard in one, before any was."""
CROWD = 8
"""With fewer files under way, stages wait for one another, and the pace isn't what they can do."""
HOPE = 1.3
"""Who seems to come so many times too late may be in time after all: files under way count in full,
and part of each has been heard."""
MEMORY = 0.99
"""How much of what was known of the pace stays when another file is heard."""
SIZES_MEMORY = 0.95
"""The same of how long files are for their size, when another is decoded."""


@dataclass(slots=True, eq=False)
class Entry:
    """One file under way."""

    size: int
    """Bytes."""
    seconds: float
    """What it counts for; 0 where it is long."""


class Admission:
    def __init__(self, patience: PatienceSettings | None = None) -> None:
        """None lets everybody in."""
        self._patience = patience
        self._files: list[Entry] = []
        self._seconds_a_byte = SECONDS_A_BYTE
        self._heard_s, self._busy_s = PACE, 1.0
        """Audio of late, and the time in which it was heard while there was a crowd."""
        self._since = 0.0

    @contextmanager
    def entry(self, size: int) -> Iterator[Entry]:
        """Around everything that is done for one file of so many bytes. Raises Overloaded."""
        entry = Entry(max(1, size), _counted(size * self._seconds_a_byte))
        if self._patience and not self._in_time(entry, self._patience):
            raise Overloaded(
                "Too much is being transcribed right now. Try again in a few seconds.",
                None,
                math.ceil(self._until_heard_s()),
            )
        self._files.append(entry)
        if self._short() == CROWD:
            self._since = time.monotonic()
        try:
            yield entry
        finally:
            self._files.remove(entry)

    @property
    def alone(self) -> bool:
        """Whether one file is under way."""
        return len(self._files) == 1

    def decoded(self, entry: Entry, seconds: float) -> None:
        """How long the file turned out to be."""
        entry.seconds = _counted(seconds)
        off = seconds / entry.size - self._seconds_a_byte
        self._seconds_a_byte += (1 - SIZES_MEMORY) * off

    def answered(self, entry: Entry) -> None:
        """All of it was heard, which tells how fast others will be. Without a crowd bad news fades:
        nobody would come in to mend it.
        """
        if entry.seconds and self._short() >= CROWD:
            now = time.monotonic()
            heard_s, busy_s = entry.seconds, now - self._since
            self._since = now
        elif self._heard_s < PACE * self._busy_s:
            heard_s, busy_s = (1 - MEMORY) * PACE, 1 - MEMORY
        else:
            return
        self._heard_s = MEMORY * self._heard_s + heard_s
        self._busy_s = MEMORY * self._busy_s + busy_s

    def _in_time(self, entry: Entry, patience: PatienceSettings) -> bool:
        """Nobody waits for those who come to an empty place."""
        allowed_s = patience.at_least_s + patience.share * entry.seconds
        alone = not (self._files and entry.seconds)
        return alone or self._until_heard_s(entry.seconds) <= HOPE * allowed_s

    def _until_heard_s(self, more: float = 0.0) -> float:
        """Seconds until what is under way will have been heard, and so much `more` audio."""
        under_way = sum(file.seconds for file in self._files) + more
        return under_way * self._busy_s / self._heard_s

    def _short(self) -> int:
        """How many files there are that count."""
        return sum(file.seconds > 0 for file in self._files)


def _counted(seconds: float) -> float:
    return seconds if seconds <= WINDOW_SECONDS else 0.0
