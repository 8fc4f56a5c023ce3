"""CTC decoding: from the outputs' log-probabilities to tokens, and from tokens to their frames.

Graves et al. 2006, "Connectionist Temporal Classification": a path has one output for each frame;
repeats are merged, then blanks are dropped. Log-probabilities have shape (frames, outputs).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torchaudio.functional import TokenSpan, forced_align, merge_tokens

MIN_LOG_PROB = -23.0
"""Lowest log-probability of an aligned token, about 1e-10."""


def greedy(log_probs: torch.Tensor, blank: int) -> list[int]:
    """The tokens of the most probable path."""
    tokens = torch.unique_consecutive(log_probs.argmax(-1))
    return [int(token) for token in tokens[tokens != blank]]


def continue_prefix(prefix: Sequence[int], decoded: Sequence[int], gap: int | None) -> list[int]:
    """`prefix`, followed by the part of `decoded` that comes after it.

    That part begins where the edit distance to the prefix is least, because some letters of the
    prefix may be decoded differently by now; among equal places, the first one before a `gap`
    between words. The most probable path that begins with the prefix isn't used: a letter that the
    frames contradict makes it pass the prefix too early and repeat the same words.
    """
    distances = list(range(len(decoded) + 1))
    for row, token in enumerate(prefix, 1):
        diagonal, distances[0] = distances[0], row
        for column, other in enumerate(decoded, 1):
            cheapest = min(diagonal + (token != other), distances[column] + 1)
            diagonal = distances[column]
            distances[column] = min(cheapest, distances[column - 1] + 1)

    def rank(place: int) -> tuple[int, bool]:
        return distances[place], place < len(decoded) and decoded[place] != gap

    place = min(range(len(decoded) + 1), key=rank)
    return [*prefix, *decoded[place:]]


def align(log_probs: torch.Tensor, tokens: Sequence[int], blank: int) -> list[TokenSpan]:
    """The frames of each token, and the mean of its log-probability over them.

    If there are more tokens than frames, as with a long prefix, each token spans all frames.
    """
    repeats = sum(token == following for token, following in pairwise(tokens))
    frames = len(log_probs)
    if frames < len(tokens) + repeats:
        return [TokenSpan(token, 0, frames, MIN_LOG_PROB) for token in tokens]
    if not tokens:
        return []
    path, scores = forced_align(log_probs[None], torch.tensor([tokens]), blank=blank)
    spans = merge_tokens(path[0], scores[0], blank)
    return [
        TokenSpan(span.token, span.start, span.end, max(span.score, MIN_LOG_PROB)) for span in spans
    ]
