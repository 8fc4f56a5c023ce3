"""Recognised segments put back together as sentences, which is what can feel like something.

A recogniser cuts where the speaker breathes, often in the middle of a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from sentivox.types import Sentiment, SentimentShift, TranscribedSegment

MAX_PAUSE_SECONDS = 1.0
MAX_SECONDS = 15.0
MAX_WORDS = 60

TERMINAL_MARKS = frozenset(".!?…‥。！？．｡؟۔।॥։።፧፨។៕။།༎᠃᭟꩝‼⁇⁈⁉\u037e")
"""Unicode's Sentence_Terminal marks of the scripts Whisper writes, and the ellipses."""

_CLOSING = "\"'”’»›)]}」』）】〉》"
_GREEK_QUESTION_MARK = ";"

Group = tuple[int, ...]
"""Consecutive positions in a sequence of segments."""


def sentence_groups(segments: Sequence[TranscribedSegment]) -> list[Group]:
    """Every segment in exactly one group, in order of time.

    A group ends at a terminal mark, before a pause, where the language changes, and when one more
    segment would make it longer than MAX_SECONDS or MAX_WORDS.
    """
    groups: list[Group] = []
    for index, segment in enumerate(segments):
        if groups and _continues([segments[each] for each in groups[-1]], segment):
            groups[-1] = (*groups[-1], index)
        else:
            groups.append((index,))
    return groups


class OpenSentences:
    """Segments as they come, of one speaker or several, until the sentences they make are whole: a
    window's end is seldom that of a sentence.
    """

    def __init__(self) -> None:
        self._waiting: dict[str | None, list[TranscribedSegment]] = {}

    def add(self, segments: Iterable[TranscribedSegment]) -> None:
        for segment in segments:
            self._waiting.setdefault(segment.speaker, []).append(segment)

    def whole(self, upcoming: float) -> list[tuple[TranscribedSegment, ...]]:
        """Sentences that nothing can add to any more, each only once; what is still to come begins
        at `upcoming` seconds or later.
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
        """Of the earliest that waits; infinite when none does."""
        return min((each[0].start for each in self._waiting.values() if each), default=math.inf)


def mean_logprob(segments: Sequence[TranscribedSegment]) -> float:
    """Per token, in natural logarithms; 0 for no segments. A CTC model's segment counts once."""
    lengths = [len(segment.tokens) or 1 for segment in segments]
    total = sum(n * segment.avg_logprob for n, segment in zip(lengths, segments, strict=True))
    return total / max(1, sum(lengths))


def overall_sentiment(segments: Sequence[TranscribedSegment]) -> Sentiment | None:
    """The average over segments that have a sentiment, weighted by their length in seconds."""
    felt = [
        (segment.end - segment.start, segment.sentiment)
        for segment in segments
        if segment.sentiment is not None
    ]
    if not felt:
        return None
    total = sum(seconds for seconds, _ in felt)
    weights = [seconds / total if total > 0 else 1 / len(felt) for seconds, _ in felt]
    sentiments = [sentiment for _, sentiment in felt]
    return Sentiment(
        negative=sum(w * s.negative for w, s in zip(weights, sentiments, strict=True)),
        neutral=sum(w * s.neutral for w, s in zip(weights, sentiments, strict=True)),
        positive=sum(w * s.positive for w, s in zip(weights, sentiments, strict=True)),
        supported=all(sentiment.supported for sentiment in sentiments),
    )


def sentiment_shifts(segments: Sequence[TranscribedSegment]) -> tuple[SentimentShift, ...]:
    """Where the label changes; at the start of the segment that brings the new one."""
    felt = [(s.start, s.sentiment.label) for s in segments if s.sentiment is not None]
    return tuple(
        SentimentShift(at, before, after)
        for (_, before), (at, after) in pairwise(felt)
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
