"""The languages of a file, one after the other.

A language detector gives one language for whatever it gets. So each speech segment is detected by
itself, and the most probable sequence of languages is taken, where every change of language has a
cost (Viterbi 1967), because short segments are often wrong. A language that the file is known to
have is more probable than any other (as in Blackwell and MacQueen 1973, "Ferguson Distributions via
Polya Urn Schemes").
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from sentivox.languages import LANGUAGES
from sentivox.types import LanguageProbability, LanguageSpan, SpeechSegment

ENOUGH_S = 3.0
"""Seconds of speech that identify a language; a shorter segment counts in proportion."""
MIN_PROBABILITY = 0.01
"""No language is less probable than this: Whisper's confidence beyond it isn't earned."""
MIN_STAY_ODDS = 3.0
"""Odds against a change of language, however often the file has changed language."""
NEW_LANGUAGES_S = 5.0
"""Seconds of speech that the languages not found yet are assumed to share."""
SHARE_WEIGHT = 0.2
"""Weight of a language's share of the file beside its probability in a segment; with more, the
first languages displace the others. Both were measured (docs/log.md)."""
ROUNDS = 3
"""Iterations: the shares depend on the languages, which depend on the shares."""


@dataclass(frozen=True, slots=True)
class SegmentLanguages:
    """A speech segment and its language probabilities."""

    speech: SpeechSegment
    ranked: Sequence[LanguageProbability]
    """Most probable first."""

    def confidence(self, language: str) -> float:
        """Probability of that language, in [0, 1]."""
        return next((each.confidence for each in self.ranked if each.language == language), 0.0)


@dataclass(frozen=True, slots=True)
class LanguageHistory:
    """Statistics of the languages so far, for the speech that follows."""

    language: str | None = None
    """Language of the last segment."""
    stays: int = 20
    """Number of segments with the language of the segment before. The initial `stays` and `changes`
    were measured (docs/log.md)."""
    changes: int = 1
    """Number of segments with another language than the segment before."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds of speech in each language."""

    @property
    def change_cost(self) -> float:
        """Cost of one change of language, in natural logarithms."""
        return math.log(max(MIN_STAY_ODDS, self.stays / self.changes))

    def share(self, language: str) -> float:
        """Share of the language in the speech so far, in (0, 1]; 1 before any speech."""
        if not self.seconds:
            return 1.0
        new = NEW_LANGUAGES_S / len(LANGUAGES)
        return (self.seconds.get(language, 0.0) + new) / (
            sum(self.seconds.values()) + NEW_LANGUAGES_S
        )

    def after(
        self, segments: Sequence[SegmentLanguages], languages: Sequence[str]
    ) -> LanguageHistory:
        """The history with more segments, one language each."""
        if not languages:
            return self
        changes = sum(a != b for a, b in pairwise([self.language or languages[0], *languages]))
        seconds = defaultdict(float, self.seconds)
        for segment, language in zip(segments, languages, strict=True):
            seconds[language] += segment.speech.seconds
        stays = len(languages) - changes
        return LanguageHistory(languages[-1], self.stays + stays, self.changes + changes, seconds)


def may_change(segments: Sequence[SegmentLanguages], history: LanguageHistory) -> bool:
    """Whether the language may change in these segments, so that the speech after them should be
    compared before they are decided. It takes the lowest cost of a change.
    """
    languages = _best_sequence(segments, history.language, replace(history, stays=1))
    return len({*languages, history.language} - {None}) > 1


def likeliest_languages(
    segments: Sequence[SegmentLanguages], history: LanguageHistory
) -> list[str]:
    """The most probable language of each segment, as a sequence."""
    known = history
    languages: list[str] = []
    for _ in range(ROUNDS):
        languages = _best_sequence(segments, history.language, known)
        known = history.after(segments, languages)
    return languages


def spans(
    start: float, end: float, segments: Sequence[SegmentLanguages], languages: Sequence[str]
) -> tuple[LanguageSpan, ...]:
    """Segments of the same language in a row, as spans that meet in the middle of the pauses.

    Together they cover the time from `start` to `end`; empty without segments.
    """
    if not segments:
        return ()
    groups = [list(group) for _, group in groupby(range(len(segments)), key=languages.__getitem__)]
    borders = [
        (segments[before[-1]].speech.end + segments[after[0]].speech.start) / 2
        for before, after in pairwise(groups)
    ]
    return tuple(
        _span(begin, until, [segments[index] for index in group], languages[group[0]])
        for begin, until, group in zip([start, *borders], [*borders, end], groups, strict=True)
    )


def _span(
    start: float, end: float, segments: Sequence[SegmentLanguages], language: str
) -> LanguageSpan:
    seconds = sum(each.speech.seconds for each in segments)
    weighted = sum(each.speech.seconds * each.confidence(language) for each in segments)
    return LanguageSpan(start, end, language, weighted / seconds)


def _best_sequence(
    segments: Sequence[SegmentLanguages], before: str | None, known: LanguageHistory
) -> list[str]:
    """The best sequence with the cost of a change and the shares of `known`."""
    if not segments:
        return []
    change = known.change_cost
    languages = sorted({segment.ranked[0].language for segment in segments} | set(known.seconds))
    if before is not None and before not in languages:
        languages.append(before)
    scores = [{code: _score(segment, code, known) for code in languages} for segment in segments]
    best = {
        code: scores[0][code] - (change if before and code != before else 0.0) for code in languages
    }
    came_from: list[dict[str, str]] = []
    for each in scores[1:]:
        leader = max(best, key=best.__getitem__)
        step = {code: code if best[code] >= best[leader] - change else leader for code in languages}
        best = {
            code: best[step[code]] - (change if step[code] != code else 0.0) + each[code]
            for code in languages
        }
        came_from.append(step)
    sequence = [max(best, key=best.__getitem__)]
    for step in reversed(came_from):
        sequence.append(step[sequence[-1]])
    return sequence[::-1]


def _score(segment: SegmentLanguages, code: str, known: LanguageHistory) -> float:
    log_prob = math.log(max(segment.confidence(code), MIN_PROBABILITY))
    weight = min(1.0, segment.speech.seconds / ENOUGH_S)
    return log_prob * weight + SHARE_WEIGHT * math.log(known.share(code))
