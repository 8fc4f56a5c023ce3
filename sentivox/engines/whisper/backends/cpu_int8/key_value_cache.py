"""Key-value cache of one text in the int8 decoder.

A cache for a whole batch would be padded to its longest text, and sums over padding are rounded in
another order: a text would depend on those that are decoded beside it.
"""

from __future__ import annotations

from copy import copy

import torch
from torch.nn.functional import scaled_dot_product_attention

from sentivox.engines.whisper.backends.cpu_int8.keys_and_values import Encoded
from sentivox.engines.whisper.backends.cpu_int8.layer_weights import HEAD_WIDTH


class KeyValueCache:
    """The tokens of a text so far, and the encoder output of its clip."""

    def __init__(self, encoded: Encoded, layers: int, heads: int, max_tokens: int) -> None:
        self.encoded = encoded
        self.length = 0
        """Number of tokens; a smaller one forgets the last tokens."""
        self._cache = torch.empty(layers, 2, heads, max_tokens, HEAD_WIDTH)

    def copy(self) -> KeyValueCache:
        """A cache of its own for another continuation of the same text."""
        other = copy(self)
        other._cache = torch.empty_like(self._cache)
        other._cache[..., : self.length, :] = self._cache[..., : self.length, :]
        return other

    def self_attention(self, layer: int, projected: torch.Tensor) -> torch.Tensor:
        """Self-attention of new tokens over the text so far.

        `projected` has their queries, keys and values, (tokens, 3 * width); the result has shape
        (tokens, width). Several tokens at once are the first ones of a text.
        """
        count = len(projected)
        queries, keys, values = projected.view(count, 3, -1, HEAD_WIDTH).permute(1, 2, 0, 3)
        end = self.length + count
        cache = self._cache[layer]
        cache[0, :, self.length : end] = keys
        cache[1, :, self.length : end] = values
        attended = scaled_dot_product_attention(
            queries[None], cache[None, 0, :, :end], cache[None, 1, :, :end], is_causal=count > 1
        )
        return attended[0].transpose(0, 1).flatten(1)
