"""Whisper's texts, written greedily on processors.

Clips of any length share the steps, and so do batches that came at other times: weights are read
once for all of them, where CTranslate2 wants the clips of a batch to be equally long. A whole
prompt is read in one step, prefix included, where CTranslate2 takes a step for each of its tokens
(docs/log.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from sentivox.engines.int8_linear import Int8Linear
from sentivox.engines.whisper.backends.cpu_int8.decoder_layers import Int8Decoder
from sentivox.engines.whisper.backends.cpu_int8.encoder_outputs import EncoderOutputs
from sentivox.engines.whisper.backends.cpu_int8.greedy_text import Choice, GreedyText
from sentivox.engines.whisper.backends.cpu_int8.key_value_cache import KeyValueCache
from sentivox.engines.whisper.backends.cpu_int8.shared_steps import SharedSteps
from sentivox.engines.whisper.backends.cpu_int8.top_two import top_two
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter, TokenHistory
from sentivox.engines.whisper.prompt import Prompt, Vocabulary

KEPT_SHARE = 0.8
"""Of the texts: where fewer go on, those that are done aren't read any more. The others are copied
then.
"""


@dataclass(slots=True, eq=False)
class _Batch:
    """The texts of a batch."""

    texts: list[GreedyText]
    """Those that are still read, done or not."""
    memory: KeyValueCache
    steps: int
    """That there is room for."""

    @property
    def done(self) -> bool:
        return not self.steps or all(text.done for text in self.texts)

    def leave_done(self) -> None:
        left = [row for row, text in enumerate(self.texts) if not text.done]
        if len(left) <= KEPT_SHARE * len(self.texts):
            self.memory.keep(left)
            self.texts = [self.texts[row] for row in left]


class GreedyDecoder:
    """Several threads may use it: they share its steps."""

    def __init__(self, model: Int8Decoder, vocabulary: Vocabulary) -> None:
        text = vocabulary.end_of_text + 1
        self._model = model
        embeddings = self._model.embeddings.float()
        self._words = Int8Linear(embeddings[:text], None)
        self._special = Int8Linear(embeddings[text:], None)
        self._vocabulary = vocabulary
        written = replace(vocabulary, never=[each for each in vocabulary.never if each < text])
        self._rules = {
            True: TimestampLogitsFilter(vocabulary, "cpu"),
            False: TimestampLogitsFilter(written, "cpu"),
        }
        """For texts with times and without."""
        # Files have times, and live speech, which is in a hurry, has none.
        self._steps = {True: SharedSteps(self._step_timed), False: SharedSteps(self._step_untimed)}

    def decode(
        self, encoded: Sequence[torch.Tensor], prompts: Sequence[Prompt]
    ) -> list[DecodedText]:
        """One text a prompt, the likeliest token after the likeliest.

        `encoded` is what the encoder made of each clip: (positions, width), float32. Texts all have
        times, or none has.
        """
        timed = self._vocabulary.first_timestamp - 1 not in prompts[0].start
        with torch.inference_mode():
            writing = self._begun(encoded, prompts, timed)
        texts = list(writing.texts)
        self._steps[timed].finish(writing)
        return [text.decoded() for text in texts]

    def _begun(
        self, encoded: Sequence[torch.Tensor], prompts: Sequence[Prompt], timed: bool
    ) -> _Batch:
        known = [
            [*prompt.start, *prompt.prefix, *(() if timed else prompt.draft_tokens)]
            for prompt in prompts
        ]
        told = max(len(prompt.start) + len(prompt.prefix) for prompt in prompts)
        most = max(prompt.room - len(prompt.prefix) for prompt in prompts)
        most = max(1, min(most, self._model.most_tokens - told))
        lengths = [len(tokens) for tokens in known]
        memory = self._model.memory(EncoderOutputs.of(encoded), lengths, most)
        longest, end = max(lengths), self._vocabulary.end_of_text
        ids = torch.tensor([[end] * (longest - len(tokens)) + tokens for tokens in known])
        states = self._model.read(ids, [memory])
        texts = self._begun_texts(
            prompts, [states[row, -len(tokens) :] for row, tokens in enumerate(known)], timed
        )
        # What was read, but for the last token of each text, which hasn't been.
        memory.forget(
            [
                len(tokens) - len(prompt.start) - max(0, len(text.ids) - 1)
                for tokens, prompt, text in zip(known, prompts, texts, strict=True)
            ]
        )
        return _Batch(texts, memory, most - 1)

    def _begun_texts(
        self, prompts: Sequence[Prompt], states: Sequence[torch.Tensor], timed: bool
    ) -> list[GreedyText]:
        """`states` has one row for each token of a prompt's `start`, `prefix` and perhaps `guess`.
        Words are looked up for all of them at once: there are 26 MB to be read.
        """
        starts = [each[prompt.silence] for prompt, each in zip(prompts, states, strict=True)]
        after_start = self._logits(torch.stack(starts), timed=True).softmax(-1)
        no_speech = after_start[:, self._vocabulary.no_speech].tolist()
        rows = [each[len(prompt.start) - 1 :] for prompt, each in zip(prompts, states, strict=True)]
        logits = self._logits(torch.cat(rows), timed).split([len(each) for each in rows])
        return [
            self._begun_text(prompt, silence, own, timed)
            for prompt, silence, own in zip(prompts, no_speech, logits, strict=True)
        ]

    def _begun_text(
        self, prompt: Prompt, no_speech: float, logits: torch.Tensor, timed: bool
    ) -> GreedyText:
        """`logits` has one row for what follows `start`, and one for each token after it."""
        end = self._vocabulary.end_of_text
        text = GreedyText(
            list(prompt.prefix), prompt.room, end, prompt.stop_on_repetition, no_speech=no_speech
        )
        count = len(prompt.prefix)
        told = logits[:count].log_softmax(-1)
        text.told_logprob = float(told[range(count), list(prompt.prefix)].sum())
        new = logits[count:]
        if timed or not prompt.prefix:
            nothing = torch.empty(1, 0, dtype=torch.long)
            times = torch.ones(1, dtype=torch.bool) if timed else None
            self._rules[timed].apply(new[:1], nothing, times, torch.tensor([not prompt.prefix]))
        guesses = () if timed else prompt.draft_tokens
        for guess, (first, second) in zip([*guesses, None], self._choices(new, timed), strict=True):
            text.add(first, second)
            if text.done or first.token != guess:
                break
        if not timed:
            text.backtrack()
        return text

    def _step_timed(self, batches: Sequence[_Batch]) -> None:
        with torch.inference_mode():
            texts, logits = self._read(batches, timed=True)
            everywhere = torch.ones(len(texts), dtype=torch.bool)
            self._rules[True].go_on(logits, self._past(texts), everywhere)
            self._add(texts, logits, timed=True)

    def _step_untimed(self, batches: Sequence[_Batch]) -> None:
        with torch.inference_mode():
            texts, logits = self._read(batches, timed=False)
            self._add(texts, logits, timed=False)
            for batch in batches:
                if any(back := [text.backtrack() for text in batch.texts]):
                    batch.memory.forget(back)

    def _read(
        self, batches: Sequence[_Batch], timed: bool
    ) -> tuple[list[GreedyText], torch.Tensor]:
        """The last token of all texts, and the logits of the next ones."""
        for batch in batches:
            batch.leave_done()
            batch.steps -= 1
        texts = [text for batch in batches for text in batch.texts]
        ids = torch.tensor([[text.last] for text in texts])
        states = self._model.read(ids, [batch.memory for batch in batches])
        return texts, self._logits(states[:, -1], timed)

    def _logits(self, states: torch.Tensor, timed: bool) -> torch.Tensor:
        """(..., vocabulary), but text and its end alone where there are no times to be written."""
        words: torch.Tensor = self._words(states)
        return torch.cat([words, self._special(states)], -1) if timed else words

    def _add(self, texts: Sequence[GreedyText], logits: torch.Tensor, timed: bool) -> None:
        for text, choices in zip(texts, self._choices(logits, timed), strict=True):
            text.add(*choices)

    def _past(self, texts: Sequence[GreedyText]) -> TokenHistory:
        first_time = self._vocabulary.first_timestamp
        ids = [text.ids[-2:] or [0] for text in texts]
        return TokenHistory(
            torch.tensor([each[-1] for each in ids]) - first_time,
            torch.tensor([each[0] for each in ids]) - first_time,
            torch.tensor([max(text.ids, default=0) for text in texts]) - first_time,
        )

    def _choices(self, logits: torch.Tensor, timed: bool) -> list[tuple[Choice, Choice]]:
        """The two likeliest tokens of each row."""
        self._rules[timed].leave_out(logits)
        likely, ids = top_two(logits)
        logprobs = likely - logits.logsumexp(-1, keepdim=True)
        return [
            (Choice(first, likeliest), Choice(second, next_likeliest))
            for (first, second), (likeliest, next_likeliest) in zip(
                ids.tolist(), logprobs.tolist(), strict=True
            )
        ]
