"""Greedy decoding on CPUs, in steps that several batches share.

Texts over clips of any length share the steps, and so do batches that came at different times: the
weights are read once for all of them, where CTranslate2 wants the clips of a batch to be equally
long. A prompt is read in one prefill, prefix and draft tokens included, where CTranslate2 takes a
step for each of these tokens (docs/log.md).
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

COMPACT_SHARE = 0.8
"""Share of unfinished texts below which the finished ones leave the batch. The others are copied
then."""


@dataclass(slots=True, eq=False)
class _Batch:
    """The texts of one call to `decode`."""

    texts: list[GreedyText]
    """Texts in the key-value cache, finished or not."""
    cache: KeyValueCache
    steps: int
    """Steps that the cache has space for."""

    @property
    def done(self) -> bool:
        return not self.steps or all(text.done for text in self.texts)

    def compact(self) -> None:
        """Removes finished texts, once there are enough of them."""
        left = [row for row, text in enumerate(self.texts) if not text.done]
        if len(left) <= COMPACT_SHARE * len(self.texts):
            self.cache.keep(left)
            self.texts = [self.texts[row] for row in left]


class GreedyDecoder:
    """Several threads may use it at the same time: they share its steps."""

    def __init__(self, model: Int8Decoder, vocabulary: Vocabulary) -> None:
        text = vocabulary.end_of_text + 1
        self._model = model
        embeddings = self._model.embeddings.float()
        self._text_logits = Int8Linear(embeddings[:text], None)
        self._special_logits = Int8Linear(embeddings[text:], None)
        self._vocabulary = vocabulary
        suppressed = [each for each in vocabulary.suppressed if each < text]
        self._filters = {
            True: TimestampLogitsFilter(vocabulary, "cpu"),
            False: TimestampLogitsFilter(replace(vocabulary, suppressed=suppressed), "cpu"),
        }
        """For texts with and without timestamps."""
        # Files have timestamps; live speech has none.
        self._steps = {True: SharedSteps(self._step_timed), False: SharedSteps(self._step_untimed)}

    def decode(
        self, encoded: Sequence[torch.Tensor], prompts: Sequence[Prompt]
    ) -> list[DecodedText]:
        """One text per prompt, the most probable token at each step.

        `encoded` has the encoder output of each clip, float32 (positions, width). Either all texts
        have timestamps or none has.
        """
        timed = self._vocabulary.no_timestamps not in prompts[0].start
        with torch.inference_mode():
            batch = self._prefill(encoded, prompts, timed)
        texts = list(batch.texts)
        self._steps[timed].finish(batch)
        return [text.decoded() for text in texts]

    def _prefill(
        self, encoded: Sequence[torch.Tensor], prompts: Sequence[Prompt], timed: bool
    ) -> _Batch:
        known = [
            [*prompt.start, *prompt.prefix, *(() if timed else prompt.draft_tokens)]
            for prompt in prompts
        ]
        longest_prompt = max(len(prompt.start) + len(prompt.prefix) for prompt in prompts)
        most = max(prompt.max_new_tokens - len(prompt.prefix) for prompt in prompts)
        most = max(1, min(most, self._model.max_tokens - longest_prompt))
        lengths = [len(tokens) for tokens in known]
        cache = self._model.new_cache(EncoderOutputs.of(encoded), lengths, most)
        longest, end = max(lengths), self._vocabulary.end_of_text
        ids = torch.tensor([[end] * (longest - len(tokens)) + tokens for tokens in known])
        states = self._model.step(ids, [cache])
        texts = self._begin_texts(
            prompts, [states[row, -len(tokens) :] for row, tokens in enumerate(known)], timed
        )
        # Draft tokens that weren't accepted leave the cache. The last token isn't in it yet.
        cache.forget(
            [
                len(tokens) - len(prompt.start) - max(0, len(text.ids) - 1)
                for tokens, prompt, text in zip(known, prompts, texts, strict=True)
            ]
        )
        return _Batch(texts, cache, most - 1)

    def _begin_texts(
        self, prompts: Sequence[Prompt], states: Sequence[torch.Tensor], timed: bool
    ) -> list[GreedyText]:
        """`states` has a row for each token of a prompt's `start`, `prefix` and draft tokens.

        Logits are computed for all texts at once: they read 26 MB of weights.
        """
        starts = [each[prompt.sot_index] for prompt, each in zip(prompts, states, strict=True)]
        after_start = self._logits(torch.stack(starts), timed=True).softmax(-1)
        no_speech = after_start[:, self._vocabulary.no_speech].tolist()
        rows = [each[len(prompt.start) - 1 :] for prompt, each in zip(prompts, states, strict=True)]
        logits = self._logits(torch.cat(rows), timed).split([len(each) for each in rows])
        return [
            self._begin_text(prompt, no_speech_prob, own, timed)
            for prompt, no_speech_prob, own in zip(prompts, no_speech, logits, strict=True)
        ]

    def _begin_text(
        self, prompt: Prompt, no_speech_prob: float, logits: torch.Tensor, timed: bool
    ) -> GreedyText:
        """`logits` has a row for the token after `start`, and one for each token after that."""
        count = len(prompt.prefix)
        prefix_logprobs = logits[:count].log_softmax(-1)
        text = GreedyText(
            list(prompt.prefix),
            prompt.max_new_tokens,
            self._vocabulary.end_of_text,
            prompt.stop_on_repetition,
            prefix_logprob=float(prefix_logprobs[range(count), list(prompt.prefix)].sum()),
            no_speech_prob=no_speech_prob,
        )
        new = logits[count:]
        if timed or not prompt.prefix:
            no_tokens = torch.empty(1, 0, dtype=torch.long)
            with_times = torch.ones(1, dtype=torch.bool) if timed else None
            self._filters[timed].apply(
                new[:1], no_tokens, with_times, torch.tensor([not prompt.prefix])
            )
        drafts = () if timed else prompt.draft_tokens
        for draft, (first, second) in zip([*drafts, None], self._choices(new, timed), strict=True):
            text.add(first, second)
            if text.done or first.token != draft:
                break
        if not timed:
            text.backtrack()
        return text

    def _step_timed(self, batches: Sequence[_Batch]) -> None:
        with torch.inference_mode():
            texts, logits = self._step(batches, timed=True)
            all_timed = torch.ones(len(texts), dtype=torch.bool)
            self._filters[True].apply_timestamp_rules(logits, self._history(texts), all_timed)
            self._add(texts, logits, timed=True)

    def _step_untimed(self, batches: Sequence[_Batch]) -> None:
        with torch.inference_mode():
            texts, logits = self._step(batches, timed=False)
            self._add(texts, logits, timed=False)
            for batch in batches:
                if any(forgotten := [text.backtrack() for text in batch.texts]):
                    batch.cache.forget(forgotten)

    def _step(
        self, batches: Sequence[_Batch], timed: bool
    ) -> tuple[list[GreedyText], torch.Tensor]:
        """Reads the last token of all texts; returns the texts and the logits of their next one."""
        for batch in batches:
            batch.compact()
            batch.steps -= 1
        texts = [text for batch in batches for text in batch.texts]
        ids = torch.tensor([[text.last] for text in texts])
        states = self._model.step(ids, [batch.cache for batch in batches])
        return texts, self._logits(states[:, -1], timed)

    def _logits(self, states: torch.Tensor, timed: bool) -> torch.Tensor:
        """Logits (..., vocabulary); text tokens and the end of text only, without timestamps."""
        text: torch.Tensor = self._text_logits(states)
        return torch.cat([text, self._special_logits(states)], -1) if timed else text

    def _add(self, texts: Sequence[GreedyText], logits: torch.Tensor, timed: bool) -> None:
        for text, choices in zip(texts, self._choices(logits, timed), strict=True):
            text.add(*choices)

    def _history(self, texts: Sequence[GreedyText]) -> TokenHistory:
        first_timestamp = self._vocabulary.first_timestamp
        ids = [text.ids[-2:] or [0] for text in texts]
        return TokenHistory(
            torch.tensor([each[-1] for each in ids]) - first_timestamp,
            torch.tensor([each[0] for each in ids]) - first_timestamp,
            torch.tensor([max(text.ids, default=0) for text in texts]) - first_timestamp,
        )

    def _choices(self, logits: torch.Tensor, timed: bool) -> list[tuple[Choice, Choice]]:
        """The two most probable tokens of each row."""
        self._filters[timed].suppress(logits)
        values, ids = top_two(logits)
        logprobs = values - logits.logsumexp(-1, keepdim=True)
        return [
            (Choice(first, first_logprob), Choice(second, second_logprob))
            for (first, second), (first_logprob, second_logprob) in zip(
                ids.tolist(), logprobs.tolist(), strict=True
            )
        ]
