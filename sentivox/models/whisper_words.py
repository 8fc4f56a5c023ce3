"""When each word is said, read off the decoder's cross-attention.

CTranslate2's `align` runs dynamic time warping over the attention of the heads named in the
model's config, as openai/whisper `timing.py` does. Each pair it returns says that text token i is
heard at encoder position j, and a position lasts 20 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ctranslate2
import numpy as np

from sentivox.models.whisper_tokens import TimedTokens, WhisperTokens
from sentivox.types import Word

SECONDS_PER_POSITION = 0.02


@dataclass(frozen=True, slots=True)
class AlignedSegment:
    words: tuple[Word, ...]
    token_logprobs: tuple[float, ...]


def split_segments(
    tokens: WhisperTokens, segments: Sequence[TimedTokens], language: str, offset: float
) -> list[AlignedSegment]:
    """One a segment: its words, whose times are those of the whole segment."""
    return [
        AlignedSegment(
            tuple(
                Word(text, offset + segment.start, offset + segment.end, 0.0, tuple(ids))
                for text, ids in tokens.words(segment.ids, language)
            ),
            (),
        )
        for segment in segments
    ]


def align_segments(
    tokens: WhisperTokens,
    segments: Sequence[TimedTokens],
    language: str,
    alignment: ctranslate2.models.WhisperAlignmentResult,
    offset: float,
) -> list[AlignedSegment]:
    """One a segment. `alignment` is of all their tokens in a row; `offset` seconds are added."""
    count = sum(len(segment.ids) for segment in segments)
    text_index, position = np.array(alignment.alignments, dtype=int).reshape(-1, 2).T
    first = np.searchsorted(text_index, np.arange(count + 1)).clip(max=len(position) - 1)
    times = offset + position[first] * SECONDS_PER_POSITION
    probabilities = np.array(alignment.text_token_probs)
    aligned = []
    begin = 0
    for segment in segments:
        words = []
        segment_begin = begin
        for text, ids in tokens.words(segment.ids, language):
            end = begin + len(ids)
            words.append(
                Word(
                    word=text,
                    start=round(float(times[begin]), 2),
                    end=round(float(max(times[end], times[begin])), 2),
                    probability=round(float(probabilities[begin:end].mean()), 4),
                    tokens=tuple(ids),
                )
            )
            begin = end
        logprobs = np.log(np.maximum(probabilities[segment_begin:begin], 1e-10))
        aligned.append(AlignedSegment(tuple(words), tuple(float(value) for value in logprobs)))
    return aligned
