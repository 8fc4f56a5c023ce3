"""The layers of Whisper's text decoder with int8 weights, for processors.

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
    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        """`tensors` are those of CTranslate2's file below `decoder/`."""
        weights = LayerWeights(tensors)
        self._layers = [_Layer(weights, f"layer_{number}") for number in range(weights.layers)]
        # Halves: only the rows of a few tokens are needed at a time.
        self.embeddings = weights.tensor("embeddings/weight").half()
        self._positions = weights.tensor("position_encodings/encodings")
        self._norm = weights.norm("layer_norm")

    @property
    def most_tokens(self) -> int:
        """Of a text and what comes before it."""
        return len(self._positions)

    def memory(self, sound: EncoderOutputs, lengths: Sequence[int], most: int) -> KeyValueCache:
        """Of prompts of these `lengths`, one a clip, and `most` tokens after them."""
        heads = self.embeddings.shape[1] // HEAD_WIDTH
        return KeyValueCache(sound, len(self._layers), heads, lengths, most)

    def read(self, ids: torch.Tensor, memories: Sequence[KeyValueCache]) -> torch.Tensor:
        """Tokens (texts, count), those of one memory after those of another -> states (texts,
        count, width).
        """
        order = torch.cat([memory.begin(ids.shape[1]) for memory in memories])
        x = self.embeddings[ids].float() + self._positions[order]
        for number, layer in enumerate(self._layers):
            x = layer(x, number, memories)
        for memory in memories:
            memory.end()
        return normed(x, self._norm)


class _Layer:
    def __init__(self, weights: LayerWeights, name: str) -> None:
        self._own_norm = weights.norm(f"{name}/self_attention/layer_norm")
        self._own = weights.linear(f"{name}/self_attention/linear_0")
        self._own_out = weights.linear(f"{name}/self_attention/linear_1")
        self._sound_norm = weights.norm(f"{name}/attention/layer_norm")
        self._sound = SoundAttention(weights, f"{name}/attention")
        self._wide_norm = weights.norm(f"{name}/ffn/layer_norm")
        self._wide = weights.linear(f"{name}/ffn/linear_0")
        self._narrow = weights.linear(f"{name}/ffn/linear_1")

    def __call__(
        self, x: torch.Tensor, number: int, memories: Sequence[KeyValueCache]
    ) -> torch.Tensor:
        """`x` is (texts, tokens, width); weights are read once for all memories, each of which
        looks at what it has itself.
        """
        texts = [memory.texts for memory in memories]
        asked = self._own(normed(x, self._own_norm)).split(texts)
        read = [
            memory.own(number, *each.chunk(3, -1))
            for memory, each in zip(memories, asked, strict=True)
        ]
        x = x + self._own_out(torch.cat(read))
        x = x + self._sound(normed(x, self._sound_norm), memories)
        wide = torch.nn.functional.gelu(self._wide(normed(x, self._wide_norm)))
        return x + self._narrow(wide)


class SoundAttention:
    """What the tokens find in the sound; see `clips_sound` for what it does without."""

    def __init__(self, weights: LayerWeights, name: str) -> None:
        self._query = weights.linear(f"{name}/linear_0")
        both = weights.tensor(f"{name}/linear_1/weight").unflatten(0, (2, -1, HEAD_WIDTH))
        self._keys = both[0] * HEAD_WIDTH**-0.5
        self._values = both[1].transpose(1, 2).contiguous()
        # That of the keys moves all scores alike.
        self._values_bias = weights.tensor(f"{name}/linear_1/bias").chunk(2)[1]
        self._out = weights.linear(f"{name}/linear_2")

    def __call__(self, x: torch.Tensor, memories: Sequence[KeyValueCache]) -> torch.Tensor:
        """(texts, tokens, width) -> the same."""
        texts, tokens, _ = x.shape
        queries = self._query(x).flatten(0, 1).unflatten(-1, (-1, HEAD_WIDTH))
        asked = (queries.transpose(0, 1) @ self._keys).transpose(0, 1)
        each = asked.reshape(texts, -1, x.shape[-1]).split([memory.texts for memory in memories])
        heard = torch.cat(
            [memory.sound.attended(own) for memory, own in zip(memories, each, strict=True)]
        )
        by_head = heard.view(texts * tokens, -1, x.shape[-1]).transpose(0, 1)
        values = (by_head @ self._values).transpose(0, 1).reshape(texts, tokens, -1)
        return self._out(values + self._values_bias)
