"""What the encoder made of clips of one length, for queries of the decoder's attention.

Attention has a key and a value of each position for each layer: 37 MB of half a minute in single
precision, all read for every token. But what it makes of them is linear. A query times a key, `q .
(K x)`, is `(K^T q) . x`, and a sum of values, `sum p (V x)`, is `V (sum p x)`. So nothing is kept
but what the encoder said, x, of which all layers and heads look at the same 0.7 MB (DeepSeek-AI
2024, "DeepSeek-V2", section 2.1.2, has the identity for the memory of earlier tokens).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch

from sentivox.engines.int8_linear import quantized

FINE = 254
"""Steps that what is left of a rounded weight is told in."""


class Float32CrossAttention:
    """As it is."""

    def __init__(self, states: torch.Tensor) -> None:
        """`states` are (clips, positions, width)."""
        self._states = states

    def attended(self, queries: torch.Tensor) -> torch.Tensor:
        """The states that are looked at, by how much: (clips, queries, width) -> the same."""
        scores: torch.Tensor = queries @ self._states.transpose(1, 2)
        return scores.softmax(-1) @ self._states

    def kept(self, clips: Sequence[int]) -> Self:
        return type(self)(self._states[list(clips)])

    def part(self, clip: int, first: int, end: int) -> Self:
        """Of one clip, as if it were all there is."""
        return type(self)(self._states[clip : clip + 1, first:end])


class Int8CrossAttention:
    """The same in eight bits, with a mean and a scale for each of a clip's channels: some are far
    from zero everywhere, and some ten times as loud as others.
    """

    def __init__(self, numbers: torch.Tensor, means: torch.Tensor, scales: torch.Tensor) -> None:
        """int8 (clips, positions, width), and twice (clips, 1, width)."""
        self._numbers = numbers
        self._means = means
        self._scales = scales

    @classmethod
    def of(cls, states: torch.Tensor) -> Self:
        """Of (clips, positions, width)."""
        means = states.mean(1, keepdim=True)
        numbers, scales = quantized(states - means, 1)
        return cls(numbers, means, scales)

    def attended(self, queries: torch.Tensor) -> torch.Tensor:
        """See Float32CrossAttention."""
        # The means move all scores of a query alike.
        asked, asked_scales = quantized(queries * self._scales, -1)
        scores = self._products(asked, self._numbers.transpose(1, 2))
        weights = scores.mul_(asked_scales).softmax(-1)
        unit = weights.amax(-1, keepdim=True) / 127
        found, more = self._products(_in_two(weights.div_(unit)), self._numbers).chunk(2, 1)
        found = torch.add(found, more, alpha=1 / FINE)
        return torch.addcmul(self._means, found, unit * self._scales)

    def kept(self, clips: Sequence[int]) -> Self:
        left = list(clips)
        return type(self)(self._numbers[left], self._means[left], self._scales[left])

    def part(self, clip: int, first: int, end: int) -> Self:
        one = slice(clip, clip + 1)
        return type(self)(self._numbers[one, first:end], self._means[one], self._scales[one])

    @staticmethod
    def _products(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """float32, of each clip."""
        sums = torch.empty(*rows.shape[:2], columns.shape[2], dtype=torch.int32)
        for clip, into in enumerate(sums):
            torch._int_mm(rows[clip], columns[clip], out=into)
        return sums.float()


def _in_two(weights: torch.Tensor) -> torch.Tensor:
    """Of (clips, queries, positions), up to 127, int8 for twice the queries: each weight, and then
    what rounding left of it.

    One position may weigh a thousand times as much as each of a thousand others, which count
    together all the same.
    """
    rough = weights.round()
    both = torch.cat([rough, (weights - rough).mul_(FINE).round_()], 1)
    return both.to(torch.int8)
