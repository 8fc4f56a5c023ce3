"""The pieces of a segment that subtitles don't break: words and numbers, or letters of scripts
without spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sentivox.types import TranscribedSegment

WITHOUT_SPACES = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
"""A letter of Thai, Lao, Burmese, Khmer, Japanese or Chinese, between which lines may break."""
NOT_AT_THE_START = (
    r"[\s、。，．・：；？！ー」』）】〉》々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?:;)\]}%…]"
)
"""Small letters and closing marks, which begin no line (JIS X 4051, 4.3)."""
PIECE = re.compile(rf"\s*(?:{WITHOUT_SPACES}{NOT_AT_THE_START}*|(?:(?!{WITHOUT_SPACES})\S)+)")


class Piece(NamedTuple):
    """A part of a segment's text with the space before it; times in seconds."""

    text: str
    start: float
    end: float


def pieces_of(segment: TranscribedSegment, longest: int) -> list[Piece]:
    """The whole text in order. A word of more than `longest` letters is several pieces."""
    times = list(_letter_times(segment))
    found = []
    for match in PIECE.finditer(segment.text):
        for first in range(match.start(), match.end(), longest):
            end = min(first + longest, match.end())
            text = segment.text[first:end]
            begin = first + len(text) - len(text.lstrip())
            if begin < end:
                found.append(Piece(text, times[begin][0], times[end - 1][1]))
    return found


def _letter_times(segment: TranscribedSegment) -> Iterator[tuple[float, float]]:
    """Start and end of each letter: those of its word, or its share of the segment."""
    text = segment.text
    spans = list(_word_spans(segment))
    if not spans:
        before = len(text) - len(text.lstrip())
        each = (segment.end - segment.start) / max(1, len(text.strip()))
        for place in range(-before, len(text) - before):
            first = segment.start + max(0, place) * each
            yield first, min(segment.end, first + each)
        return
    limits = [0, *(begin for begin, _, _ in spans[1:]), len(text)]
    for (_, start, end), first, last in zip(spans, limits, limits[1:], strict=False):
        yield from [(start, end)] * (last - first)


def _word_spans(segment: TranscribedSegment) -> Iterator[tuple[int, float, float]]:
    """Position of each word in the text, and its times. A word that isn't in the text belongs to
    the one before.
    """
    at = 0
    for word in segment.words:
        name = word.word.strip()
        found = segment.text.find(name, at)
        if name and found >= 0:
            yield found, word.start, word.end
            at = found + len(name)
