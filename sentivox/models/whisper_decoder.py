"""Whisper's text decoder in torch, for live speech on processors.

It reads a whole prompt in one step, prefix included, where CTranslate2 takes a step for each of its
tokens, and FBGEMM multiplies its int8 weights faster than CTranslate2 does on processors without
VNNI (docs/log.md). Layers and names are those of CTranslate2's TransformerDecoder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from sentivox.models.ctranslate2_file import Tensor
from sentivox.models.growing_text import Choice, GrowingText
from sentivox.models.int8_linear import Int8Linear
from sentivox.models.token_places import TokenPlaces
from sentivox.models.whisper_hypothesis import DecodedText
from sentivox.models.whisper_prompt import Prompt, Vocabulary

HEAD_WIDTH = 64
"""Of every Whisper model."""

Norm = tuple[torch.Tensor, torch.Tensor]
KeysAndValues = tuple[torch.Tensor, torch.Tensor]
"""Each (clips, heads, positions, HEAD_WIDTH)."""


class WhisperDecoder:
    def __init__(self, tensors: Mapping[str, Tensor], vocabulary: Vocabulary) -> None:
        """`tensors` are those of CTranslate2's file below `decoder/`."""
        weights = _Weights(tensors)
        numbers = {name.split("/")[0] for name in tensors} - {"layer_norm"}
        layers = sum(name.startswith("layer_") for name in numbers)
        self._layers = [_Layer(weights, f"layer_{number}") for number in range(layers)]
        embeddings = weights.tensor("embeddings/weight")
        # Halves: only the rows of a few tokens are needed at a time.
        self._embeddings = embeddings.half()
        self._positions = weights.tensor("position_encodings/encodings")
        self._norm = weights.norm("layer_norm")
        self._vocabulary = vocabulary
        # Text and its end: the other special tokens are never written here.
        self._words = Int8Linear(embeddings[: vocabulary.end_of_text + 1], None)
        self._special = embeddings[vocabulary.end_of_text + 1 :].clone()
        text = [token for token in vocabulary.never if token < vocabulary.end_of_text]
        self._never = torch.tensor(text, dtype=torch.long)
        self._never_first = torch.tensor(list(vocabulary.never_first), dtype=torch.long)

    def decode(self, encoded: torch.Tensor, prompts: Sequence[Prompt]) -> list[DecodedText]:
        """One text a prompt, the likeliest token after the likeliest.

        `encoded` is what the encoder made of the clips: (clips, positions, width), float32.
        """
        with torch.inference_mode():
            return self._decode(encoded, prompts)

    def _decode(self, encoded: torch.Tensor, prompts: Sequence[Prompt]) -> list[DecodedText]:
        known = [[*prompt.start, *prompt.prefix, *prompt.guess] for prompt in prompts]
        told = max(len(prompt.start) + len(prompt.prefix) for prompt in prompts)
        most = max(prompt.room - len(prompt.prefix) for prompt in prompts)
        most = max(1, min(most, len(self._positions) - told))
        heard = _Heard(self, encoded, known, most)
        states = heard.read(known)
        texts = [
            self._begun(prompt, states[row, -len(known[row]) :])
            for row, prompt in enumerate(prompts)
        ]
        # What was read, but for the last token of each text, which hasn't been.
        heard.forget(
            [
                len(prompt.prefix) + len(prompt.guess) - max(0, len(text.ids) - 1)
                for prompt, text in zip(prompts, texts, strict=True)
            ]
        )
        for _ in range(most - 1):
            if all(text.done for text in texts):
                break
            logits = self._words(heard.read([[text.last] for text in texts])[:, -1])
            for text, choices in zip(texts, self._choices(logits), strict=True):
                text.add(*choices)
            if any(back := [text.turn_back() for text in texts]):
                heard.forget(back)
        return [text.decoded() for text in texts]

    def _begun(self, prompt: Prompt, states: torch.Tensor) -> GrowingText:
        """`states` has one row for each token of `start`, `prefix` and `guess`."""
        end = self._vocabulary.end_of_text
        text = GrowingText(list(prompt.prefix), prompt.room, end, prompt.hasty)
        state = states[prompt.silence]
        logits = self._words(torch.cat([state[None], states[len(prompt.start) - 1 :]]))
        everything = torch.cat([logits[0], self._special @ state]).softmax(-1)
        text.no_speech = float(everything[self._vocabulary.no_speech])
        count = len(prompt.prefix)
        told = logits[1 : count + 1].log_softmax(-1)
        text.told_logprob = float(told[range(count), list(prompt.prefix)].sum())
        new = logits[count + 1 :]
        if not prompt.prefix:
            new[0, self._never_first] = -torch.inf
        for guess, (first, second) in zip([*prompt.guess, None], self._choices(new), strict=True):
            text.add(first, second)
            if text.done or first.token != guess:
                break
        text.turn_back()
        return text

    def _choices(self, logits: torch.Tensor) -> list[tuple[Choice, Choice]]:
        """The two likeliest tokens of each row."""
        logits[:, self._never] = -torch.inf
        likely, ids = logits.log_softmax(-1).topk(2)
        return [
            (Choice(first, likeliest), Choice(second, next_likeliest))
            for (first, second), (likeliest, next_likeliest) in zip(
                ids.tolist(), likely.tolist(), strict=True
            )
        ]


