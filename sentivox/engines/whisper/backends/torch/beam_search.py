"""Beam search over the texts of several clips; see `BeamText`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.prefill import prefill
from sentivox.engines.whisper.beam_text import BeamText
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.log_prob import Choice
from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter, TokenHistory
from sentivox.engines.whisper.prompt import Prompt, Vocabulary

T = TypeVar("T")


def search(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    prompts: Sequence[Prompt],
    vocabulary: Vocabulary,
    beam_size: int,
) -> list[DecodedText]:
    """One text per prompt. `encoded` is the clips' encoder output (clips, positions, width)."""
    begun = prefill(model, encoded, prompts, vocabulary, beam_size)
    cache, logits, timed = begun.cache, begun.logits, begun.timed
    texts = [
        BeamText(tuple(prompt.prefix), limit, vocabulary.end_of_text, beam_size, no_speech)
        for prompt, limit, no_speech in zip(prompts, begun.limits, begun.no_speech, strict=True)
    ]
    logits_filter = TimestampLogitsFilter(vocabulary, encoded.device)
    logits_filter.apply_first(logits, timed, begun.no_prefix)
    active = texts
    while True:
        choices = _choices(logits, 2 * beam_size)
        rows: list[int] = []
        for clip, text in enumerate(active):
            first = clip * len(choices) // len(active)
            followed = text.add(choices[first : first + len(text.paths)])
            rows += [first + row for row in _filled(followed, beam_size)]
        left = [clip for clip, text in enumerate(active) if not text.done]
        if not left:
            return [text.decoded() for text in texts]
        cache.keep(rows, left if len(left) < len(active) else None)
        active = [active[clip] for clip in left]
        new = [ids[len(text.prefix) :] for text in active for ids in _filled(text.texts, beam_size)]
        new_tokens = torch.tensor(new, device=encoded.device)
        timed = timed[rows]
        logits = cache.logits(cache.step(new_tokens[:, -1:])[:, -1])
        history = TokenHistory.of(new_tokens - vocabulary.first_timestamp)
        logits_filter.apply(logits, history, timed)


def _choices(logits: torch.Tensor, count: int) -> list[list[Choice]]:
    """The best choices for each row of logits, the best first."""
    logprobs, tokens = logits.log_softmax(-1).topk(count)
    return [list(map(Choice, *row)) for row in zip(tokens.tolist(), logprobs.tolist(), strict=True)]


def _filled(paths: list[T], count: int) -> list[T]:
    """The paths of a clip, with the last one repeated so that all clips have `count` rows in the
    batch; empty for a clip that is done.
    """
    return [*paths, *paths[-1:] * (count - len(paths))]
