"""Sentences of recognised segments, and their sentiment.

A recogniser cuts segments at pauses, often in the middle of a sentence. Sentiment is classified per
sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from sentivox.types import Sentiment, SentimentShift, TranscribedSegment

MAX_PAUSE_SECONDS = 1.0
"""Longest pause within a sentence."""
MAX_SECONDS = 15.0
"""Longest sentence."""
MAX_WORDS = 60
"""Most words of a sentence."""

TERMINAL_MARKS = frozenset(".!?…‥。！？．｡؟۔।॥։።፧፨។៕။།༎᠃᭟꩝‼⁇⁈⁉\u037e")
"""Unicode's Sentence_Terminal marks of the scripts of Whisper's languages, and the ellipses."""

_CLOSING = "\"'”’»›)]}」』）】〉》"
_GREEK_QUESTION_MARK = ";"

Group = tuple[int, ...]
"""Consecutive indices of segments."""


def sentence_groups(segments: Sequence[TranscribedSegment]) -> list[Group]:
    """Segments in sentences, each segment in exactly one, in order of time.

    A sentence ends at a terminal mark, before a pause, where the language changes, and where
    one more segment would make it longer than MAX_SECONDS or MAX_WORDS.
    """
    groups: list[Group] = []
    for index, segment in enumerate(segments):
        if groups and _continues([segments[each] for each in groups[-1]], segment):
            groups[-1] = (*groups[-1], index)
        else:
            groups.append((index,))
    return groups


class OpenSentences:
    """Segments of one or more speakers that wait until their sentence is complete: a sentence may
    continue in the next window.
    """

    def __init__(self) -> None:
        self._waiting: dict[str | None, list[TranscribedSegment]] = {}

    def add(self, segments: Iterable[TranscribedSegment]) -> None:
        """Adds segments; those of a speaker are in order of time."""
        for segment in segments:
            self._waiting.setdefault(segment.speaker, []).append(segment)

    def whole(self, upcoming: float) -> list[tuple[TranscribedSegment, ...]]:
        """Removes and returns the complete sentences, given that all further segments start at
        `upcoming` seconds or later.
        """
        sentences: list[tuple[TranscribedSegment, ...]] = []
        for speaker, segments in self._waiting.items():
            groups = sentence_groups(segments)
            if groups and not _ends_before(segments[-1], upcoming):
                groups.pop()
            sentences += (tuple(segments[index] for index in group) for group in groups)
            self._waiting[speaker] = segments[sum(map(len, groups)) :]
        return sentences

    @property
    def start(self) -> float:
        """Start of the earliest segment that waits, in seconds; infinite without one."""
        return min((each[0].start for each in self._waiting.values() if each), default=math.inf)


def mean_logprob(segments: Sequence[TranscribedSegment]) -> float:
    """Mean log-probability per token, natural logarithm; 0 without segments.

    A segment without tokens counts as one token.
    """
    lengths = [len(segment.tokens) or 1 for segment in segments]
    total = sum(n * segment.avg_logprob for n, segment in zip(lengths, segments, strict=True))
    return total / max(1, sum(lengths))


def overall_sentiment(segments: Sequence[TranscribedSegment]) -> Sentiment | None:
    """Average over the segments that have a sentiment, weighted by length; None without any."""
    return mean_sentiment(
        [
            (segment.sentiment, segment.end - segment.start)
            for segment in segments
            if segment.sentiment is not None
        ]
    )


def mean_sentiment(weighted: Sequence[tuple[Sentiment, float]]) -> Sentiment | None:
    """Mean of sentiments, each with its weight; None without any."""
    if not weighted:
        return None
    # Without any weight all count the same.
    total = sum(weight for _, weight in weighted)
    shares = [(each, weight / total if total else 1 / len(weighted)) for each, weight in weighted]
    return Sentiment(
        negative=sum(share * each.negative for each, share in shares),
        neutral=sum(share * each.neutral for each, share in shares),
        positive=sum(share * each.positive for each, share in shares),
        supported=all(each.supported for each, _ in shares),
    )


def sentiment_shifts(segments: Sequence[TranscribedSegment]) -> tuple[SentimentShift, ...]:
    """Changes of the label, each at the start of the first segment with the new label."""
    classified = [(s.start, s.sentiment.label) for s in segments if s.sentiment is not None]
    return tuple(
        SentimentShift(at, before, after)
        for (_, before), (at, after) in pairwise(classified)
        if before != after
    )


def _continues(group: Sequence[TranscribedSegment], segment: TranscribedSegment) -> bool:
    last = group[-1]
    words = sum(len(each.text.split()) for each in (*group, segment))
    return (
        not _ends_sentence(last)
        and segment.start - last.end <= MAX_PAUSE_SECONDS
        and segment.language == last.language
        and segment.end - group[0].start <= MAX_SECONDS
        and words <= MAX_WORDS
    )


def _ends_before(last: TranscribedSegment, upcoming: float) -> bool:
    return _ends_sentence(last) or upcoming - last.end > MAX_PAUSE_SECONDS


def _ends_sentence(segment: TranscribedSegment) -> bool:
    text = segment.text.rstrip().rstrip(_CLOSING).rstrip()
    if segment.language == "el" and text.endswith(_GREEK_QUESTION_MARK):
        return True
    return text[-1:] in TERMINAL_MARKS