class _Heard:
    """The decoder's memory of some clips: their sound, and the tokens read so far."""

    def __init__(
        self,
        decoder: WhisperDecoder,
        encoded: torch.Tensor,
        known: Sequence[Sequence[int]],
        most: int,
    ) -> None:
        self._decoder = decoder
        self._sound = [layer.hear(encoded) for layer in decoder._layers]
        lengths = [len(tokens) for tokens in known]
        self._places = TokenPlaces(lengths, most, encoded.device)
        heads = encoded.shape[-1] // HEAD_WIDTH
        self._cache = encoded.new_zeros(
            len(self._sound), 2, len(known), heads, max(lengths) + most, HEAD_WIDTH
        )

    def read(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        """States (clips, longest, width); shorter rows are at the end of theirs."""
        longest = max(map(len, tokens))
        end = self._decoder._vocabulary.end_of_text
        ids = torch.tensor([[end] * (longest - len(row)) + list(row) for row in tokens])
        order, seen = self._places.order(longest), self._places.seen(longest)
        x = self._decoder._embeddings[ids].float() + self._decoder._positions[order]
        for layer, cache, sound in zip(
            self._decoder._layers, self._cache, self._sound, strict=True
        ):
            x = layer(x, cache, self._places.read, seen, sound)
        self._places.read += longest
        return _normed(x, self._decoder._norm)

    def forget(self, counts: Sequence[int]) -> None:
        """So many of the last tokens of each row haven't been read after all."""
        self._places.forget(counts)


class _Layer:
    def __init__(self, weights: _Weights, name: str) -> None:
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

    def hear(self, encoded: torch.Tensor) -> KeysAndValues:
        keys, values = self._sound(encoded).chunk(2, -1)
        return _heads(keys).contiguous(), _heads(values).contiguous()

    def __call__(
        self,
        x: torch.Tensor,
        cache: torch.Tensor,
        at: int,
        seen: torch.Tensor | None,
        sound: KeysAndValues,
    ) -> torch.Tensor:
        """`x` is (clips, tokens, width); its keys and values go into `cache` from `at` on."""
        until = at + x.shape[1]
        query, key, value = self._own(_normed(x, self._own_norm)).chunk(3, -1)
        cache[0, :, :, at:until] = _heads(key)
        cache[1, :, :, at:until] = _heads(value)
        x = x + self._own_out(
            _attended(query, cache[0, :, :, :until], cache[1, :, :, :until], seen)
        )
        x = x + self._sound_out(_attended(self._query(_normed(x, self._sound_norm)), *sound, None))
        wide = torch.nn.functional.gelu(self._wide(_normed(x, self._wide_norm)))
        return x + self._narrow(wide)


class _Weights:
    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors

    def tensor(self, name: str) -> torch.Tensor:
        return torch.from_numpy(self._tensors[name].astype(np.float32))

    def linear(self, name: str) -> Int8Linear:
        return Int8Linear(self.tensor(f"{name}/weight"), self.tensor(f"{name}/bias"))

    def norm(self, name: str) -> Norm:
        return self.tensor(f"{name}/gamma"), self.tensor(f"{name}/beta")


def _heads(x: torch.Tensor) -> torch.Tensor:
    return x.unflatten(-1, (-1, HEAD_WIDTH)).transpose(1, 2)


def _normed(x: torch.Tensor, norm: Norm) -> torch.Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], *norm)


def _attended(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, seen: torch.Tensor | None
) -> torch.Tensor:
    mixed = torch.nn.functional.scaled_dot_product_attention(_heads(query), keys, values, seen)
    return mixed.transpose(1, 2).flatten(2)
