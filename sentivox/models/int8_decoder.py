"""The layers of Whisper's text decoder with int8 weights, for processors.

Layers and names are those of CTranslate2's TransformerDecoder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from sentivox.models.clips_memory import ClipsMemory
from sentivox.models.ctranslate2_file import Tensor
from sentivox.models.heard_clips import HeardClips
from sentivox.models.layer_weights import LayerWeights, normed


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

    def hear(self, encoded: Sequence[torch.Tensor]) -> list[HeardClips]:
        """Clips as each layer hears them; `encoded` is what the encoder made of each: (positions,
        width), float32.
        """
        return [layer.hear(encoded) for layer in self._layers]

    def read(self, ids: torch.Tensor, memories: Sequence[ClipsMemory]) -> torch.Tensor:
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
        self._query = weights.linear(f"{name}/attention/linear_0")
        self._sound = weights.linear(f"{name}/attention/linear_1")
        self._sound_out = weights.linear(f"{name}/attention/linear_2")
        self._wide_norm = weights.norm(f"{name}/ffn/layer_norm")
        self._wide = weights.linear(f"{name}/ffn/linear_0")
        self._narrow = weights.linear(f"{name}/ffn/linear_1")

    def hear(self, encoded: Sequence[torch.Tensor]) -> HeardClips:
        return HeardClips(encoded, self._sound)

    def __call__(
        self, x: torch.Tensor, number: int, memories: Sequence[ClipsMemory]
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
        asked = self._query(normed(x, self._sound_norm)).split(texts)
        heard = [memory.heard(number, each) for memory, each in zip(memories, asked, strict=True)]
        x = x + self._sound_out(torch.cat(heard))
        wide = torch.nn.functional.gelu(self._wide(normed(x, self._wide_norm)))
        return x + self._narrow(wide)
