"""What Whisper's decoder knows of some clips: their sound, and the tokens read so far."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from sentivox.engines.whisper.backends.cpu_int8.encoder_outputs import HEAD_WIDTH, EncoderOutputs
from sentivox.engines.whisper.backends.token_positions import TokenPositions


class KeyValueCache:
    def __init__(
        self, sound: EncoderOutputs, layers: int, heads: int, lengths: Sequence[int], most: int
    ) -> None:
        """There will be prompts of these `lengths`, one a clip, and `most` tokens after them."""
        self.sound = sound
        self._places = TokenPositions(lengths, most, "cpu")
        self._count = 0
        self._seen: torch.Tensor | None = None
        self._cache = torch.zeros(layers, 2, len(lengths), heads, max(lengths) + most, HEAD_WIDTH)

    @property
    def texts(self) -> int:
        """One of each clip."""
        return self._cache.shape[2]

    def begin(self, count: int) -> torch.Tensor:
        """So many tokens of each text will be read: which tokens of their texts they are, (texts,
        count).
        """
        self._count, self._seen = count, self._places.seen(count)
        return self._places.order(count)

    def end(self) -> None:
        """They have been read by all layers."""
        self._places.read += self._count

    def own(
        self, layer: int, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        """What the tokens find in their texts so far, themselves included: (texts, tokens, width)
        each -> the same.
        """
        at, until = self._places.read, self._places.read + self._count
        cache = self._cache[layer]
        cache[0, :, :, at:until] = _split_heads(keys)
        cache[1, :, :, at:until] = _split_heads(values)
        mixed = torch.nn.functional.scaled_dot_product_attention(
            _split_heads(queries), cache[0, :, :, :until], cache[1, :, :, :until], self._seen
        )
        return mixed.transpose(1, 2).flatten(2)

    def forget(self, counts: Sequence[int]) -> None:
        """So many of the last tokens of each text haven't been read after all."""
        self._places.forget(counts)

    def keep(self, rows: Sequence[int]) -> None:
        """These alone are read on."""
        chosen = torch.tensor(rows)
        self._cache = self._cache[:, :, chosen]
        self._places.keep(chosen)
        self.sound = self.sound.kept(rows)


def _split_heads(x: torch.Tensor) -> torch.Tensor:
    """(texts, tokens, width) -> (texts, heads, tokens, HEAD_WIDTH)."""
    return x.unflatten(-1, (-1, HEAD_WIDTH)).transpose(1, 2)
