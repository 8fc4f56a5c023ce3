"""Which language is spoken, by Whisper's own first token.

Whisper predicts a language token right after <|startoftranscript|>; its distribution over those
tokens is the answer (the Whisper paper, section 2.3).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sentivox.models.base import EncodedSound, Listened
from sentivox.models.encoder_name import encoder_name
from sentivox.models.language_head import Floats, LanguageHead, voice_of
from sentivox.models.language_spans import Stretch
from sentivox.models.weights import resolve
from sentivox.models.whisper_context import LIVE_STEP_S, context_of, upload_context
from sentivox.models.whisper_ear import Ear, HeardByEar, Part, Told
from sentivox.settings import LanguageIdSettings
from sentivox.types import (
    SAMPLE_RATE,
    LanguageDetection,
    LanguageGuess,
    Pcm,
    Priority,
    SpeechWindow,
)

Guesses = tuple[LanguageGuess, ...]

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
SECOND = 0.05
"""A less likely language isn't worth a hearing."""
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
    def __init__(self, ear: Ear, settings: LanguageIdSettings) -> None:
        self._settings = settings
        self._ear = ear
        self._encoder = encoder_name(settings)
        self._head = LanguageHead(resolve(settings.head)) if settings.head else None
        self._prejudice = self._heard_in_noise()

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """See LanguageIdentifier."""
        if priority is Priority.UPLOAD:
            return self._context_s(seconds)
        return context_of(seconds, self._settings.live_margin_s, LIVE_STEP_S)

    def identify(self, windows: Sequence[SpeechWindow]) -> list[Guesses]:
        """See LanguageIdentifier; their context is that of the longest."""
        clips = [window.pcm for window in windows]
        longest_s = max(map(len, clips)) / SAMPLE_RATE
        context_s = context_of(longest_s, self._settings.live_margin_s, LIVE_STEP_S)
        heard = self._ear.hear(clips, context_s)
        return self._guesses(heard.languages(), _voices(clips, heard) if self._head else [])

    def listen(self, windows: Sequence[SpeechWindow]) -> list[Listened]:
        """See LanguageIdentifier; windows of like length are heard together."""
        alike: dict[float, list[int]] = defaultdict(list)
        for row, window in enumerate(windows):
            alike[self._context_s(window.seconds)].append(row)
        found: dict[int, Listened] = {}
        for context_s, rows in alike.items():
            some = [windows[row] for row in rows]
            found |= zip(rows, self._listen(some, context_s), strict=True)
        return [found[row] for row in range(len(windows))]

    def impression(self, clip: Pcm) -> Impression:
        """What a head is taught from, heard as `listen` hears a window."""
        heard = self._ear.hear([clip], self._context_s(len(clip) / SAMPLE_RATE))
        [told] = self._unprejudiced(heard.languages())
        return Impression(told, _voices([clip], heard)[0])

    def _listen(self, windows: Sequence[SpeechWindow], context_s: float) -> Iterator[Listened]:
        clips = [window.pcm for window in windows]
        heard = self._ear.hear(clips, context_s)
        guesses = self._guesses(heard.languages(), _voices(clips, heard) if self._head else [])
        states = heard.states() if self._settings.hands_on else None
        for row, stretches in enumerate(self._stretches(windows, guesses, heard)):
            # Half of the bytes, and finer than what a recogniser multiplies with.
            sound = (
                None
                if states is None
                else EncodedSound(self._encoder, context_s, states[row].astype(np.float16))
            )
            yield Listened(guesses[row], stretches, sound)

    def _stretches(
        self, windows: Sequence[SpeechWindow], guesses: Sequence[Guesses], heard: HeardByEar
    ) -> Iterator[tuple[Guesses, ...]]:
        """Of each window; where there are several, each told by its own part of what was heard."""
        parts = [
            Part(row, _position(each.start - window.start), _position(each.end - window.start) + 1)
            for row, window in enumerate(windows)
            if len(window.speech) > 1
            for each in window.speech
        ]
        voices = []
        if self._head and parts:
            states = heard.states()
            voices = [voice_of(states[row, first:end]) for row, first, end in parts]
        told = iter(self._guesses(heard.languages_of(parts), voices))
        for window, own in zip(windows, guesses, strict=True):
            several = len(window.speech) > 1
            yield tuple(next(told) if several else own for _ in window.speech)

    def _guesses(self, told: Sequence[Told], voices: Sequence[Floats]) -> list[Guesses]:
        """Likeliest first; `voices` are there where there is a head to weigh them."""
        heard = self._unprejudiced(told)
        if self._head:
            heard = [self._head.weigh(*each) for each in zip(heard, voices, strict=True)]
        return [
            tuple(
                LanguageGuess(code, found[code])
                for code in sorted(found, key=found.__getitem__, reverse=True)
            )
            for found in heard
        ]

    def _unprejudiced(self, told: Sequence[Told]) -> list[dict[str, float]]:
        """Each guess divided by its share of the prejudice, and all scaled to sum to 1."""
        found = []
        for heard in told:
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
        heard = self._ear.hear(hushes, self._context_s(NOISE_SECONDS)).languages()
        return {
            code: math.prod(max(each[code], SMALLEST) for each in heard) ** (1 / len(heard))
            for code in heard[0]
        }

    def _context_s(self, seconds: float) -> float:
        return upload_context(seconds, self._settings.context_margin_s, self._settings.device)


def _voices(clips: Sequence[Pcm], heard: HeardByEar) -> list[Floats]:
    """Without the silence after them."""
    own = [len(clip) // SAMPLES_PER_POSITION for clip in clips]
    return [voice_of(states[:count]) for states, count in zip(heard.states(), own, strict=True)]


def _position(seconds: float) -> int:
    """Of the encoder's output."""
    return max(0, int(seconds * SAMPLE_RATE) // SAMPLES_PER_POSITION)


def told_stretches(
    window: SpeechWindow,
    heard: Sequence[Sequence[LanguageGuess]],
    candidates: Sequence[str],
    min_confidence: float,
) -> tuple[Stretch, ...]:
    """Each stretch of a window's speech, with what it was `heard` as among `candidates`; how little
    is said in it is weighed by whoever puts stretches together.
    """
    return tuple(
        Stretch(speech, decide(guesses, candidates, min_confidence).guesses)
        for speech, guesses in zip(window.speech, heard, strict=True)
    )


def second_language(detection: LanguageDetection) -> str | None:
    """The one it may be if it isn't the likeliest; None where hardly any other is."""
    second = detection.guesses[1:2]
    return second[0].language if second and second[0].confidence >= SECOND else None


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
