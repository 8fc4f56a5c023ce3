"""Positions of tokens when texts of unequal length are decoded side by side."""

from __future__ import annotations

from collections.abc import Sequence

import torch


class TokenPositions:
    """Rows of slots, filled from left to right. Shorter prompts begin later, so that all prompts
    end at the same slot.
    """

    def __init__(self, lengths: Sequence[int], new_tokens: int, device: torch.device | str) -> None:
        """For prompts of these lengths, and `new_tokens` after each."""
        longest = max(lengths)
        self.filled = 0
        """Number of slots that have been filled."""
        unused = longest - torch.tensor(lengths)
        self._used = (torch.arange(longest + new_tokens) >= unused[:, None]).to(device)
        self._even = len(set(lengths)) == 1

    def positions(self, count: int) -> torch.Tensor:
        """Positions in their texts of the tokens of the next `count` slots: (rows, count)."""
        positions = self._used[:, : self.filled + count].cumsum(1)[:, self.filled :] - 1
        return positions.clamp(min=0)

    def used(self) -> torch.Tensor:
        """Which of the filled slots have tokens: (rows, slots)."""
        return self._used[:, : self.filled]

    def attention_mask(self, count: int) -> torch.Tensor | None:
        """Which slots the tokens of the next `count` slots may attend to: (rows, 1, count, slots),
        or None for all of them.

        Slots without a token attend to themselves: a softmax over nothing isn't a number.
        """
        if count == 1 and self._even:
            return None
        used = self._used[:, None, : self.filled + count]
        slots = torch.arange(self.filled, self.filled + count, device=used.device)
        others = torch.arange(used.shape[-1], device=used.device)
        itself = others == slots[:, None]
        earlier = others < slots[:, None]
        return (itself | (earlier & used))[:, None]

    def keep(self, rows: torch.Tensor) -> None:
        """Selects rows; a row may be selected more than once."""
        self._used = self._used[rows]
