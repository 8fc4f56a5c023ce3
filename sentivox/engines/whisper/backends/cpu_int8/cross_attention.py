"""Cross-attention over the encoder output of a clip, without keys and values.

Attention keeps a key and a value of each position for each layer: 37 MB for 30 s in single
precision, all read for every token. But both are linear in the encoder output x. A query times a
key, `q . (K x)`, is `(K^T q) . x`, and a sum of values, `sum p (V x)`, is `V (sum p x)`. So only x
is kept, and all layers and heads read the same 0.7 MB (DeepSeek-AI 2024, "DeepSeek-V2", section
2.1.2, has the identity for self-attention).
"""

from __future__ import annotations

from typing import Protocol, Self

import torch

from sentivox.engines.int8_linear import quantized
from sentivox.engines.processor import HAS_VNNI

FINE_STEPS = 254
"""Steps in which the rounding error of an attention weight is kept."""
MIN_INT8_POSITIONS = 400
"""Shorter encoder outputs are as fast in float32 (docs/log.md)."""


class CrossAttention(Protocol):
    """The encoder output of a clip, as attention reads it."""

    def attend(self, queries: torch.Tensor) -> torch.Tensor:
        """Weighted sums of the encoder output: (queries, width), and so the result."""

    def part(self, first: int, end: int) -> Self:
        """Some positions, as a clip of their own."""


class Float32CrossAttention:
    """The reference: the encoder output in single precision."""

    def __init__(self, states: torch.Tensor) -> None:
        """`states` has shape (positions, width)."""
        self._states = states

    def attend(self, queries: torch.Tensor) -> torch.Tensor:
        """See CrossAttention."""
        return (queries @ self._states.t()).softmax(-1) @ self._states

    def part(self, first: int, end: int) -> Self:
        return type(self)(self._states[first:end])


class Int8CrossAttention:
    """The encoder output in int8, with a mean and a scale for each channel: some channels are far
    from zero everywhere, and some ten times as large as others.
    """

    def __init__(self, numbers: torch.Tensor, means: torch.Tensor, scales: torch.Tensor) -> None:
        """int8 `numbers` (positions, width); `means` and `scales` (1, width)."""
        self._numbers = numbers
        self._means = means
        self._scales = scales

    @classmethod
    def of(cls, states: torch.Tensor) -> Self:
        """Quantizes an encoder output (positions, width)."""
        means = states.mean(0, keepdim=True)
        numbers, scales = quantized(states - means, 0)
        return cls(numbers, means, scales)

    def attend(self, queries: torch.Tensor) -> torch.Tensor:
        """See CrossAttention."""
        # The means add the same to all scores of a query.
        int8_queries, query_scales = quantized(queries * self._scales, -1)
        scores = torch._int_mm(int8_queries, self._numbers.t()).float()
        weights = scores.mul_(query_scales).softmax(-1)
        unit = weights.amax(-1, keepdim=True) / 127
        both = torch._int_mm(_coarse_and_fine(weights.div_(unit)), self._numbers).float()
        coarse, fine = both.chunk(2)
        sums = torch.add(coarse, fine, alpha=1 / FINE_STEPS)
        return torch.addcmul(self._means, sums, unit * self._scales)

    def part(self, first: int, end: int) -> Self:
        return type(self)(self._numbers[first:end], self._means, self._scales)


def cross_attention(states: torch.Tensor) -> CrossAttention:
    """The encoder output of a clip, float32 (positions, width)."""
    if HAS_VNNI and len(states) > MIN_INT8_POSITIONS:
        return Int8CrossAttention.of(states)
    return Float32CrossAttention(states)


def _coarse_and_fine(weights: torch.Tensor) -> torch.Tensor:
    """Weights (queries, positions) up to 127 as int8, for twice the queries: each weight rounded,
    then its rounding error.

    One position may weigh a thousand times as much as each of a thousand others, whose sum counts
    all the same.
    """
    coarse = weights.round()
    return torch.cat([coarse, (weights - coarse).mul_(FINE_STEPS).round_()]).to(torch.int8)
