"""Word times from the decoder's cross-attention.

A backend aligns text tokens with encoder positions by dynamic time warping over the attention of
the heads that the model's config names, as in openai/whisper `timing.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.tokenizer import TimedTokens, WhisperTokenizer
from sentivox.types import Priority, Word

SECONDS_PER_POSITION = 0.02
"""Length of a position of the encoder output."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Times and probabilities of text tokens."""

    pairs: Sequence[tuple[int, int]]
    """Text token i is spoken at encoder position j, in order; a position lasts 20 ms."""
    probabilities: Sequence[float]
    """Probability of each text token."""


Align = Callable[[Sequence[int]], Alignment]
"""Aligns text tokens with the encoder output of their window."""


@dataclass(frozen=True, slots=True)
class AlignedSegment:
    """Words and token log-probabilities of a segment; empty unless requested."""

    words: tuple[Word, ...]
    token_logprobs: tuple[float, ...]


def words_of(
    tokens: WhisperTokenizer, item: RecognitionItem, segments: Sequence[TimedTokens], align: Align
) -> list[AlignedSegment]:
    """The words and token log-probabilities of each segment, as far as the options request them.

    Interim text has words without times of their own.
    """
    options = item.options
    if options.priority is Priority.INTERIM and not options.words:
        return split_segments(tokens, segments, options.language, item.window.start)
    if not segments or not (options.words or options.logprobs):
        return [AlignedSegment((), ()) for _ in segments]
    alignment = align([token for segment in segments for token in segment.ids])
    return align_segments(tokens, segments, options.language, alignment, item.window.start)


def split_segments(
    tokens: WhisperTokenizer, segments: Sequence[TimedTokens], language: str, offset: float
) -> list[AlignedSegment]:
    """The words of each segment, with the times of the whole segment."""
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
    """The words of each segment with their times and probabilities.

    `alignment` covers the tokens of all segments in a row; `offset` is added to the times, in
    seconds.
    """
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
