"""Hedging: a short file in an unsure language is heard in two, and the likelier text stays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from deployments.spoken_languages import told_as_a_whole
from deployments.stored_audio import StoredAudio
from sentivox.errors import SpeechError
from sentivox.languages import LanguageFamily
from sentivox.sentences import mean_logprob
from sentivox.types import Alternative, LanguageDetection, LanguageGuess, Recognition

TEXT_WEIGHT = 1.0
"""How much a text's mean log-probability per token counts beside that of its language."""
SMALLEST = 1e-7


@dataclass(frozen=True, slots=True)
class Hearing:
    """A file heard in one language."""

    guess: LanguageGuess
    family: str
    recognition: Recognition

    @property
    def score(self) -> float | None:
        """In natural logarithms, the higher the better; None where no text is believed."""
        return score(self.guess.confidence, self.recognition)

    def told(self) -> Alternative:
        text = "".join(segment.text for segment in self.recognition.segments).strip()
        return Alternative(self.guess.language, self.family, self.score, text)


def rivals(
    stored: StoredAudio, detection: LanguageDetection | None, below: float | None
) -> tuple[LanguageGuess, ...]:
    """The two languages to hear a file in, likeliest first, or none where one hearing will do.

    `below` is the confidence under which a language is unsure, None for never.
    """
    if below is None or detection is None or len(detection.guesses) < 2:
        return ()
    if not told_as_a_whole(stored.windows):
        return ()
    sure = not detection.abstained and detection.guesses[0].confidence >= below
    return () if sure else detection.guesses[:2]


def hearings(
    guesses: Sequence[LanguageGuess],
    families: Sequence[LanguageFamily],
    outcomes: Sequence[Recognition | BaseException],
) -> list[Hearing]:
    """What each language, likeliest first, was heard as; others than the likeliest may fail.

    Raises the error of the likeliest, without which the rest would be a guess that nothing speaks
    for, and whatever isn't a SpeechError.
    """
    found = []
    for guess, family, outcome in zip(guesses, families, outcomes, strict=True):
        if isinstance(outcome, Recognition):
            found.append(Hearing(guess, family.value, outcome))
        elif not found or not isinstance(outcome, SpeechError):
            raise outcome
    return found


def likeliest(heard: Sequence[Hearing]) -> Hearing:
    """The first of those that are as good, so silence is that of the likeliest language."""
    return max(heard, key=lambda hearing: -math.inf if hearing.score is None else hearing.score)


def score(confidence: float, recognition: Recognition, weight: float = TEXT_WEIGHT) -> float | None:
    """How likely a language and its text are: log p(language) + weight * mean log p(token).

    The mean is as fair to long texts as to short ones. None where no text is believed.
    """
    if not recognition.segments:
        return None
    return math.log(max(confidence, SMALLEST)) + weight * mean_logprob(recognition.segments)
