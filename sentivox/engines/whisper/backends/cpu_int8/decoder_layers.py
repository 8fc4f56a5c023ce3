"""The layers of Whisper's text decoder with int8 weights, for CPUs.

Layers and names are those of CTranslate2's TransformerDecoder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from sentivox.engines.whisper.backends.cpu_int8.encoder_outputs import HEAD_WIDTH, EncoderOutputs
from sentivox.engines.whisper.backends.cpu_int8.key_value_cache import KeyValueCache
from sentivox.engines.whisper.backends.cpu_int8.layer_weights import LayerWeights, normed
from sentivox.weights.ctranslate2_file import Tensor


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

    def new_cache(
        self, outputs: EncoderOutputs, lengths: Sequence[int], new_tokens: int
    ) -> KeyValueCache:
        """A cache for prompts of these `lengths`, one per clip, and `new_tokens` after each."""
        heads = self.embeddings.shape[1] // HEAD_WIDTH
        return KeyValueCache(outputs, len(self._layers), heads, lengths, new_tokens)

    def step(self, ids: torch.Tensor, caches: Sequence[KeyValueCache]) -> torch.Tensor:
        """Reads token ids (texts, count), the texts of one cache after those of another.

        Returns the states (texts, count, width).
        """
        positions = torch.cat([cache.begin_step(ids.shape[1]) for cache in caches])
        x = self.embeddings[ids].float() + self._positions[positions]
        for number, layer in enumerate(self._layers):
            x = layer(x, number, caches)
        for cache in caches:
            cache.end_step()
        return normed(x, self._norm)


class _Layer:
    def __init__(self, weights: LayerWeights, name: str) -> None:
        self._self_norm = weights.norm(f"{name}/self_attention/layer_norm")
        self._self_in = weights.linear(f"{name}/self_attention/linear_0")
        self._self_out = weights.linear(f"{name}/self_attention/linear_1")
        self._cross_norm = weights.norm(f"{name}/attention/layer_norm")
        self._cross = CrossAttentionLayer(weights, f"{name}/attention")
        self._ffn_norm = weights.norm(f"{name}/ffn/layer_norm")
        self._ffn_in = weights.linear(f"{name}/ffn/linear_0")
        self._ffn_out = weights.linear(f"{name}/ffn/linear_1")

    def __call__(
        self, x: torch.Tensor, number: int, caches: Sequence[KeyValueCache]
    ) -> torch.Tensor:
        """States (texts, tokens, width) to states. The weights are read once for all caches."""
        texts = [cache.texts for cache in caches]
        projected = self._self_in(normed(x, self._self_norm)).split(texts)
        attended = [
            cache.self_attention(number, *each.chunk(3, -1))
            for cache, each in zip(caches, projected, strict=True)
        ]
        x = x + self._self_out(torch.cat(attended))
        x = x + self._cross(normed(x, self._cross_norm), caches)
        hidden = torch.nn.functional.gelu(self._ffn_in(normed(x, self._ffn_norm)))
        return x + self._ffn_out(hidden)


class CrossAttentionLayer:
    """Attention to the encoder outputs without keys and values; see `cross_attention`."""

    def __init__(self, weights: LayerWeights, name: str) -> None:
        self._query = weights.linear(f"{name}/linear_0")
        both = weights.tensor(f"{name}/linear_1/weight").unflatten(0, (2, -1, HEAD_WIDTH))
        self._keys = both[0] * HEAD_WIDTH**-0.5
        self._values = both[1].transpose(1, 2).contiguous()
        # The bias of the keys adds the same to all scores.
        self._values_bias = weights.tensor(f"{name}/linear_1/bias").chunk(2)[1]
        self._out = weights.linear(f"{name}/linear_2")

    def __call__(self, x: torch.Tensor, caches: Sequence[KeyValueCache]) -> torch.Tensor:
        """States (texts, tokens, width) to states."""
        texts, tokens, _ = x.shape
        queries = self._query(x).flatten(0, 1).unflatten(-1, (-1, HEAD_WIDTH))
        by_key = (queries.transpose(0, 1) @ self._keys).transpose(0, 1)
        each = by_key.reshape(texts, -1, x.shape[-1]).split([cache.texts for cache in caches])
        sums = torch.cat(
            [cache.outputs.attend(own) for cache, own in zip(caches, each, strict=True)]
        )
        by_head = sums.view(texts * tokens, -1, x.shape[-1]).transpose(0, 1)
        values = (by_head @ self._values).transpose(0, 1).reshape(texts, tokens, -1)
        return self._out(values + self._values_bias)
