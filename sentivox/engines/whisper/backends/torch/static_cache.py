"""A key-value cache at fixed addresses, as CUDA graphs need it.

It takes over from the `KeyValueCache` of the prefill, for one token at a time, and reads the slot
of the next token from a tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.layers import (
    KeyValueCache,
    attend,
    feed_forward,
    heads,
)
from sentivox.engines.whisper.backends.torch.token_buffers import TokenBuffers


class Shape(NamedTuple):
    """Sizes of a cache, for which a CUDA graph is captured."""

    texts: int
    positions: int
    """Positions of the encoder output."""
    slots: int
    """Slots for tokens."""


class StaticKeyValueCache:
    """Two buffers that are viewed in the current shape."""

    def __init__(self, model: WhisperForConditionalGeneration) -> None:
        self._decoder = model.model.decoder
        attention = self._decoder.layers[0].self_attn
        self._layers = len(self._decoder.layers)
        self._heads, self._head_width = attention.num_heads, attention.head_dim
        self._cross = torch.zeros(0, dtype=model.dtype, device=model.device)
        self._cache = torch.zeros_like(self._cross)

    def fits(self, shape: Shape) -> bool:
        """Whether the buffers are large enough."""
        cross, cache = self._counts(shape)
        return cross <= len(self._cross) and cache <= len(self._cache)

    def allocate(self, shape: Shape) -> None:
        """Allocates buffers that are large enough; the old addresses and contents are lost."""
        cross, cache = self._counts(shape)
        cross, cache = max(cross, len(self._cross)), max(cache, len(self._cache))
        # The old buffers are freed first: there may not be memory for both.
        self._cross, self._cache = self._cross.new_zeros(0), self._cache.new_zeros(0)
        self._cross, self._cache = self._cross.new_zeros(cross), self._cache.new_zeros(cache)

    def load(self, filled: KeyValueCache, shape: Shape) -> None:
        """Copies a cache of up to `shape.texts` texts.

        The rest is cleared: masked slots count for nothing only if they hold numbers.
        """
        cross, cache = self._view(self._cross, shape), self._view(self._cache, shape)
        count, read = len(filled.cross[0].keys), filled.positions.filled
        for layer, each in zip(cross, filled.cross, strict=True):
            layer[0, :count].copy_(each.keys)
            layer[1, :count].copy_(each.values)
            layer[:, count:].zero_()
        cache[:, :, :count, :, :read].copy_(filled.cache[:, :, :count, :, :read])
        cache[:, :, count:, :, :read].zero_()
        cache[:, :, :, :, read:].zero_()

    def keep(self, rows: Sequence[int], shape: Shape, smaller: Shape) -> None:
        """Moves these texts into the views of a smaller shape."""
        chosen = torch.tensor(rows, device=self._cache.device)
        for buffer in (self._cross, self._cache):
            kept = self._view(buffer, shape)[:, :, chosen]
            self._view(buffer, smaller)[:, :, : len(rows)].copy_(kept)

    def step(self, texts: TokenBuffers, shape: Shape) -> torch.Tensor:
        """Reads the last token of each text; returns the states (texts, width)."""
        decoder = self._decoder
        cross, cache = self._view(self._cross, shape), self._view(self._cache, shape)
        texts.used.index_fill_(1, texts.slot, True)
        mask = torch.zeros_like(texts.used, dtype=cache.dtype)
        mask = mask.masked_fill_(~texts.used, -torch.inf)[:, None, None]
        x = decoder.embed_tokens(texts.last) + decoder.embed_positions.weight[texts.position]
        x = x[:, None]
        for layer, own, encoded in zip(decoder.layers, cache, cross, strict=True):
            attention, normed = layer.self_attn, layer.self_attn_layer_norm(x)
            own[0].index_copy_(2, texts.slot, heads(attention.k_proj(normed), attention))
            own[1].index_copy_(2, texts.slot, heads(attention.v_proj(normed), attention))
            queries = heads(attention.q_proj(normed) * attention.scaling, attention)
            x = x + attention.out_proj(attend(queries, own[0], own[1], mask))
            attention, normed = layer.encoder_attn, layer.encoder_attn_layer_norm(x)
            queries = heads(attention.q_proj(normed) * attention.scaling, attention)
            x = x + attention.out_proj(attend(queries, encoded[0], encoded[1], None))
            x = x + feed_forward(layer, x)
        return decoder.layer_norm(x)[:, 0]

    def _view(self, buffer: torch.Tensor, shape: Shape) -> torch.Tensor:
        """(layers, keys and values, texts, heads, positions or slots, head width)."""
        length = shape.positions if buffer is self._cross else shape.slots
        outer = (self._layers, 2, shape.texts, self._heads, length, self._head_width)
        return buffer[: self._count(shape.texts, length)].view(outer)

    def _counts(self, shape: Shape) -> tuple[int, int]:
        """Numbers in the buffer of encoder outputs, and in that of tokens."""
        return self._count(shape.texts, shape.positions), self._count(shape.texts, shape.slots)

    def _count(self, texts: int, length: int) -> int:
        return self._layers * 2 * texts * self._heads * length * self._head_width
