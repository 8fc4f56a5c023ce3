"""Which language is spoken, by Whisper's own first token.

Whisper predicts a language token right after <|startoftranscript|>; its distribution over those
tokens is the answer (the Whisper paper, section 2.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ctranslate2 import Device, StorageView

from sentivox.models.base import LanguageIdItem
from sentivox.models.language_head import Floats, LanguageHead, voice_of
from sentivox.models.weights import resolve
from sentivox.models.whisper_ctranslate2 import encode, load_whisper
from sentivox.settings import LanguageIdSettings
from sentivox.types import (
    SAMPLE_RATE,
    WINDOW_SECONDS,
    LanguageDetection,
    LanguageGuess,
    Pcm,
)

SAMPLES_PER_POSITION = SAMPLE_RATE // 50
"""Of the encoder's output."""
NOISE_AMPLITUDES = (0, 3, 30, 300)
"""Of 16-bit samples: from digital silence to a loud room."""
NOISE_SECONDS = 3.0
PREJUDICE_SHARE = 0.15
"""How far Whisper's guesses are freed of what it would guess anyway, 1 being all the way: it
has heard far more of some languages than of others. Zhao et al. 2021, "Calibrate Before Use"; the
share was measured (docs/log.md).
"""
SMALLEST = 1e-7
SHORT_SPEECH = 0.75
"""Power of the guesses' probabilities where hardly anything is said: Whisper is nearly as sure of a
word as of a sentence, and is right less often. Fitted on recordings (docs/log.md).
"""
ENOUGH_SPEECH_S = 5.0
"""From here on it's right about as often as it says."""
EXPECTED_ODDS = 10.0
"""A prior, as in Bayes' rule: about one utterance in ten changes the language."""


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """Of one clip."""

    probabilities: dict[str, float]
    """Without a head."""
    voice: Floats
    """As `voice_of` gives it."""


class WhisperLanguageIdentifier:
    """Listens with little more context than a clip's own length, since the encoder's cost grows
    with it, and with Whisper's full 30 s to the clips that leave it unsure.
    """

    def __init__(self, folder: Path, settings: LanguageIdSettings) -> None:
        self._settings = settings
        self._model = load_whisper(folder, settings)
        self._head = LanguageHead(resolve(settings.head)) if settings.head else None
        self._prejudice = self._heard_in_noise()

    def identify(self, items: Sequence[LanguageIdItem]) -> list[tuple[LanguageGuess, ...]]:
        """Every language the model knows, likeliest first, probabilities summing to 1."""
        longest = int(self._settings.max_seconds * SAMPLE_RATE)
        clips = [item.window.pcm[:longest] for item in items]
        thorough = any(item.thorough for item in items)
        context_s = self._context_s(max(map(len, clips)) / SAMPLE_RATE, thorough=thorough)
        guesses = self._listen(clips, context_s)
        unsure = [
            row for row, item in enumerate(items) if item.thorough and self._unsure(guesses[row])
        ]
        if unsure and context_s < WINDOW_SECONDS:
            again = self._listen([clips[row] for row in unsure], WINDOW_SECONDS)
            for row, found in zip(unsure, again, strict=True):
                guesses[row] = found
        return guesses

    def impression(self, clip: Pcm) -> Impression:
        """What a head is taught from, heard as `identify` hears a clip at first."""
        context_s = self._context_s(len(clip) / SAMPLE_RATE, thorough=True)
        encoded = encode(self._model, [clip], context_s)
        [heard], [voice] = self._unprejudiced(encoded), _voices(encoded, [clip])
        return Impression(heard, voice)

    def _listen(self, clips: Sequence[Pcm], context_s: float) -> list[tuple[LanguageGuess, ...]]:
        """Likeliest first."""
        encoded = encode(self._model, clips, context_s)
        heard = self._unprejudiced(encoded)
        if self._head:
            voices = _voices(encoded, clips)
            heard = [self._head.weigh(*each) for each in zip(heard, voices, strict=True)]
        return [
            tuple(
                LanguageGuess(code, found[code])
                for code in sorted(found, key=found.__getitem__, reverse=True)
            )
            for found in heard
        ]

    def _unprejudiced(self, encoded: StorageView) -> list[dict[str, float]]:
        """Each guess divided by its share of the prejudice, and all scaled to sum to 1."""
        found = []
        for heard in self._distributions(encoded):
            weighed = {
                code: probability / self._prejudice[code] ** PREJUDICE_SHARE
                for code, probability in heard.items()
            }
            total = sum(weighed.values())
            found.append({code: weight / total for code, weight in weighed.items()})
        return found

    def _heard_in_noise(self) -> dict[str, float]:
        """What these weights guess when nobody speaks: the geometric mean over some hushes."""
        noise = np.random.default_rng(0).normal(size=int(NOISE_SECONDS * SAMPLE_RATE))
        hushes = [(noise * amplitude).astype(np.int16) for amplitude in NOISE_AMPLITUDES]
        context_s = self._context_s(NOISE_SECONDS, thorough=True)
        heard = self._distributions(encode(self._model, hushes, context_s))
        return {
            code: math.prod(max(each[code], SMALLEST) for each in heard) ** (1 / len(heard))
            for code in heard[0]
        }

    def _distributions(self, encoded: StorageView) -> list[dict[str, float]]:
        return [
            {token.strip("<|>"): probability for token, probability in row}
            for row in self._model.detect_language(encoded)
        ]

    def _unsure(self, guesses: Sequence[LanguageGuess]) -> bool:
        return guesses[0].confidence < self._settings.listen_again_below

    def _context_s(self, seconds: float, *, thorough: bool) -> float:
        if self._settings.context_margin_s is None:
            return WINDOW_SECONDS
        margin_s = self._settings.context_margin_s if thorough else self._settings.live_margin_s
        return min(WINDOW_SECONDS, math.ceil(seconds + margin_s))


def _voices(encoded: StorageView, clips: Sequence[Pcm]) -> list[Floats]:
    """Of the clips' own positions, without the silence that was heard behind them."""
    states = np.asarray(encoded.to_device(Device.cpu))
    return [
        voice_of(states[row, : max(1, len(clip) // SAMPLES_PER_POSITION)])
        for row, clip in enumerate(clips)
    ]


def decide(
    guesses: Sequence[LanguageGuess],
    candidates: Sequence[str],
    min_confidence: float,
    expected: str | None = None,
    speech_s: float = ENOUGH_SPEECH_S,
) -> LanguageDetection:
    """The answer among `candidates`, or among all languages when there are none.

    The less was said, `speech_s` seconds, the less the guesses count (Guo et al. 2017, "On
    Calibration of Modern Neural Networks", with a temperature for each length).

    `expected`, the language heard before, counts EXPECTED_ODDS times as much as any other:
    people change language now and then, and a recogniser of languages errs more often than that.
    Probabilities of the candidates are scaled to sum to 1. Abstains below `min_confidence`.
    """
    power = 1 - (1 - SHORT_SPEECH) * max(0.0, 1 - speech_s / ENOUGH_SPEECH_S)
    weighed = {
        guess.language: guess.confidence**power
        * (EXPECTED_ODDS if guess.language == expected else 1)
        for guess in guesses
        if not candidates or guess.language in candidates
    }
    total = sum(weighed.values())
    if total <= 0:
        return LanguageDetection(tuple(LanguageGuess(code, 0.0) for code in candidates), True)
    ranked = sorted(weighed, key=weighed.__getitem__, reverse=True)
    scaled = tuple(LanguageGuess(language, weighed[language] / total) for language in ranked)
    return LanguageDetection(scaled, abstained=scaled[0].confidence < min_confidence)
