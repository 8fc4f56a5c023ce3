"""Decoding of texts on CPUs, in steps that several batches share.

Texts over clips of any length share the steps, and so do batches that came at different times: the
weights are read once for all of them, where CTranslate2 wants the clips of a batch to be equally
long. A prompt is read in one prefill, prefix and draft tokens included, where CTranslate2 takes a
step for each of these tokens (docs/log.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate

import torch

from sentivox.engines.int8_linear import packed_linear
from sentivox.engines.whisper.backends.cpu_int8.cross_attention import cross_attention
from sentivox.engines.whisper.backends.cpu_int8.decoder_layers import Int8Decoder
from sentivox.engines.whisper.backends.cpu_int8.greedy_text import GreedyText
from sentivox.engines.whisper.backends.cpu_int8.key_value_cache import KeyValueCache
from sentivox.engines.whisper.backends.cpu_int8.keys_and_values import Encoded
from sentivox.engines.whisper.backends.cpu_int8.sampler import Sampler
from sentivox.engines.whisper.backends.cpu_int8.search import Search
from sentivox.engines.whisper.backends.cpu_int8.shared_steps import SharedSteps
from sentivox.engines.whisper.backends.cpu_int8.top_choices import top_choices
from sentivox.engines.whisper.beam_text import BeamText
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.log_prob import Choice
from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter, TokenHistory
from sentivox.engines.whisper.prompt import Prompt, Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """The searches of one call to `decode`."""

    searches: list[Search]

    @property
    def done(self) -> bool:
        return all(each.text.done for each in self.searches)


class TextDecoder:
    """Several threads may use it at the same time: they share its steps."""

    def __init__(self, model: Int8Decoder, vocabulary: Vocabulary) -> None:
        text = vocabulary.end_of_text + 1
        self._model = model
        embeddings = self._model.embeddings.float()
        self._text_logits = packed_linear(embeddings[:text], None)
        self._special_logits = packed_linear(embeddings[text:], None)
        self._vocabulary = vocabulary
        suppressed = [each for each in vocabulary.suppressed if each < text]
        self._filters = {
            True: TimestampLogitsFilter(vocabulary, "cpu"),
            False: TimestampLogitsFilter(replace(vocabulary, suppressed=suppressed), "cpu"),
        }
        """For texts with and without timestamps."""
        # Files have timestamps; live speech has none.
        self._steps = {
            timed: SharedSteps(partial(self._step, timed=timed)) for timed in (True, False)
        }

    def decode(
        self,
        encoded: Sequence[torch.Tensor],
        prompts: Sequence[Prompt],
        decoding_pass: DecodingPass,
    ) -> list[DecodedText]:
        """One text per prompt.

        `encoded` has the encoder output of each clip, float32 (positions, width). Either all texts
        have timestamps or none has.
        """
        timed = self._vocabulary.no_timestamps not in prompts[0].start
        if timed or decoding_pass.beam_size > 1:
            prompts = [replace(prompt, draft_tokens=()) for prompt in prompts]
        with torch.inference_mode():
            batch = _Batch(self._prefill(encoded, prompts, decoding_pass, timed))
        self._steps[timed].finish(batch)
        return [each.text.decoded() for each in batch.searches]

    def _prefill(
        self,
        encoded: Sequence[torch.Tensor],
        prompts: Sequence[Prompt],
        decoding_pass: DecodingPass,
        timed: bool,
    ) -> list[Search]:
        """Reads the prompts and chooses the first tokens. Logits are computed for all texts at
        once: they read 26 MB of weights.
        """
        known = [[*each.start, *each.prefix, *each.draft_tokens] for each in prompts]
        caches = [
            self._model.new_cache(
                self._encoded(states, timed), self._max_tokens(prompt), decoding_pass.beam_size
            )
            for states, prompt in zip(encoded, prompts, strict=True)
        ]
        states = self._model.step(known, caches).split([len(tokens) for tokens in known])
        starts = [own[prompt.sot_index] for prompt, own in zip(prompts, states, strict=True)]
        after_start = self._logits(torch.stack(starts), timed=True).softmax(-1)
        no_speech = after_start[:, self._vocabulary.no_speech].tolist()
        searches = [
            self._search(prompt, cache, probability, decoding_pass, timed)
            for prompt, cache, probability in zip(prompts, caches, no_speech, strict=True)
        ]
        rows = [
            own[len(prompt.start) + len(prompt.prefix) - 1 :]
            for prompt, own in zip(prompts, states, strict=True)
        ]
        logits = self._logits(torch.cat(rows), timed).split([len(own) for own in rows])
        for search, prompt, own in zip(searches, prompts, logits, strict=True):
            self._begin(search, prompt, own, timed)
        return searches

    def _encoded(self, states: torch.Tensor, timed: bool) -> Encoded:
        """The encoder output of a clip, float32 (positions, width), for attention.

        The texts of files are long enough, and have enough paths, for keys and values to pay.
        """
        if timed:
            return self._model.keys_and_values(states)
        return cross_attention(states)

    def _max_tokens(self, prompt: Prompt) -> int:
        """Most tokens of a prompt and its text."""
        return min(self._model.max_tokens, len(prompt.start) + prompt.max_new_tokens)

    def _search(
        self,
        prompt: Prompt,
        cache: KeyValueCache,
        no_speech_prob: float,
        decoding_pass: DecodingPass,
        timed: bool,
    ) -> Search:
        before, beam_size = len(prompt.start), decoding_pass.beam_size
        end, most = self._vocabulary.end_of_text, self._max_tokens(prompt) - before
        text: GreedyText | BeamText
        if beam_size > 1:
            text = BeamText(tuple(prompt.prefix), most, end, beam_size, no_speech_prob)
        else:
            stop, backtracks = prompt.stop_on_repetition, not timed
            text = GreedyText(list(prompt.prefix), most, end, stop, no_speech_prob, backtracks)
        temperature = decoding_pass.temperature
        return Search(text, before, cache, Sampler(temperature) if temperature else None)

    def _begin(self, search: Search, prompt: Prompt, logits: torch.Tensor, timed: bool) -> None:
        """`logits` has a row for the token after the prefix, and one for each draft token."""
        no_prefix = torch.tensor([not prompt.prefix])
        self._filters[timed].apply_first(logits[:1], torch.tensor([timed]), no_prefix)
        self._filters[timed].suppress(logits[1:])
        known = list(prompt.prefix)
        [choices] = self._choices([search], [len(logits)], logits)
        for draft, own in zip([*prompt.draft_tokens, None], choices, strict=True):
            search.add([own])
            known.append(draft or 0)
            if search.text.done or draft is None or list(search.text.texts[0]) != known:
                break

    def _step(self, batches: Sequence[_Batch], timed: bool) -> None:
        """Reads the last token of each unfinished text and chooses the next one."""
        with torch.inference_mode():
            searches = [each for batch in batches for each in batch.searches if not each.text.done]
            texts = [text for each in searches for text in each.text.texts]
            caches = [each.cache for each in searches if each.cache]
            tokens = [[text[-1] for text in each.text.texts] for each in searches]
            rows = [len(own) for own in tokens]
            logits = self._logits(self._model.step(tokens, caches), timed)
            if timed:
                all_timed = torch.ones(len(texts), dtype=torch.bool)
                self._filters[True].apply(logits, self._history(texts), all_timed)
            else:
                self._filters[False].suppress(logits)
            for search, choices in zip(
                searches, self._choices(searches, rows, logits), strict=True
            ):
                search.add(choices)

    def _logits(self, states: torch.Tensor, timed: bool) -> torch.Tensor:
        """Logits (..., vocabulary); text tokens and the end of text only, without timestamps."""
        text: torch.Tensor = self._text_logits(states)
        return torch.cat([text, self._special_logits(states)], -1) if timed else text

    def _history(self, texts: Sequence[Sequence[int]]) -> TokenHistory:
        first_timestamp = self._vocabulary.first_timestamp
        return TokenHistory(
            torch.tensor([text[-1] for text in texts]) - first_timestamp,
            torch.tensor([text[-2:][0] for text in texts]) - first_timestamp,
            torch.tensor([max(text) for text in texts]) - first_timestamp,
        )

    def _choices(
        self, searches: Sequence[Search], rows: Sequence[int], logits: torch.Tensor
    ) -> list[list[list[Choice]]]:
        """The best choices of each search for each of its rows; `rows` are how many it has."""
        log_sums = logits.logsumexp(-1, keepdim=True)
        scores = logits
        if any(each.sampler for each in searches):
            parts = zip(searches, logits.split(list(rows)), strict=True)
            scores = torch.cat(
                [each.sampler.scores(own) if each.sampler else own for each, own in parts]
            )
        # Each count by itself: equal scores may be in another order among more of them.
        best = {}
        for count in {each.text.choices for each in searches}:
            ids = top_choices(scores, count)
            logprobs = (logits.gather(1, ids) - log_sums).tolist()
            best[count] = [
                list(map(Choice, *row)) for row in zip(ids.tolist(), logprobs, strict=True)
            ]
        return [
            best[each.text.choices][end - count : end]
            for each, count, end in zip(searches, rows, accumulate(rows), strict=True)
        ]
