"""Decoding token by token: the most probable token, or a sampled one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.prefill import prefill
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.log_prob import mean_log_prob
from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter, TokenHistory
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.repetition import is_repetition_loop


@dataclass(slots=True)
class _Text:
    ids: list[int]
    max_tokens: int
    stop_on_repetition: bool
    logprob: float = 0.0
    ended: bool = False

    @property
    def done(self) -> bool:
        return (
            self.ended
            or len(self.ids) >= self.max_tokens
            or (self.stop_on_repetition and is_repetition_loop(self.ids))
        )

    def add(self, token: int, logprob: float, end_of_text: int) -> None:
        self.logprob += logprob
        self.ended = token == end_of_text
        if not self.ended:
            self.ids.append(token)


def sample(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    prompts: Sequence[Prompt],
    vocabulary: Vocabulary,
    temperature: float,
) -> list[DecodedText]:
    """One text per prompt. `encoded` is the clips' encoder output (clips, positions, width).

    Logits are divided by the temperature before a token is sampled; at 0 the most probable token is
    taken. Log-probabilities are those without a temperature.
    """
    begun = prefill(model, encoded, prompts, vocabulary)
    cache, logits, timed = begun.cache, begun.logits, begun.timed
    texts = [
        _Text(list(prompt.prefix), limit, prompt.stop_on_repetition)
        for prompt, limit in zip(prompts, begun.limits, strict=True)
    ]
    logits_filter = TimestampLogitsFilter(vocabulary, encoded.device)
    new_tokens = torch.empty(len(prompts), 0, dtype=torch.long, device=encoded.device)
    logits_filter.apply_first(logits, timed, begun.no_prefix)
    active = texts
    while True:
        chosen, logprobs = _choose(logits, temperature)
        for text, token, logprob in zip(active, chosen.tolist(), logprobs.tolist(), strict=True):
            text.add(token, logprob, vocabulary.end_of_text)
        new_tokens = torch.cat([new_tokens, chosen[:, None]], 1)
        left = [row for row, text in enumerate(active) if not text.done]
        if not left:
            break
        if len(left) < len(active):
            cache.keep(left, left)
            active = [active[row] for row in left]
            new_tokens, timed = new_tokens[left], timed[left]
        logits = cache.logits(cache.step(new_tokens[:, -1:])[:, -1])
        history = TokenHistory.of(new_tokens - vocabulary.first_timestamp)
        logits_filter.apply(logits, history, timed)
    return [
        DecodedText(
            ids=tuple(text.ids),
            avg_logprob=mean_log_prob(text.logprob, len(text.ids), ended=text.ended),
            no_speech_prob=no_speech,
            cut_off=not text.ended,
        )
        for text, no_speech in zip(texts, begun.no_speech, strict=True)
    ]


def _choose(logits: torch.Tensor, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A token for each row of logits, and its log-probability."""
    logprobs = logits.log_softmax(-1)
    if temperature == 0:
        chosen = logprobs.argmax(-1, keepdim=True)
    else:
        chosen = torch.multinomial((logprobs / temperature).softmax(-1), 1)
    return chosen[:, 0], logprobs.gather(-1, chosen)[:, 0]
