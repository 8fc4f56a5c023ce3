"""Decode groups: windows of one file that wait for each other so that they share a batch.

Every decoding step reads all weights of the decoder, so a token of one window alone costs several
times what it costs in a batch, and windows become ready one by one as their language is detected.
The caller of a file waits for all of it anyway. The first window never waits: its text is the first
that a streaming client sees.

Groups form where a file's windows are known, in front of the recognisers: the windows of one file
may go to several replicas.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict


class DecodeGroups:
    """The windows of one file, in groups of `size`; the first window is a group of its own."""

    def __init__(self, windows: int, size: int) -> None:
        self._size = size
        self._complete: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._sizes = Counter(map(self._group, range(windows)))
        self._missing = Counter(self._sizes)

    def has_others(self, window: int) -> bool:
        """Whether the group of that window has more than one window."""
        return self._sizes[self._group(window)] > 1

    def ready(self, window: int) -> None:
        """Reports once for each window that it is ready, or that it failed."""
        group = self._group(window)
        self._missing[group] -= 1
        if not self._missing[group]:
            self._complete[group].set()

    async def complete(self, window: int) -> None:
        """Waits until every window of the group is ready."""
        await self._complete[self._group(window)].wait()

    def _group(self, window: int) -> int:
        return -(-window // self._size)
