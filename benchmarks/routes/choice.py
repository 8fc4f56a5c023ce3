"""The choice of a recogniser for a language, by error rates and their uncertainty.

The recogniser that serves a language keeps it unless another one has fewer errors beyond chance:
clips are resampled with replacement, the same clips for both (paired bootstrap; Bisani and Ney
2004, "Bootstrap estimates for confidence intervals in ASR performance evaluation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
import numpy as np

from benchmarks.measures.text import normalized
from benchmarks.routes.candidates import Candidate
from sentivox.languages import UNSPACED

RESAMPLES = 4000
SIGNIFICANCE = 0.05
"""Probability that a language moves without a gain, over all candidates together."""


@dataclass(frozen=True, slots=True)
class ClipErrors:
    """Insertions, deletions and substitutions in one clip, and the length of its reference."""

    word_errors: int
    words: int
    letter_errors: int
    letters: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of one candidate in one language."""

    candidate: Candidate
    clips: tuple[ClipErrors, ...]
    rtfx: float
    """Audio seconds per second; on a CPU, per second of one thread's processor time."""
    adapter: str | None = None
    """The model's adapter for the language; None for shared weights alone."""

    @property
    def wer(self) -> float:
        return _ratio([c.word_errors for c in self.clips], [c.words for c in self.clips])

    @property
    def cer(self) -> float:
        return _ratio([c.letter_errors for c in self.clips], [c.letters for c in self.clips])

    def rate(self, language: str) -> float:
        """The error rate to compare: CER in languages written without spaces, else WER."""
        return self.cer if language in UNSPACED else self.wer


def clip_errors(reference: str, text: str) -> ClipErrors:
    """Errors of one normalised text. The reference needs at least one word."""
    words = jiwer.process_words(normalized(reference), normalized(text))
    letters = jiwer.process_characters(normalized(reference), normalized(text))
    return ClipErrors(*_counts(words), *_counts(letters))


def choose(incumbent: Measured | None, others: Sequence[Measured], language: str) -> Measured:
    """The best of `others` that are better than the incumbent beyond chance, else the incumbent.

    Without an incumbent the best of all. Raises ValueError without any candidate.
    """
    if incumbent is None:
        return min(others, key=lambda other: other.rate(language))
    better = [
        other
        for other in others
        if _significantly_better(other, incumbent, language, SIGNIFICANCE / len(others))
    ]
    return min(better, key=lambda other: other.rate(language), default=incumbent)


def _significantly_better(
    one: Measured, other: Measured, language: str, significance: float
) -> bool:
    """Whether `one` is no better in at most that share of resamples, after Bonferroni's correction
    of SIGNIFICANCE.
    """
    errors, lengths = (np.array(each) for each in zip(*_paired(one, other, language), strict=True))
    drawn = np.random.default_rng(0).integers(0, len(lengths), (RESAMPLES, len(lengths)))
    gained = errors[drawn].sum(axis=1) / lengths[drawn].sum(axis=1)
    return float(np.quantile(gained, significance)) > 0


def _paired(one: Measured, other: Measured, language: str) -> list[tuple[int, int]]:
    """For each clip, by how many errors `one` is better, and the length of the reference."""
    pairs = zip(one.clips, other.clips, strict=True)
    if language in UNSPACED:
        return [(b.letter_errors - a.letter_errors, a.letters) for a, b in pairs]
    return [(b.word_errors - a.word_errors, a.words) for a, b in pairs]


def _counts(found: jiwer.WordOutput | jiwer.CharacterOutput) -> tuple[int, int]:
    missed = found.substitutions + found.deletions
    return missed + found.insertions, missed + found.hits


def _ratio(errors: Sequence[int], lengths: Sequence[int]) -> float:
    return sum(errors) / sum(lengths)
