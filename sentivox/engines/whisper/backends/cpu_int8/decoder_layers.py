"""The layers of Whisper's text decoder with int8 weights, for CPUs.

Layers and names are those of CTranslate2's TransformerDecoder. Rows are tokens: those of all texts
of a step, one text after the other, so that the weights are read once for all of them. A text's
rows don't depend on those of other texts, so a text is the same whatever shares its steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from sentivox.engines.whisper.backends.cpu_int8.cross_attention import CrossAttention
from sentivox.engines.whisper.backends.cpu_int8.key_value_cache import KeyValueCache
from sentivox.engines.whisper.backends.cpu_int8.keys_and_values import (
    Encoded,
    KeysAndValues,
    LayerKeysAndValues,
)
from sentivox.engines.whisper.backends.cpu_int8.layer_weights import (
    HEAD_WIDTH,
    LayerWeights,
    normed,
)
from sentivox.weights.ctranslate2_file import Tensor

TILE_ROWS = 8
"""Rows of one product in float32: sums are rounded differently in products with other numbers of
rows, so all have the same (docs/log.md)."""


class Int8Decoder:
    """The decoder without its output layer."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        """`tensors` are those of a CTranslate2 model below `decoder/`."""
        weights = LayerWeights(tensors)
        self._layers = [_Layer(weights, f"layer_{number}") for number in range(weights.layers)]
        # Half precision: only the rows of a few tokens are needed at a time.
        self.embeddings = weights.tensor("embeddings/weight").half()
        self._positions = weights.tensor("position_encodings/encodings")
        self._norm = weights.norm("layer_norm")

    @property
    def max_tokens(self) -> int:
        """Most tokens of a prompt and its text."""
        return len(self._positions)

    def keys_and_values(self, states: torch.Tensor) -> KeysAndValues:
        """Those of an encoder output, float32 (positions, width)."""
        return KeysAndValues([layer.cross.keys_and_values(states) for layer in self._layers])

    def new_cache(self, encoded: Encoded, max_tokens: int, max_rows: int = 1) -> KeyValueCache:
        """A cache for up to `max_rows` paths of a text of up to `max_tokens`, prompt included."""
        heads = self.embeddings.shape[1] // HEAD_WIDTH
        return KeyValueCache(encoded, len(self._layers), heads, max_tokens, max_rows)

    def step(
        self, tokens: Sequence[Sequence[int]], caches: Sequence[KeyValueCache]
    ) -> torch.Tensor:
        """Reads the next tokens of each cache: one for each of its rows, or all of a prompt. Either
        all clips have keys and values or none has.

        Returns the states (tokens, width).
        """
        counts = [len(each) for each in tokens]
        lengths = [len(each) // cache.rows for each, cache in zip(tokens, caches, strict=True)]
        positions = [
            cache.length + index
            for cache, length in zip(caches, lengths, strict=True)
            for _ in range(cache.rows)
            for index in range(length)
        ]
        ids = torch.tensor([token for each in tokens for token in each])
        x = self.embeddings[ids].float() + self._positions[positions]
        for number, layer in enumerate(self._layers):
            x = layer(x, number, counts, caches)
        for cache, length in zip(caches, lengths, strict=True):
            cache.length += length
        return normed(x, self._norm)


class _Layer:
    def __init__(self, weights: LayerWeights, name: str) -> None:
        self._self_norm = weights.norm(f"{name}/self_attention/layer_norm")
        self._self_in = weights.packed_linear(f"{name}/self_attention/linear_0")
        self._self_out = weights.packed_linear(f"{name}/self_attention/linear_1")
        self._cross_norm = weights.norm(f"{name}/attention/layer_norm")
        self.cross = CrossAttentionLayer(weights, f"{name}/attention")
        self._ffn_norm = weights.norm(f"{name}/ffn/layer_norm")
        self._ffn_in = weights.packed_linear(f"{name}/ffn/linear_0")
        self._ffn_out = weights.packed_linear(f"{name}/ffn/linear_1")

    def __call__(
        self,
        x: torch.Tensor,
        number: int,
        counts: Sequence[int],
        caches: Sequence[KeyValueCache],
    ) -> torch.Tensor:
        """States (rows, width) to states; `counts` has the rows of each text."""
        projected = self._self_in(normed(x, self._self_norm)).split(counts)
        attended = [
            cache.self_attention(number, own) for cache, own in zip(caches, projected, strict=True)
        ]
        x = x + self._self_out(torch.cat(attended))
        encoded = [cache.encoded for cache in caches]
        x = x + self.cross(normed(x, self._cross_norm), number, counts, encoded)
        hidden = torch.nn.functional.gelu(self._ffn_in(normed(x, self._ffn_norm)))
        return x + self._ffn_out(hidden)


class CrossAttentionLayer:
    """Attention to the encoder outputs."""

    def __init__(self, weights: LayerWeights, name: str) -> None:
        self._query = weights.packed_linear(f"{name}/linear_0")
        both = weights.tensor(f"{name}/linear_1/weight").unflatten(0, (2, -1, HEAD_WIDTH))
        self._keys = both[0] * HEAD_WIDTH**-0.5
        self._values = both[1].transpose(1, 2).contiguous()
        # The bias of the keys adds the same to all scores.
        self._values_bias = weights.tensor(f"{name}/linear_1/bias").chunk(2)[1]
        self._out = weights.packed_linear(f"{name}/linear_2")

    def keys_and_values(self, states: torch.Tensor) -> LayerKeysAndValues:
        """Those of this layer for an encoder output, float32 (positions, width)."""
        keys = self._keys @ states.t()
        return LayerKeysAndValues(keys.half(), (states @ self._values).half())

    def __call__(
        self, x: torch.Tensor, number: int, counts: Sequence[int], encoded: Sequence[Encoded]
    ) -> torch.Tensor:
        """States (rows, width) to states, in the layer with this `number`; `counts` has the rows of
        each encoder output.
        """
        queries = self._query(x).unflatten(-1, (-1, HEAD_WIDTH))
        with_keys = [clip for clip in encoded if isinstance(clip, KeysAndValues)]
        if with_keys:
            pairs = zip(with_keys, queries.split(counts), strict=True)
            values = torch.cat([clip.attend(number, own) for clip, own in pairs])
        else:
            without = [clip for clip in encoded if not isinstance(clip, KeysAndValues)]
            values = self._attended(queries, without, counts)
        return self._out(values.flatten(1) + self._values_bias)

    def _attended(
        self, queries: torch.Tensor, clips: Sequence[CrossAttention], counts: Sequence[int]
    ) -> torch.Tensor:
        """Weighted sums of values by attention without keys and values; see `cross_attention`."""
        by_key = _by_tiles(queries, self._keys)
        sums = torch.cat(
            [
                clip.attend(own.flatten(0, 1)).view_as(own)
                for clip, own in zip(clips, by_key.split(counts), strict=True)
            ]
        )
        return _by_tiles(sums, self._values)


def _by_tiles(x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """The product of each head, (rows, heads, inputs) by (heads, inputs, outputs) to (rows, heads,
    outputs): TILE_ROWS rows at a time, the last ones with zeros after them.
    """
    rows = len(x)
    padded = torch.nn.functional.pad(x, (0, 0, 0, 0, 0, -rows % TILE_ROWS))
    tiles = [tile.transpose(0, 1) @ weights for tile in padded.split(TILE_ROWS)]
    return torch.cat(tiles, 1).transpose(0, 1)[:rows].contiguous()
