"""Where the tokens are when texts of unequal length are decoded side by side."""

from __future__ import annotations

from collections.abc import Sequence

import torch


class TokenPositions:
    """Rows of places, filled from left to right. Shorter prompts begin later, so that all of them
    end at the same place.
    """

    def __init__(self, lengths: Sequence[int], most: int, device: torch.device | str) -> None:
        """Of prompts of these lengths, and `most` tokens after them."""
        longest = max(lengths)
        self.read = 0
        """How many places have been filled."""
        self._used = torch.ones(len(lengths), longest + most, dtype=torch.bool)
        for row, length in enumerate(lengths):
            self._used[row, : longest - length] = False
        self._used = self._used.to(device)
        self._even = len(set(lengths)) == 1

    def order(self, count: int) -> torch.Tensor:
        """Which token of its text is in each of the next `count` places: (rows, count)."""
        order = self._used[:, : self.read + count].cumsum(1)[:, self.read :] - 1
        return order.clamp(min=0)

    def used(self) -> torch.Tensor:
        """Which of the places so far have tokens: (rows, places)."""
        return self._used[:, : self.read]

    def seen(self, count: int) -> torch.Tensor | None:
        """What those may look at: (rows, 1, count, places so far), or None for everything.

        Places without a token look at themselves: an empty softmax isn't a number.
        """
        if count == 1 and self._even:
            return None
        used = self._used[:, None, : self.read + count]
        places = torch.arange(self.read, self.read + count, device=used.device)
        others = torch.arange(used.shape[-1], device=used.device)
        itself = others == places[:, None]
        earlier = others < places[:, None]
        return (itself | (earlier & used))[:, None]

    def forget(self, counts: Sequence[int]) -> None:
        """So many of the last tokens of each row haven't been read after all."""
        self.read -= min(counts)
        self._even = self._even and len(set(counts)) == 1
        for row, count in enumerate(counts):
            self._used[row, self.read - count + min(counts) : self.read] = False

    def keep(self, rows: torch.Tensor) -> None:
        """These rows from now on, some of them more than once perhaps."""
        self._used = self._used[rows]
