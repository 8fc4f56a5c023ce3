"""Beam search: the most probable of many texts, followed side by side.

The most probable continuations of each clip's texts are followed, as many as the beam is wide.
Texts that end are put aside, until there are as many of them. The best has the highest
log-probability per token (the Whisper paper, section 4.5; CTranslate2 with length penalty 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.prefill import prefill
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.log_prob import mean_log_prob
from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter
from sentivox.engines.whisper.prompt import Prompt, Vocabulary


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A text and one more token."""

    row: int
    """Row of the text in the batch."""
    token: int
    logprob: float
    """Log-probability of all decoded tokens."""


@dataclass(frozen=True, slots=True)
class _Finished:
    ids: tuple[int, ...]
    logprob: float
    ended: bool

    @property
    def score(self) -> float:
        return self.logprob / len(self.ids) if self.ids else -torch.inf


@dataclass(slots=True)
class _Search:
    """The search for one clip's text."""

    prompt: Prompt
    max_tokens: int
    prefix_logprob: float
    beam_size: int
    finished: list[_Finished] = field(default_factory=list)

    def follow(
        self, candidates: Sequence[_Candidate], texts: Sequence[Sequence[int]], end_of_text: int
    ) -> list[_Candidate]:
        """Puts finished texts aside, and returns the candidates to follow: none when done.

        There are twice as many candidates as the beam is wide, the most probable first, so that
        another one takes the place of each that ends.
        """
        followed = []
        spare = iter([each for each in candidates[self.beam_size :] if each.token != end_of_text])
        full = False
        for each in candidates[: self.beam_size]:
            ids = (*self.prompt.prefix, *texts[each.row])
            full = len(ids) + 1 >= self.max_tokens
            ended = each.token == end_of_text
            if ended:
                self.finished.append(_Finished(ids, each.logprob, ended))
            elif full:
                self.finished.append(_Finished((*ids, each.token), each.logprob, ended))
            followed.append(next(spare, each) if ended else each)
        return [] if full or len(self.finished) >= self.beam_size else followed

    def best(self, no_speech: float) -> DecodedText:
        found = max(self.finished, key=lambda finished: finished.score)
        logprob = self.prefix_logprob + found.logprob
        return DecodedText(
            ids=found.ids,
            avg_logprob=mean_log_prob(logprob, len(found.ids), ended=found.ended),
            no_speech_prob=no_speech,
            cut_off=not found.ended,
        )


def search(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    prompts: Sequence[Prompt],
    vocabulary: Vocabulary,
    beam_size: int,
) -> list[DecodedText]:
    """One text per prompt. `encoded` is the clips' encoder output (clips, positions, width).

    A repetition loop is followed until the text reaches its maximum of tokens.
    """
    begun = prefill(model, encoded, prompts, vocabulary, beam_size)
    cache, logits, timed, no_prefix = begun.cache, begun.logits, begun.timed, begun.no_prefix
    searches = [
        _Search(prompt, limit, logprob, beam_size)
        for prompt, limit, logprob in zip(prompts, begun.limits, begun.prefix_logprobs, strict=True)
    ]
    logits_filter = TimestampLogitsFilter(vocabulary, encoded.device)
    end = vocabulary.end_of_text
    new_tokens = torch.empty(len(prompts), 0, dtype=torch.long, device=encoded.device)
    sums = torch.zeros(len(prompts), device=encoded.device)
    active = searches
    while True:
        logits_filter.apply(logits, new_tokens, timed, no_prefix)
        scores = sums[:, None] + logits.log_softmax(-1)
        if not new_tokens.shape[1]:
            # After a prefix the end is probable now and then, and would win by being short.
            _forbid_improbable_end(scores, no_prefix, end)
        candidates = _best_candidates(scores, len(active), 2 * beam_size)
        texts = new_tokens.tolist()
        followed = [
            each.follow(found, texts, end) for each, found in zip(active, candidates, strict=True)
        ]
        left = [clip for clip, each in enumerate(followed) if each]
        if not left:
            break
        chosen = [each for clip in left for each in followed[clip]]
        rows = [each.row for each in chosen]
        cache.keep(rows, left if len(left) < len(active) else None)
        active = [active[clip] for clip in left]
        tokens = torch.tensor([[each.token] for each in chosen], device=encoded.device)
        new_tokens = torch.cat([new_tokens[rows], tokens], 1)
        sums = torch.tensor([each.logprob for each in chosen], device=encoded.device)
        timed, no_prefix = None if timed is None else timed[rows], no_prefix[rows]
        logits = cache.logits(cache.step(tokens)[:, -1])
    return [each.best(no_speech) for each, no_speech in zip(searches, begun.no_speech, strict=True)]


def _forbid_improbable_end(scores: torch.Tensor, no_prefix: torch.Tensor, end: int) -> None:
    improbable = ~no_prefix & (scores.argmax(-1) != end)
    scores[:, end].masked_fill_(improbable, -torch.inf)


def _best_candidates(scores: torch.Tensor, clips: int, count: int) -> list[list[_Candidate]]:
    """The best continuations of each clip's texts together; `scores` is (texts, vocabulary)."""
    texts, vocabulary = len(scores) // clips, scores.shape[1]
    logprobs, places = scores.view(clips, -1).topk(count)
    return [
        [
            _Candidate(clip * texts + place // vocabulary, place % vocabulary, logprob)
            for place, logprob in zip(row_places, row, strict=True)
        ]
        for clip, (row_places, row) in enumerate(
            zip(places.tolist(), logprobs.tolist(), strict=True)
        )
    ]
