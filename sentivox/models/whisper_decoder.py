"""Whisper's text decoder in torch, for processors.

Clips of any length share its steps, where CTranslate2 wants them to be equally long; and it reads a
whole prompt in one step, prefix included, where CTranslate2 takes a step for each of its tokens
(docs/log.md). Layers and names are those of CTranslate2's TransformerDecoder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from sentivox.models.ctranslate2_file import Tensor
from sentivox.models.growing_text import Choice, GrowingText
from sentivox.models.heard_clips import HEAD_WIDTH, HeardClips, split_heads
from sentivox.models.int8_linear import Int8Linear
from sentivox.models.token_places import TokenPlaces
from sentivox.models.whisper_hypothesis import DecodedText
from sentivox.models.whisper_prompt import Prompt, Vocabulary
from sentivox.models.whisper_rules import Past, Rules

KEPT_SHARE = 0.8
"""Of the texts: where fewer go on, those that are done aren't read any more. The others are copied
then.
"""

Norm = tuple[torch.Tensor, torch.Tensor]


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
        text = vocabulary.end_of_text + 1
        written = replace(vocabulary, never=[each for each in vocabulary.never if each < text])
        self._rules = {True: Rules(vocabulary, "cpu"), False: Rules(written, "cpu")}
        """For texts with times and without."""
        self._words = Int8Linear(embeddings[:text], None)
        self._special = Int8Linear(embeddings[text:], None)

    def decode(
        self, encoded: Sequence[torch.Tensor], prompts: Sequence[Prompt]
    ) -> list[DecodedText]:
        """One text a prompt, the likeliest token after the likeliest.

        `encoded` is what the encoder made of each clip: (positions, width), float32. Texts all have
        times, or none has.
        """
        with torch.inference_mode():
            return self._decode(encoded, prompts)

    def _decode(
        self, encoded: Sequence[torch.Tensor], prompts: Sequence[Prompt]
    ) -> list[DecodedText]:
        timed = self._vocabulary.first_timestamp - 1 not in prompts[0].start
        known = [self._known(prompt, timed) for prompt in prompts]
        told = max(len(prompt.start) + len(prompt.prefix) for prompt in prompts)
        most = max(prompt.room - len(prompt.prefix) for prompt in prompts)
        most = max(1, min(most, len(self._positions) - told))
        heard = _Heard(self, encoded, known, most)
        states = heard.read(known)
        texts = [
            self._begun(prompt, states[row, -len(known[row]) :], timed)
            for row, prompt in enumerate(prompts)
        ]
        # What was read, but for the last token of each text, which hasn't been.
        heard.forget(
            [
                len(tokens) - len(prompt.start) - max(0, len(text.ids) - 1)
                for tokens, prompt, text in zip(known, prompts, texts, strict=True)
            ]
        )
        writing = texts
        for _ in range(most - 1):
            left = [row for row, text in enumerate(writing) if not text.done]
            if not left:
                break
            if len(left) <= KEPT_SHARE * len(writing):
                heard.keep(left)
                writing = [writing[row] for row in left]
            self._go_on(heard, writing, timed)
        return [text.decoded() for text in texts]

    def _known(self, prompt: Prompt, timed: bool) -> list[int]:
        """What is read at first."""
        return [*prompt.start, *prompt.prefix, *(() if timed else prompt.guess)]

    def _go_on(self, heard: _Heard, texts: Sequence[GrowingText], timed: bool) -> None:
        """By a token."""
        states = heard.read([[text.last] for text in texts])[:, -1]
        logits = self._logits(states, timed)
        if timed:
            everywhere = torch.ones(len(texts), dtype=torch.bool)
            self._rules[timed].go_on(logits, self._past(texts), everywhere)
        for text, choices in zip(texts, self._choices(logits, timed), strict=True):
            text.add(*choices)
        if not timed and any(back := [text.turn_back() for text in texts]):
            heard.forget(back)

    def _begun(self, prompt: Prompt, states: torch.Tensor, timed: bool) -> GrowingText:
        """`states` has one row for each token of `start`, `prefix` and perhaps `guess`."""
        end = self._vocabulary.end_of_text
        text = GrowingText(list(prompt.prefix), prompt.room, end, prompt.hasty)
        everything = self._logits(states[prompt.silence, None], timed=True)[0].softmax(-1)
        text.no_speech = float(everything[self._vocabulary.no_speech])
        logits = self._logits(states[len(prompt.start) - 1 :], timed)
        count = len(prompt.prefix)
        told = logits[:count].log_softmax(-1)
        text.told_logprob = float(told[range(count), list(prompt.prefix)].sum())
        new = logits[count:]
        if timed or not prompt.prefix:
            nothing = torch.empty(1, 0, dtype=torch.long)
            times = torch.ones(1, dtype=torch.bool) if timed else None
            self._rules[timed].apply(new[:1], nothing, times, torch.tensor([not prompt.prefix]))
        guesses = () if timed else prompt.guess
        for guess, (first, second) in zip([*guesses, None], self._choices(new, timed), strict=True):
            text.add(first, second)
            if text.done or first.token != guess:
                break
        if not timed:
            text.turn_back()
        return text

    def _logits(self, states: torch.Tensor, timed: bool) -> torch.Tensor:
        """(..., vocabulary), but text and its end alone where there are no times to be written."""
        words: torch.Tensor = self._words(states)
        return torch.cat([words, self._special(states)], -1) if timed else words

    def _past(self, texts: Sequence[GrowingText]) -> Past:
        first_time = self._vocabulary.first_timestamp
        ids = [text.ids[-2:] or [0] for text in texts]
        return Past(
            torch.tensor([each[-1] for each in ids]) - first_time,
            torch.tensor([each[0] for each in ids]) - first_time,
            torch.tensor([max(text.ids, default=0) for text in texts]) - first_time,
        )

    def _choices(self, logits: torch.Tensor, timed: bool) -> list[tuple[Choice, Choice]]:
        """The two likeliest tokens of each row."""
        self._rules[timed].leave_out(logits)
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
        encoded: Sequence[torch.Tensor],
        known: Sequence[Sequence[int]],
        most: int,
    ) -> None:
        self._decoder = decoder
        self._sound = [layer.hear(encoded) for layer in decoder._layers]
        lengths = [len(tokens) for tokens in known]
        self._places = TokenPlaces(lengths, most, "cpu")
        heads = encoded[0].shape[-1] // HEAD_WIDTH
        self._cache = encoded[0].new_zeros(
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

    def keep(self, rows: Sequence[int]) -> None:
        """These alone are read on."""
        chosen = torch.tensor(rows)
        self._cache = self._cache[:, :, chosen]
        self._places.keep(chosen)
        for sound in self._sound:
            sound.keep(rows)


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

    def hear(self, encoded: Sequence[torch.Tensor]) -> HeardClips:
        return HeardClips(encoded, self._sound)

    def __call__(
        self,
        x: torch.Tensor,
        cache: torch.Tensor,
        at: int,
        seen: torch.Tensor | None,
        sound: HeardClips,
    ) -> torch.Tensor:
        """`x` is (clips, tokens, width); its keys and values go into `cache` from `at` on."""
        until = at + x.shape[1]
        query, key, value = self._own(_normed(x, self._own_norm)).chunk(3, -1)
        cache[0, :, :, at:until] = split_heads(key)
        cache[1, :, :, at:until] = split_heads(value)
        x = x + self._own_out(
            _attended(query, cache[0, :, :, :until], cache[1, :, :, :until], seen)
        )
        x = x + self._sound_out(sound.attended(self._query(_normed(x, self._sound_norm))))
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


def _normed(x: torch.Tensor, norm: Norm) -> torch.Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], *norm)


def _attended(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, seen: torch.Tensor | None
) -> torch.Tensor:
    mixed = torch.nn.functional.scaled_dot_product_attention(split_heads(query), keys, values, seen)
    return mixed.transpose(1, 2).flatten(2)
