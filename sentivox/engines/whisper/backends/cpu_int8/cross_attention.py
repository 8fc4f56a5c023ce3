"""Cross-attention over encoder outputs of the same length, without keys and values.

Attention keeps a key and a value of each position for each layer: 37 MB for 30 s in single
precision, all read for every token. But both are linear in the encoder output x. A query times a
key, `q . (K x)`, is `(K^T q) . x`, and a sum of values, `sum p (V x)`, is `V (sum p x)`. So only x
is kept, and all layers and heads read the same 0.7 MB (DeepSeek-AI 2024, "DeepSeek-V2", section
2.1.2, has the identity for self-attention).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

import torch

from sentivox.engines.int8_linear import quantized

FINE_STEPS = 254
"""Steps in which the rounding error of an attention weight is kept."""


class CrossAttention(Protocol):
    """Encoder outputs of clips of one length, as attention reads them."""

    def attend(self, queries: torch.Tensor) -> torch.Tensor:
        """Weighted sums of the encoder outputs: (clips, queries, width), and so the result."""

    def kept(self, clips: Sequence[int]) -> Self:
        """A selection of the clips."""

    def part(self, clip: int, first: int, end: int) -> Self:
        """Some positions of one clip, as a clip of its own."""


class Float32CrossAttention:
    """The reference: encoder outputs in single precision."""

    def __init__(self, states: torch.Tensor) -> None:
        """`states` has shape (clips, positions, width)."""
        self._states = states

    def attend(self, queries: torch.Tensor) -> torch.Tensor:
        """See CrossAttention."""
        scores: torch.Tensor = queries @ self._states.transpose(1, 2)
        return scores.softmax(-1) @ self._states

    def kept(self, clips: Sequence[int]) -> Self:
        return type(self)(self._states[list(clips)])

    def part(self, clip: int, first: int, end: int) -> Self:
        return type(self)(self._states[clip : clip + 1, first:end])


class Int8CrossAttention:
    """Encoder outputs in int8, with a mean and a scale for each channel of a clip: some channels
    are far from zero everywhere, and some ten times as large as others.
    """

    def __init__(self, numbers: torch.Tensor, means: torch.Tensor, scales: torch.Tensor) -> None:
        """int8 `numbers` (clips, positions, width); `means` and `scales` (clips, 1, width)."""
        self._numbers = numbers
        self._means = means
        self._scales = scales

    @classmethod
    def of(cls, states: torch.Tensor) -> Self:
        """Quantizes encoder outputs (clips, positions, width)."""
        means = states.mean(1, keepdim=True)
        numbers, scales = quantized(states - means, 1)
        return cls(numbers, means, scales)

    def attend(self, queries: torch.Tensor) -> torch.Tensor:
        """See CrossAttention."""
        # The means add the same to all scores of a query.
        int8_queries, query_scales = quantized(queries * self._scales, -1)
        scores = self._products(int8_queries, self._numbers.transpose(1, 2))
        weights = scores.mul_(query_scales).softmax(-1)
        unit = weights.amax(-1, keepdim=True) / 127
        coarse, fine = self._products(_coarse_and_fine(weights.div_(unit)), self._numbers).chunk(
            2, 1
        )
        sums = torch.add(coarse, fine, alpha=1 / FINE_STEPS)
        return torch.addcmul(self._means, sums, unit * self._scales)

    def kept(self, clips: Sequence[int]) -> Self:
        chosen = list(clips)
        return type(self)(self._numbers[chosen], self._means[chosen], self._scales[chosen])

    def part(self, clip: int, first: int, end: int) -> Self:
        one = slice(clip, clip + 1)
        return type(self)(self._numbers[one, first:end], self._means[one], self._scales[one])

    @staticmethod
    def _products(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Matrix products of each clip, float32."""
        sums = torch.empty(*rows.shape[:2], columns.shape[2], dtype=torch.int32)
        for clip, into in enumerate(sums):
            torch._int_mm(rows[clip], columns[clip], out=into)
        return sums.float()


def _coarse_and_fine(weights: torch.Tensor) -> torch.Tensor:
    """Weights (clips, queries, positions) up to 127 as int8, for twice the queries: each weight
    rounded, then its rounding error.

    One position may weigh a thousand times as much as each of a thousand others, whose sum counts
    all the same.
    """
    coarse = weights.round()
    both = torch.cat([coarse, (weights - coarse).mul_(FINE_STEPS).round_()], 1)
    return both.to(torch.int8)
