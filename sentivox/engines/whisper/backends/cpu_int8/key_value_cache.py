"""Key-value cache of one text in the int8 decoder.

A cache for a whole batch would be padded to its longest text, and sums over padding are rounded in
another order: a text would depend on those that are decoded beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.functional import scaled_dot_product_attention

from sentivox.engines.whisper.backends.cpu_int8.keys_and_values import Encoded
from sentivox.engines.whisper.backends.cpu_int8.layer_weights import HEAD_WIDTH


class KeyValueCache:
    """The tokens of a text so far, and the encoder output of its clip.

    It has a row for each path of the text, all equally long.
    """

    def __init__(
        self, encoded: Encoded, layers: int, heads: int, max_tokens: int, max_rows: int
    ) -> None:
        self.encoded = encoded
        self.rows = 1
        self.length = 0
        """Number of tokens of each row; a smaller one forgets the last tokens."""
        self._cache = torch.empty(layers, 2, max_rows, heads, max_tokens, HEAD_WIDTH)

    def follow(self, rows: Sequence[int]) -> None:
        """Continues former rows, the first new one that with the first number, and so on."""
        moved = [row for row, before in enumerate(rows) if row != before]
        if moved:
            filled = self._cache[..., : self.length, :]
            filled[:, :, moved] = filled[:, :, [rows[row] for row in moved]]
        self.rows = len(rows)

    def self_attention(self, layer: int, projected: torch.Tensor) -> torch.Tensor:
        """Self-attention of new tokens over the text so far.

        `projected` has their queries, keys and values, (rows * tokens, 3 * width), one row after
        the other; the result has shape (rows * tokens, width). Several tokens at once are the first
        ones of a text.
        """
        count = len(projected) // self.rows
        queries, keys, values = projected.view(self.rows, count, 3, -1, HEAD_WIDTH).permute(
            2, 0, 3, 1, 4
        )
        end = self.length + count
        cache = self._cache[layer, :, : self.rows]
        cache[0, :, :, self.length : end] = keys
        cache[1, :, :, self.length : end] = values
        attended = scaled_dot_product_attention(
            queries, cache[0, :, :, :end], cache[1, :, :, :end], is_causal=count > 1
        )
        return attended.transpose(1, 2).flatten(2).flatten(0, 1)
