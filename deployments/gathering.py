"""Windows of a long file that are recognised together.

Alone, a token costs a window several times what it costs in a batch, since every step of the
decoder reads all of its weights; and windows whose language has just been told come one by one. So
those of a file wait for each other, some at a time: it is all the same to whoever waits for the
whole file. The first doesn't wait: its words are the first that a client sees.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict


class Gathering:
    def __init__(self, windows: int, together: int) -> None:
        """`together` windows wait for each other; of the last ones perhaps fewer."""
        self._together = together
        self._complete: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._sizes = Counter(map(self._group, range(windows)))
        self._missing = Counter(self._sizes)

    def among(self, number: int) -> bool:
        """Whether that window waits for others."""
        return self._sizes[self._group(number)] > 1

    def arrived(self, number: int) -> None:
        """Once for each window, also where it comes to nothing."""
        group = self._group(number)
        self._missing[group] -= 1
        if not self._missing[group]:
            self._complete[group].set()

    async def others(self, number: int) -> None:
        """Those that this window waits for."""
        await self._complete[self._group(number)].wait()

    def _group(self, number: int) -> int:
        return -(-number // self._together)
