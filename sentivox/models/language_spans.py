"""Which languages a window is in, one after the other.

Whoever identifies languages tells one for whatever it is given. So a window's stretches of speech
are told apart, and of all sequences of languages the likeliest is taken, where every change of the
language has its price (Viterbi 1967): short stretches are misheard now and then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from sentivox.types import LanguageGuess, LanguageSpan, SpeechSegment, SpeechWindow

ENOUGH_S = 3.0
"""Speech that tells its language; a shorter stretch counts in proportion to its length."""
PROBES = 3
"""Stretches of a window that are listened to first: if all of them are in the language before, so
is the rest.
"""
FLOOR = 0.01
"""No language is less likely than this: confidence beyond it isn't earned."""
LEAST_ODDS = 3.0
"""A change is never likelier than this, however often the language has changed."""

Guesses = Sequence[LanguageGuess]


@dataclass(frozen=True, slots=True)
class Habit:
    """How often the language changes from one stretch of speech to the next: whoever changes it
    often does so again. It begins with what was measured to be good (docs/log.md).
    """

    stays: int = 20
    changes: int = 1

    @property
    def cost(self) -> float:
        """Of one change, in natural logarithms."""
        return math.log(max(LEAST_ODDS, self.stays / self.changes))

    def after(self, languages: Sequence[str], expected: str | None) -> Habit:
        """What it is once a window's stretches are known too."""
        changes = sum(a != b for a, b in pairwise([expected or languages[0], *languages]))
        return Habit(self.stays + len(languages) - changes, self.changes + changes)


def probes(count: int) -> Sequence[int]:
    """Which of `count` stretches to listen to first: both ends, and evenly between."""
    if count <= PROBES:
        return range(count)
    return sorted({round(place * (count - 1) / (PROBES - 1)) for place in range(PROBES)})


def likeliest_languages(
    speech: Sequence[SpeechSegment],
    heard: Sequence[Guesses],
    expected: str | None,
    habit: Habit,
) -> list[str]:
    """One language for each stretch of speech. `expected` is that of the speech before."""
    if not heard:
        return []
    first = _likeliest(speech, heard, expected, habit.cost)
    return _likeliest(speech, heard, expected, habit.after(first, expected).cost)


def spans(
    window: SpeechWindow,
    speech: Sequence[SpeechSegment],
    heard: Sequence[Guesses],
    languages: Sequence[str],
) -> tuple[LanguageSpan, ...]:
    """Stretches of one language put together; they meet in the middle of the pause between them.

    `speech` may leave out some of the window's; together the spans are as long as the window.
    """
    if not speech:
        return ()
    groups = [list(group) for _, group in groupby(range(len(speech)), key=languages.__getitem__)]
    borders = [
        (speech[before[-1]].end + speech[after[0]].start) / 2 for before, after in pairwise(groups)
    ]
    starts = [window.start, *borders]
    ends = [*borders, window.start + window.seconds]
    return tuple(
        LanguageSpan(start, end, languages[group[0]], _confidence(group, speech, heard, languages))
        for start, end, group in zip(starts, ends, groups, strict=True)
    )


def _likeliest(
    speech: Sequence[SpeechSegment], heard: Sequence[Guesses], expected: str | None, change: float
) -> list[str]:
    languages = sorted({guesses[0].language for guesses in heard})
    if expected is not None and expected not in languages:
        languages.append(expected)
    worth = [
        {code: _worth(segment, guesses, code) for code in languages}
        for segment, guesses in zip(speech, heard, strict=True)
    ]
    best = {
        code: worth[0][code] - (change if expected and code != expected else 0.0)
        for code in languages
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


def _worth(segment: SpeechSegment, guesses: Guesses, code: str) -> float:
    likely = math.log(max(_confidence_of(guesses, code), FLOOR))
    return likely * min(1.0, (segment.end - segment.start) / ENOUGH_S)


def _confidence_of(guesses: Guesses, code: str) -> float:
    return next((guess.confidence for guess in guesses if guess.language == code), 0.0)


def _confidence(
    group: Sequence[int],
    speech: Sequence[SpeechSegment],
    heard: Sequence[Guesses],
    languages: Sequence[str],
) -> float:
    lengths = [speech[index].end - speech[index].start for index in group]
    sure = [_confidence_of(heard[index], languages[index]) for index in group]
    return sum(a * b for a, b in zip(lengths, sure, strict=True)) / sum(lengths)
