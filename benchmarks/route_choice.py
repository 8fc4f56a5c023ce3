"""Which of several recognisers writes a language best, as far as the recordings can say.

The one that serves a language stays unless another's errors are fewer by more than chance: clips
are drawn again and again with replacement, the same ones for both (paired bootstrap; Bisani and
Ney 2004, "Bootstrap estimates for confidence intervals in ASR performance evaluation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
import numpy as np

from benchmarks.accuracy import normalized
from benchmarks.candidates import Candidate
from sentivox.languages import UNSPACED

DRAWS = 4000
CHANCE = 0.05
"""How often a language may move though nothing is gained, all of its challengers together."""


@dataclass(frozen=True, slots=True)
class ClipErrors:
    """Insertions, deletions and substitutions in one clip, and out of how many."""

    word_errors: int
    words: int
    letter_errors: int
    letters: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One candidate and one language."""

    candidate: Candidate
    clips: tuple[ClipErrors, ...]
    speed: float
    """Seconds of audio a second; see `sentivox.route_table.Route`."""
    adapter: str | None = None

    @property
    def wer(self) -> float:
        return _ratio([c.word_errors for c in self.clips], [c.words for c in self.clips])

    @property
    def cer(self) -> float:
        return _ratio([c.letter_errors for c in self.clips], [c.letters for c in self.clips])

    def rate(self, language: str) -> float:
        """By letters where words aren't written apart, else by words."""
        return self.cer if language in UNSPACED else self.wer


def clip_errors(reference: str, text: str) -> ClipErrors:
    """On text without case and punctuation; the reference has to have a word."""
    words = jiwer.process_words(normalized(reference), normalized(text))
    letters = jiwer.process_characters(normalized(reference), normalized(text))
    return ClipErrors(*_counts(words), *_counts(letters))


def choose(incumbent: Measured | None, others: Sequence[Measured], language: str) -> Measured:
    """The best of `others` where it's better than the incumbent by more than chance.

    Without an incumbent the best. ValueError where there is nothing at all.
    """
    if incumbent is None:
        return min(others, key=lambda other: other.rate(language))
    better = [
        other
        for other in others
        if _surely_better(other, incumbent, language, CHANCE / len(others))
    ]
    return min(better, key=lambda other: other.rate(language), default=incumbent)


def _surely_better(one: Measured, other: Measured, language: str, chance: float) -> bool:
    """Whether at most that share of draws has `one` no better; Bonferroni's share of CHANCE."""
    errors, lengths = (np.array(each) for each in zip(*_paired(one, other, language), strict=True))
    drawn = np.random.default_rng(0).integers(0, len(lengths), (DRAWS, len(lengths)))
    gained = errors[drawn].sum(axis=1) / lengths[drawn].sum(axis=1)
    return float(np.quantile(gained, chance)) > 0


def _paired(one: Measured, other: Measured, language: str) -> list[tuple[int, int]]:
    """For each clip how many errors `one` has less, and out of how many."""
    pairs = zip(one.clips, other.clips, strict=True)
    if language in UNSPACED:
        return [(b.letter_errors - a.letter_errors, a.letters) for a, b in pairs]
    return [(b.word_errors - a.word_errors, a.words) for a, b in pairs]


def _counts(found: jiwer.WordOutput | jiwer.CharacterOutput) -> tuple[int, int]:
    wrong = found.substitutions + found.deletions
    return wrong + found.insertions, wrong + found.hits


def _ratio(errors: Sequence[int], lengths: Sequence[int]) -> float:
    return sum(errors) / sum(lengths)
