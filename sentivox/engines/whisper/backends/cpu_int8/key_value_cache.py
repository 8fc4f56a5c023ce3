"""Key-value cache of the int8 decoder: the encoder outputs of some clips and the tokens so far."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from sentivox.engines.whisper.backends.cpu_int8.encoder_outputs import HEAD_WIDTH, EncoderOutputs
from sentivox.engines.whisper.backends.token_positions import TokenPositions


class KeyValueCache:
    """One text per clip."""

    def __init__(
        self,
        outputs: EncoderOutputs,
        layers: int,
        heads: int,
        lengths: Sequence[int],
        new_tokens: int,
    ) -> None:
        """For prompts of these `lengths`, one per clip, and `new_tokens` after each."""
        self.outputs = outputs
        self._positions = TokenPositions(lengths, new_tokens, "cpu")
        self._count = 0
        self._mask: torch.Tensor | None = None
        slots = max(lengths) + new_tokens
        self._cache = torch.zeros(layers, 2, len(lengths), heads, slots, HEAD_WIDTH)

    @property
    def texts(self) -> int:
        return self._cache.shape[2]

    def begin_step(self, count: int) -> torch.Tensor:
        """Announces `count` tokens of each text; returns their positions, (texts, count)."""
        self._count, self._mask = count, self._positions.attention_mask(count)
        return self._positions.positions(count)

    def end_step(self) -> None:
        """All layers have read the tokens."""
        self._positions.filled += self._count

    def self_attention(
        self, layer: int, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        """Self-attention of the step's tokens over their texts so far: (texts, tokens, width) each,
        and so the result.
        """
        first, end = self._positions.filled, self._positions.filled + self._count
        cache = self._cache[layer]
        cache[0, :, :, first:end] = _split_heads(keys)
        cache[1, :, :, first:end] = _split_heads(values)
        attended = torch.nn.functional.scaled_dot_product_attention(
            _split_heads(queries), cache[0, :, :, :end], cache[1, :, :, :end], self._mask
        )
        return attended.transpose(1, 2).flatten(2)

    def forget(self, counts: Sequence[int]) -> None:
        """Removes the last tokens of each text, `counts` of them."""
        self._positions.forget(counts)

    def keep(self, rows: Sequence[int]) -> None:
        """Selects texts; the others are dropped."""
        chosen = torch.tensor(rows)
        self._cache = self._cache[:, :, chosen]
        self._positions.keep(chosen)
        self.outputs = self.outputs.kept(rows)


def _split_heads(x: torch.Tensor) -> torch.Tensor:
    """(texts, tokens, width) -> (texts, heads, tokens, HEAD_WIDTH)."""
    return x.unflatten(-1, (-1, HEAD_WIDTH)).transpose(1, 2)
