"""Token times: dynamic time warping over the decoder's cross-attention.

The steps are those of openai/whisper `timing.py`, with CTranslate2's choices: attention within the
audio without padding, standardised over the tokens of each position, a median over seven positions,
the mean of the heads, and the path on which tokens and positions go on together and attend most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.layers import Head, KeyValueCache
from sentivox.engines.whisper.prompt import Vocabulary
from sentivox.engines.whisper.word_alignment import Alignment

MEDIAN_POSITIONS = 7
"""140 ms."""
DIAGONAL, TOKEN, POSITION = 0, 1, 2
"""Kinds of steps of a path, which advance token and position, or one of them."""


def align(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    start: Sequence[int],
    ids: Sequence[int],
    positions: int,
    vocabulary: Vocabulary,
    heads: Sequence[Head],
) -> Alignment:
    """Aligns the text tokens `ids` with a clip's encoder output (1, positions, width).

    Only the first `positions` aren't padding. `start` is the start sequence of the prompt, and
    `heads` are the heads whose attention follows the words.
    """
    known = [*start, vocabulary.no_timestamps, *ids, vocabulary.end_of_text]
    cache = KeyValueCache(model, encoded, [len(known)], 0)
    scores = dict.fromkeys(heads, torch.empty(0))
    states = cache.step(torch.tensor([known], device=encoded.device), scores)
    first, last = len(start), len(start) + len(ids)
    probabilities = cache.logits(states[0, first:last])[:, : vocabulary.end_of_text].softmax(-1)
    tokens = torch.tensor(list(ids), device=encoded.device)
    attention = _sharpened(torch.cat(list(scores.values()))[..., :positions].float())[
        first : last + 1
    ]
    return Alignment(
        pairs=best_path(attention.cpu().numpy()),
        probabilities=probabilities.gather(-1, tokens[:, None])[:, 0].tolist(),
    )


def _sharpened(scores: torch.Tensor) -> torch.Tensor:
    """Attention scores (heads, tokens, positions) to one matrix (tokens, positions)."""
    attention = scores.softmax(-1)
    spread, mean = torch.std_mean(attention, dim=1, keepdim=True, correction=0)
    return _median((attention - mean) / spread).mean(0)


def _median(x: torch.Tensor) -> torch.Tensor:
    """Median over MEDIAN_POSITIONS of the last dimension, mirrored at its ends; unchanged where the
    dimension is shorter.
    """
    beside = MEDIAN_POSITIONS // 2
    if x.shape[-1] <= beside:
        return x
    mirrored = torch.nn.functional.pad(x, (beside, beside), mode="reflect")
    return mirrored.unfold(-1, MEDIAN_POSITIONS, 1).median(-1).values


def best_path(attention: npt.NDArray[np.float32]) -> list[tuple[int, int]]:
    """Pairs of token and position from the first of both to the last, each step one further in
    either or both, with the highest sum of `attention` (tokens, positions).

    Cells of a diagonal need only those of the two before it, and are computed together.
    """
    tokens, positions = attention.shape
    costs = np.full((tokens + 1, positions + 1), np.inf, np.float32)
    steps = np.zeros((tokens + 1, positions + 1), np.int8)
    costs[0, 0] = 0
    steps[0, :], steps[:, 0] = POSITION, TOKEN
    for diagonal in range(2, tokens + positions + 1):
        i = np.arange(max(1, diagonal - positions), min(tokens, diagonal - 1) + 1)
        j = diagonal - i
        both, token, position = costs[i - 1, j - 1], costs[i - 1, j], costs[i, j - 1]
        step = np.where(
            (both < token) & (both < position),
            DIAGONAL,
            np.where((token < both) & (token < position), TOKEN, POSITION),
        )
        steps[i, j] = step
        costs[i, j] = np.choose(step, (both, token, position)) - attention[i - 1, j - 1]
    return _backtracked(steps)


def _backtracked(steps: npt.NDArray[np.int8]) -> list[tuple[int, int]]:
    i, j = steps.shape[0] - 1, steps.shape[1] - 1
    path = []
    while i > 0 or j > 0:
        path.append((i - 1, j - 1))
        step = int(steps[i, j])
        i -= int(step != POSITION)
        j -= int(step != TOKEN)
    return path[::-1]
