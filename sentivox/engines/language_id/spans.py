"""Which languages a file is in, one after the other.

Whoever identifies languages tells one for whatever it is given. So stretches of speech are told
apart, and of all sequences of languages the likeliest is taken, where every change of the language
has its price (Viterbi 1967): short stretches are misheard now and then. A language that the file
is known to be in is likelier than one of the hundred others (as in Blackwell and MacQueen 1973,
"Ferguson Distributions via Polya Urn Schemes").
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
"""Speech that tells its language; a shorter stretch counts in proportion to its length."""
FLOOR = 0.01
"""No language is less likely than this: confidence beyond it isn't earned."""
LEAST_ODDS = 3.0
"""A change is never likelier than this, however often the language has changed."""
UNHEARD_S = 5.0
"""Of speech in languages not heard yet, shared out among them all."""
SHARE_WEIGHT = 0.2
"""How much a language's share of the file counts beside what a stretch sounds like; with more,
the first languages take the others'. Both were measured (docs/log.md)."""
ROUNDS = 3
"""The shares depend on the languages, which depend on the shares."""

Guesses = Sequence[LanguageProbability]


@dataclass(frozen=True, slots=True)
class SegmentLanguages:
    """Of speech, and what it was heard as."""

    speech: SpeechSegment
    guesses: Guesses

    @property
    def seconds(self) -> float:
        return self.speech.seconds

    def confidence(self, language: str) -> float:
        return next((each.confidence for each in self.ranked if each.language == language), 0.0)


@dataclass(frozen=True, slots=True)
class LanguageHistory:
    """What a file's speech tells of the speech that follows."""

    language: str | None = None
    """Of the last stretch."""
    stays: int = 20
    changes: int = 1
    """How often the language changed from one stretch to the next: whoever changes it often does
    so again. Both begin with what was measured to be good (docs/log.md)."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Of speech in each language."""

    @property
    def cost(self) -> float:
        """Of one change, in natural logarithms."""
        return math.log(max(LEAST_ODDS, self.stays / self.changes))

    def share(self, language: str) -> float:
        """Of the file's speech, in (0, 1]; 1 for every language of a file that hasn't begun."""
        if not self.seconds:
            return 1.0
        unheard = UNHEARD_S / len(LANGUAGES)
        return (self.seconds.get(language, 0.0) + unheard) / (
            sum(self.seconds.values()) + UNHEARD_S
        )

    def after(self, heard: Sequence[SegmentLanguages], languages: Sequence[str]) -> LanguageHistory:
        """What it is once more stretches and their languages are known."""
        if not languages:
            return self
        changes = sum(a != b for a, b in pairwise([self.language or languages[0], *languages]))
        seconds = defaultdict(float, self.seconds)
        for stretch, language in zip(heard, languages, strict=True):
            seconds[language] += stretch.seconds
        stays = len(languages) - changes
        return LanguageHistory(languages[-1], self.stays + stays, self.changes + changes, seconds)


def may_change(heard: Sequence[SegmentLanguages], so_far: LanguageHistory) -> bool:
    """Whether what comes after these stretches is worth listening to before they're told: they
    aren't all in the language before, if the smallest price of a change is taken.
    """
    languages = _likeliest(heard, so_far.language, replace(so_far, stays=1))
    return len({*languages, so_far.language} - {None}) > 1


def likeliest_languages(heard: Sequence[SegmentLanguages], so_far: LanguageHistory) -> list[str]:
    """One language for each stretch of speech."""
    known = so_far
    languages: list[str] = []
    for _ in range(ROUNDS):
        languages = _likeliest(heard, so_far.language, known)
        known = so_far.after(heard, languages)
    return languages


def spans(
    start: float, end: float, heard: Sequence[SegmentLanguages], languages: Sequence[str]
) -> tuple[LanguageSpan, ...]:
    """Stretches of one language put together; they meet in the middle of the pause between them.

    Together as long as the time from `start` to `end`, though `heard` may leave out some speech.
    """
    if not heard:
        return ()
    groups = [list(group) for _, group in groupby(range(len(heard)), key=languages.__getitem__)]
    borders = [
        (heard[before[-1]].speech.end + heard[after[0]].speech.start) / 2
        for before, after in pairwise(groups)
    ]
    return tuple(
        _span(begin, until, [heard[place] for place in group], languages[group[0]])
        for begin, until, group in zip([start, *borders], [*borders, end], groups, strict=True)
    )


def _span(
    start: float, end: float, heard: Sequence[SegmentLanguages], language: str
) -> LanguageSpan:
    sure = sum(each.seconds * each.confidence(language) for each in heard)
    return LanguageSpan(start, end, language, sure / sum(each.seconds for each in heard))


def _likeliest(
    heard: Sequence[SegmentLanguages], before: str | None, known: LanguageHistory
) -> list[str]:
    """With the price of a change and the languages' shares as they are in `known`."""
    if not heard:
        return []
    change = known.cost
    languages = sorted({stretch.ranked[0].language for stretch in heard} | set(known.seconds))
    if before is not None and before not in languages:
        languages.append(before)
    worth = [{code: _worth(stretch, code, known) for code in languages} for stretch in heard]
    best = {
        code: worth[0][code] - (change if before and code != before else 0.0) for code in languages
    }
    came_from: list[dict[str, str]] = []
    for each in worth[1:]:
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


def _worth(stretch: SegmentLanguages, code: str, known: LanguageHistory) -> float:
    likely = math.log(max(stretch.confidence(code), FLOOR)) * min(1.0, stretch.seconds / ENOUGH_S)
    return likely + SHARE_WEIGHT * math.log(known.share(code))
