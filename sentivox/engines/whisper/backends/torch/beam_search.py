"""Beam search: the likeliest of many texts, followed side by side.

Of each clip's texts the likeliest continuations go on, as many as the beam is wide, and those that
end are put aside, until there are as many of them. The best has the highest log-probability a token
(the Whisper paper, section 4.5; length penalty 1 and patience 1 of CTranslate2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.prefill import prefill
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter
from sentivox.engines.whisper.prompt import Prompt, Vocabulary


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A text and one more token."""

    row: int
    """Of the text, among all of the batch."""
    token: int
    logprob: float
    """Of all that was written."""


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
    """Of one clip's text."""

    prompt: Prompt
    room: int
    beam: int
    finished: list[_Finished] = field(default_factory=list)

    def go_on(
        self, candidates: Sequence[_Candidate], texts: Sequence[Sequence[int]], end: int
    ) -> list[_Candidate]:
        """Puts aside what is finished, and returns the candidates to follow: none when done.

        There are twice as many as the beam is wide, the likeliest first, so that each that ends has
        another to take its place.
        """
        follow = []
        spare = iter([each for each in candidates[self.beam :] if each.token != end])
        full = False
        for each in candidates[: self.beam]:
            ids = (*self.prompt.prefix, *texts[each.row])
            full = len(ids) + 1 >= self.room
            ended = each.token == end
            if ended:
                self.finished.append(_Finished(ids, each.logprob, ended))
            elif full:
                self.finished.append(_Finished((*ids, each.token), each.logprob, ended))
            follow.append(next(spare, each) if ended else each)
        return [] if full or len(self.finished) >= self.beam else follow

    def best(self, no_speech: float) -> DecodedText:
        found = max(self.finished, key=lambda finished: finished.score)
        return DecodedText(
            ids=found.ids,
            avg_logprob=found.logprob / (len(found.ids) + 1),
            no_speech_prob=no_speech,
            cut_off=not found.ended,
        )


def search(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    prompts: Sequence[Prompt],
    vocabulary: Vocabulary,
    beam: int,
) -> list[DecodedText]:
    """One text a prompt, the best of a beam. `encoded` is the clips' sound: (clips, positions,
    width). A prefix counts as certain; a loop is followed until there is no more room.
    """
    opening = prefill(model, encoded, prompts, vocabulary, beam)
    memory, logits, timed, new = opening.memory, opening.logits, opening.timed, opening.new
    searches = [
        _Search(prompt, room, beam) for prompt, room in zip(prompts, opening.rooms, strict=True)
    ]
    rules = TimestampLogitsFilter(vocabulary, encoded.device)
    end = vocabulary.end_of_text
    written = torch.empty(len(prompts), 0, dtype=torch.long, device=encoded.device)
    sums = torch.zeros(len(prompts), device=encoded.device)
    searching = searches
    while True:
        rules.apply(logits, written, timed, new)
        scores = sums[:, None] + logits.log_softmax(-1)
        if not written.shape[1]:
            # After a prefix the end is likely now and then, and would win by being short.
            _forbid_unlikely_end(scores, new, end)
        candidates = _likeliest(scores, len(searching), 2 * beam)
        texts = written.tolist()
        followed = [
            each.go_on(found, texts, end) for each, found in zip(searching, candidates, strict=True)
        ]
        left = [clip for clip, follow in enumerate(followed) if follow]
        if not left:
            break
        chosen = [each for clip in left for each in followed[clip]]
        rows = [each.row for each in chosen]
        memory.keep(rows, left if len(left) < len(searching) else None)
        searching = [searching[clip] for clip in left]
        tokens = torch.tensor([[each.token] for each in chosen], device=encoded.device)
        written = torch.cat([written[rows], tokens], 1)
        sums = torch.tensor([each.logprob for each in chosen], device=encoded.device)
        timed, new = None if timed is None else timed[rows], new[rows]
        logits = memory.logits(memory.read(tokens)[:, -1])
    return [
        each.best(no_speech) for each, no_speech in zip(searches, opening.no_speech, strict=True)
    ]


def _forbid_unlikely_end(scores: torch.Tensor, new: torch.Tensor, end: int) -> None:
    unlikely = ~new & (scores.argmax(-1) != end)
    scores[:, end].masked_fill_(unlikely, -torch.inf)


def _likeliest(scores: torch.Tensor, clips: int, count: int) -> list[list[_Candidate]]:
    """Of the texts of each clip together; `scores` is (texts, vocabulary)."""
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
