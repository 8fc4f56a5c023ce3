"""When each word is said, read off the decoder's cross-attention.

An engine runs dynamic time warping over the attention of the heads named in the model's config, as
openai/whisper `timing.py` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.tokenizer import TimedTokens, WhisperTokenizer
from sentivox.types import Priority, Word

SECONDS_PER_POSITION = 0.02


@dataclass(frozen=True, slots=True)
class Alignment:
    pairs: Sequence[tuple[int, int]]
    """Text token i is heard at encoder position j, in order; a position lasts 20 ms."""
    probabilities: Sequence[float]
    """Of each text token."""


Align = Callable[[Sequence[int]], Alignment]
"""Of text tokens with the sound of their window."""


@dataclass(frozen=True, slots=True)
class AlignedSegment:
    words: tuple[Word, ...]
    token_logprobs: tuple[float, ...]


def words_of(
    tokens: WhisperTokenizer, item: RecognitionItem, segments: Sequence[TimedTokens], align: Align
) -> list[AlignedSegment]:
    """Words and the probabilities of tokens; empty where nobody asked for them."""
    told = item.options
    if told.priority is Priority.INTERIM and not told.words:
        return split_segments(tokens, segments, told.language, item.window.start)
    if not segments or not (told.words or told.logprobs):
        return [AlignedSegment((), ()) for _ in segments]
    alignment = align([token for segment in segments for token in segment.ids])
    return align_segments(tokens, segments, told.language, alignment, item.window.start)


def split_segments(
    tokens: WhisperTokenizer, segments: Sequence[TimedTokens], language: str, offset: float
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
    tokens: WhisperTokenizer,
    segments: Sequence[TimedTokens],
    language: str,
    alignment: Alignment,
    offset: float,
) -> list[AlignedSegment]:
    """One a segment. `alignment` is of all their tokens in a row; `offset` seconds are added."""
    count = sum(len(segment.ids) for segment in segments)
    text_index, position = np.array(alignment.pairs, dtype=int).reshape(-1, 2).T
    first = np.searchsorted(text_index, np.arange(count + 1)).clip(max=len(position) - 1)
    times = offset + position[first] * SECONDS_PER_POSITION
    probabilities = np.array(alignment.probabilities)
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
