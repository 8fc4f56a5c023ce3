"""The layers of Whisper's encoder for CPUs: linear layers in int8, attention and convolutions in
float32 or bfloat16, whichever the CPU multiplies faster.

The states of 30 s take 12 MB per layer, more than a CPU's caches hold. So everything that concerns
single positions is done for a block of positions at a time, and attention for a block of queries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch.nn import functional

from sentivox.engines.processor import fastest_dtype
from sentivox.engines.whisper.backends.cpu_int8.layer_weights import (
    HEAD_WIDTH,
    LayerWeights,
    normed,
)
from sentivox.engines.whisper.features import Features
from sentivox.weights.ctranslate2_file import Tensor

BLOCK_POSITIONS = 256
"""Positions of a block."""


class Int8Encoder:
    """The encoder of one clip at a time."""

    def __init__(self, tensors: Mapping[str, Tensor], dtype: torch.dtype | None = None) -> None:
        """`tensors` are those of a CTranslate2 model below `encoder/`. `dtype` is the number format
        of attention and convolutions, by default the fastest one of this CPU.
        """
        weights = LayerWeights(tensors)
        self._dtype = dtype or fastest_dtype()
        self._convolutions = [
            [weights.tensor(f"{name}/{part}").to(self._dtype) for part in ("weight", "bias")]
            for name in ("conv1", "conv2")
        ]
        self._positions = weights.tensor("position_encodings/encodings")
        self._layers = [
            _Layer(weights, f"layer_{number}", self._dtype) for number in range(weights.layers)
        ]
        self._norm = weights.norm("layer_norm")

    @property
    def mels(self) -> int:
        """Number of mel bins of the features."""
        return self._convolutions[0][0].shape[1]

    def __call__(self, features: Features) -> torch.Tensor:
        """Log-mel features (mels, frames) to float32 states (frames / 2, width)."""
        with torch.inference_mode():
            x = torch.from_numpy(features)[None].to(self._dtype)
            for stride, (weight, bias) in enumerate(self._convolutions, 1):
                x = functional.gelu(functional.conv1d(x, weight, bias, stride, padding=1))
            x = x[0].t().float().contiguous()
            x += self._positions[: len(x)]
            for layer in self._layers:
                layer(x)
            return normed(x, self._norm)


class _Layer:
    def __init__(self, weights: LayerWeights, name: str, dtype: torch.dtype) -> None:
        """`dtype` is that of attention."""
        self._dtype = dtype
        self._self_norm = weights.norm(f"{name}/self_attention/layer_norm")
        self._self_in = weights.linear(f"{name}/self_attention/linear_0")
        self._self_out = weights.linear(f"{name}/self_attention/linear_1")
        self._ffn_norm = weights.norm(f"{name}/ffn/layer_norm")
        self._ffn_in = weights.linear(f"{name}/ffn/linear_0")
        self._ffn_out = weights.linear(f"{name}/ffn/linear_1")

    def __call__(self, x: torch.Tensor) -> None:
        """Changes states (positions, width) in place."""
        heads = x.shape[1] // HEAD_WIDTH
        projected = torch.empty(3, heads, len(x), HEAD_WIDTH, dtype=self._dtype)
        for block in _blocks(len(x)):
            together = self._self_in(normed(x[block], self._self_norm))
            projected[:, :, block] = together.view(-1, 3, heads, HEAD_WIDTH).permute(1, 2, 0, 3)
        attend = _attend_bfloat16 if self._dtype is torch.bfloat16 else _attend_float32
        attended = attend(*projected)
        for block in _blocks(len(x)):
            part = x[block]
            part += self._self_out(attended[block].float())
            part += self._ffn_out(functional.gelu(self._ffn_in(normed(part, self._ffn_norm))))


def _attend_bfloat16(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
) -> torch.Tensor:
    """Self-attention, (heads, positions, HEAD_WIDTH) each to (positions, width).

    torch's own attention takes half as long again in bfloat16.
    """
    heads, positions, _ = queries.shape
    queries = queries * HEAD_WIDTH**-0.5
    attended = torch.empty(positions, heads, HEAD_WIDTH, dtype=queries.dtype)
    for head in range(heads):
        transposed = keys[head].t()
        for block in _blocks(positions):
            weights = (queries[head, block] @ transposed).softmax(-1)
            attended[block, head] = weights @ values[head]
    return attended.flatten(1)


def _attend_float32(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
) -> torch.Tensor:
    """Self-attention by torch, which is faster than blocks in float32: (heads, positions,
    HEAD_WIDTH) each to (positions, width).
    """
    attended = functional.scaled_dot_product_attention(queries[None], keys[None], values[None])
    return attended[0].transpose(0, 1).flatten(1)


def _blocks(positions: int) -> Iterator[slice]:
    for first in range(0, positions, BLOCK_POSITIONS):
        yield slice(first, first + BLOCK_POSITIONS)
