"""Word times inside speech.

Alignment gives a pause to the word beside it, and may confuse sentences that are said twice. So
words stay within their segment and the window, and those beside a pause have a usual length, as in
openai/whisper `timing.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from statistics import median

from sentivox.types import SpeechWindow, TranscribedSegment, Word

LONGEST_MEDIAN_S = 0.7
"""Bound of a segment's median word length."""
LONGEST_WORD = 2.0
"""Longest word beside a pause, in median word lengths."""
LETTER_S = 0.08
"""Long words take at least this much for each letter."""
SLACK_S = 0.5
"""Words may begin before their segment and end after it by this much: its times are as inexact."""
LEAST_LENGTH = 0.2
"""Words take at least this share of the length of their segment."""
SENTENCE_ENDS = ".。!！?？"


def settled(words: Sequence[Word], start: float, end: float, window: SpeechWindow) -> list[Word]:
    """The words of a segment from `start` to `end`, in order: none begins before the one before it
    ends, and all are in the window.
    """
    if not words:
        return []
    if _misplaced(words, start, end):
        words = _spread(words, start, end)
    words = _shortened(words)
    words = [replace(word, start=window.speech_from(word.start, word.end)) for word in words]
    earliest = max(window.start, start - SLACK_S)
    latest = min(window.start + window.seconds, end + SLACK_S)
    found = []
    for word in words:
        begin = min(max(word.start, earliest), latest)
        earliest = min(max(word.end, begin), latest)
        found.append(replace(word, start=round(begin, 2), end=round(earliest, 2)))
    return found


def separated(segments: Sequence[TranscribedSegment]) -> tuple[TranscribedSegment, ...]:
    """The segments, none of whose last words ends after the first word of the next one begins."""
    found = list(segments)
    for place in range(len(found) - 1):
        words, following = found[place].words, found[place + 1].words
        if words and following and words[-1].end > following[0].start:
            border = max(words[-1].start, following[0].start)
            last = replace(words[-1], end=border)
            first = replace(following[0], start=border, end=max(border, following[0].end))
            found[place] = replace(found[place], words=(*words[:-1], last))
            found[place + 1] = replace(found[place + 1], words=(first, *following[1:]))
    return tuple(found)


def _misplaced(words: Sequence[Word], start: float, end: float) -> bool:
    """Whether alignment put most of the words outside their segment, or all in one place."""
    inside = sum(start - SLACK_S <= word.start <= end + SLACK_S for word in words)
    length = words[-1].end - words[0].start
    return 2 * inside < len(words) or length < LEAST_LENGTH * (end - start)


def _spread(words: Sequence[Word], start: float, end: float) -> list[Word]:
    """The words with times in proportion to their letters."""
    letters = [len(word.word) for word in words]
    ends = [start + (end - start) * each / sum(letters) for each in accumulate(letters)]
    return [
        replace(word, start=before, end=after)
        for word, before, after in zip(words, [start, *ends], ends, strict=False)
    ]


def _shortened(words: Sequence[Word]) -> list[Word]:
    """The words, those at either end of a sentence at most LONGEST_WORD times the usual length."""
    lengths = [word.end - word.start for word in words if word.end > word.start]
    usual = LONGEST_WORD * min(LONGEST_MEDIAN_S, median(lengths)) if lengths else 0.0
    found = []
    for place, word in enumerate(words):
        longest = max(usual, LETTER_S * len(word.word.strip()))
        begins = not place or words[place - 1].word.strip()[-1:] in SENTENCE_ENDS
        ends = place == len(words) - 1 or word.word.strip()[-1:] in SENTENCE_ENDS
        if word.end - word.start > longest and begins:
            word = replace(word, start=word.end - longest)
        elif word.end - word.start > longest and ends:
            word = replace(word, end=word.start + longest)
        found.append(word)
    return found
