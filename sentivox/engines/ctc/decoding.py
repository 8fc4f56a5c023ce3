"""From what a CTC model hears in every frame to tokens, and from tokens back to their frames.

Graves et al. 2006, "Connectionist Temporal Classification": a path names one output for each
frame; repeats are joined, then blanks dropped. Log-probabilities have the shape (frames, outputs).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torchaudio.functional import TokenSpan, forced_align, merge_tokens

LEAST_LOGPROB = -23.0
"""Of a token that wasn't heard at all; about 1e-10."""


def greedy(log_probs: torch.Tensor, blank: int) -> list[int]:
    """The tokens of the likeliest path."""
    tokens = torch.unique_consecutive(log_probs.argmax(-1))
    return [int(token) for token in tokens[tokens != blank]]


def continued(prefix: Sequence[int], heard: Sequence[int], gap: int | None) -> list[int]:
    """`prefix`, and what of `heard` comes behind that.

    Where the two part is told by edit distance, since a few letters of the prefix may be heard
    otherwise by now; of several places the first before a `gap` between words. The likeliest path
    that begins with `prefix` would be another way, and a worse one: a letter that the frames speak
    against makes it hurry through the rest of the prefix, and hear the same words once more.
    """
    distances = list(range(len(heard) + 1))
    for row, token in enumerate(prefix, 1):
        diagonal, distances[0] = distances[0], row
        for column, other in enumerate(heard, 1):
            cheapest = min(diagonal + (token != other), distances[column] + 1)
            diagonal = distances[column]
            distances[column] = min(cheapest, distances[column - 1] + 1)

    def doubt(place: int) -> tuple[int, bool]:
        return distances[place], place < len(heard) and heard[place] != gap

    place = min(range(len(heard) + 1), key=doubt)
    return [*prefix, *heard[place:]]


def align(log_probs: torch.Tensor, tokens: Sequence[int], blank: int) -> list[TokenSpan]:
    """The frames of each token, and the mean of its log-probability over them.

    More tokens than the frames have room for, as a prefix may be, share all of them.
    """
    repeats = sum(token == following for token, following in pairwise(tokens))
    frames = len(log_probs)
    if frames < len(tokens) + repeats:
        return [TokenSpan(token, 0, frames, LEAST_LOGPROB) for token in tokens]
    if not tokens:
        return []
    path, scores = forced_align(log_probs[None], torch.tensor([tokens]), blank=blank)
    spans = merge_tokens(path[0], scores[0], blank)
    return [
        TokenSpan(span.token, span.start, span.end, max(span.score, LEAST_LOGPROB))
        for span in spans
    ]
