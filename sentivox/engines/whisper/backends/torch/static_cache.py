"""What Whisper's decoder knows while it writes texts, at addresses that stay: CUDA graphs want it.

As `KeyValueCache`, which reads the prompts, but for one token at a time, and with the place of the
next token told by a tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.layers import KeyValueCache, attended, heads


class Shape(NamedTuple):
    texts: int
    positions: int
    """Of the sound."""
    places: int
    """For tokens."""


@dataclass(frozen=True, slots=True)
class Token:
    """The next of each text, (texts,) but for `at` and `used`."""

    ids: torch.Tensor
    order: torch.Tensor
    """Which of its text's tokens it is."""
    at: torch.Tensor
    """The place that all of them take, (1,)."""
    used: torch.Tensor
    """Which places have tokens, (texts, places)."""


class StaticKeyValueCache:
    def __init__(self, model: WhisperForConditionalGeneration) -> None:
        self._decoder = model.model.decoder
        attention = self._decoder.layers[0].self_attn
        self._layers = len(self._decoder.layers)
        self._heads, self._head_width = attention.num_heads, attention.head_dim
        self._sound = torch.zeros(0, dtype=model.dtype, device=model.device)
        self._cache = torch.zeros_like(self._sound)

    def has_room(self, shape: Shape) -> bool:
        sound, cache = self._counts(shape)
        return sound <= len(self._sound) and cache <= len(self._cache)

    def make_room(self, shape: Shape) -> None:
        """Addresses change, and what was there is gone."""
        sound, cache = self._counts(shape)
        sound, cache = max(sound, len(self._sound)), max(cache, len(self._cache))
        # First what is there: both wouldn't fit perhaps.
        self._sound, self._cache = self._sound.new_zeros(0), self._cache.new_zeros(0)
        self._sound, self._cache = self._sound.new_zeros(sound), self._cache.new_zeros(cache)

    def load(self, memory: KeyValueCache, shape: Shape) -> None:
        """What was read of no more than so many texts. The rest is cleared, since what nobody looks
        at counts for nothing only if it's a number.
        """
        sound, cache = self._of(self._sound, shape), self._of(self._cache, shape)
        count, read = len(memory.sound[0].keys), memory.places.read
        for layer, each in zip(sound, memory.sound, strict=True):
            layer[0, :count].copy_(each.keys)
            layer[1, :count].copy_(each.values)
            layer[:, count:].zero_()
        cache[:, :, :count, :, :read].copy_(memory.cache[:, :, :count, :, :read])
        cache[:, :, count:, :, :read].zero_()
        cache[:, :, :, :, read:].zero_()

    def keep(self, rows: Sequence[int], shape: Shape, smaller: Shape) -> None:
        """These texts from now on, in the room of a smaller shape."""
        chosen = torch.tensor(rows, device=self._cache.device)
        for memory in (self._sound, self._cache):
            kept = self._of(memory, shape)[:, :, chosen]
            self._of(memory, smaller)[:, :, : len(rows)].copy_(kept)

    def read(self, token: Token, shape: Shape) -> torch.Tensor:
        """States (texts, width)."""
        decoder = self._decoder
        sound, cache = self._of(self._sound, shape), self._of(self._cache, shape)
        token.used.index_fill_(1, token.at, True)
        unseen = torch.zeros_like(token.used, dtype=cache.dtype)
        unseen = unseen.masked_fill_(~token.used, -torch.inf)[:, None, None]
        x = decoder.embed_tokens(token.ids) + decoder.embed_positions.weight[token.order]
        x = x[:, None]
        for layer, own, heard in zip(decoder.layers, cache, sound, strict=True):
            attention, normed = layer.self_attn, layer.self_attn_layer_norm(x)
            own[0].index_copy_(2, token.at, heads(attention.k_proj(normed), attention))
            own[1].index_copy_(2, token.at, heads(attention.v_proj(normed), attention))
            queries = heads(attention.q_proj(normed) * attention.scaling, attention)
            x = x + attention.out_proj(attended(queries, own[0], own[1], unseen))
            attention, normed = layer.encoder_attn, layer.encoder_attn_layer_norm(x)
            queries = heads(attention.q_proj(normed) * attention.scaling, attention)
            x = x + attention.out_proj(attended(queries, heard[0], heard[1], None))
            x = x + layer.fc2(layer.activation_fn(layer.fc1(layer.final_layer_norm(x))))
        return decoder.layer_norm(x)[:, 0]

    def _of(self, memory: torch.Tensor, shape: Shape) -> torch.Tensor:
        """(layers, keys and values, texts, heads, positions or places, head's width)."""
        length = shape.positions if memory is self._sound else shape.places
        outer = (self._layers, 2, shape.texts, self._heads, length, self._head_width)
        return memory[: self._count(shape.texts, length)].view(outer)

    def _counts(self, shape: Shape) -> tuple[int, int]:
        """Numbers of the sound, and of the tokens."""
        return self._count(shape.texts, shape.positions), self._count(shape.texts, shape.places)

    def _count(self, texts: int, length: int) -> int:
        return self._layers * 2 * texts * self._heads * length * self._head_width
