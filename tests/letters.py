"""Synthetic speech of ten vowel-like phones, each of which is a letter in two languages.

Both languages have the same phones and different letters, so the audio doesn't reveal the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentivox.types import SAMPLE_RATE, Pcm

LETTERS = {"nl": "aeioulmnrs", "el": "σονμλεδγβα"}
"""Letter of each phone, by language."""

FORMANTS_HZ = (
    (280, 2300),
    (420, 1900),
    (650, 1700),
    (800, 1250),
    (600, 950),
    (450, 800),
    (320, 700),
    (300, 1500),
    (520, 2400),
    (500, 1300),
)
BANDWIDTHS_HZ = (90, 120)
PHONE_SECONDS = (0.08, 0.15)
REPEATED_PHONE_GAP_SECONDS = 0.04
"""Silence between two equal phones of a word."""
GAP_SECONDS = (0.15, 0.35)
"""Shortest and longest silence between words."""
PITCH_HZ = (95.0, 190.0)
RAMP_SECONDS = 0.008
LEVEL, NOISE = 0.08, 0.001
"""Root mean square of a phone and of the noise, relative to full scale."""

Phone = int
"""Index of a phone in LETTERS and FORMANTS_HZ."""
Waveform = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A clip and its reference transcript."""

    pcm: Pcm
    words: tuple[tuple[Phone, ...], ...]
    phones: tuple[tuple[Phone, int, int], ...]
    """Phones with their first sample and the one after their last."""
    times: tuple[tuple[float, float], ...]
    """Start and end of each word, in seconds."""

    def text(self, language: str) -> str:
        """The transcript in a language."""
        return " ".join("".join(LETTERS[language][phone] for phone in word) for word in self.words)


def spoken(words: Sequence[Sequence[Phone]], generator: np.random.Generator) -> Spoken:
    """`words` by a random voice, with 0.3 s of silence before and after."""
    pitch = generator.uniform(*PITCH_HZ)
    parts, at = [_silence(0.3)], 0
    phones: list[tuple[Phone, int, int]] = []
    times = []
    for number, word in enumerate(words):
        if number:
            parts.append(_silence(generator.uniform(*GAP_SECONDS)))
        begin = at = sum(map(len, parts))
        for before, phone in zip([None, *word], word, strict=False):
            if phone == before:
                parts.append(_silence(REPEATED_PHONE_GAP_SECONDS))
                at += len(parts[-1])
            part = _phone(phone, pitch, generator)
            parts.append(part)
            phones.append((phone, at, at + len(part)))
            at += len(part)
        times.append((begin / SAMPLE_RATE, at / SAMPLE_RATE))
    clip = np.concatenate([*parts, _silence(0.3)]) * LEVEL
    clip += generator.normal(0, NOISE, len(clip))
    pcm = (clip.clip(-1, 1) * np.iinfo(np.int16).max).astype(np.int16)
    return Spoken(pcm, tuple(map(tuple, words)), tuple(phones), tuple(times))


def random_words(count: int, generator: np.random.Generator) -> list[list[Phone]]:
    """Words of two to five phones."""
    return [
        generator.integers(0, len(FORMANTS_HZ), generator.integers(2, 6)).tolist()
        for _ in range(count)
    ]


def random_speech(count: int, seed: int, max_words: int = 3) -> Iterator[Spoken]:
    """Clips of two to `max_words` words."""
    generator = np.random.default_rng(seed)
    for _ in range(count):
        yield spoken(random_words(int(generator.integers(2, max_words + 1)), generator), generator)


def _phone(phone: Phone, pitch: float, generator: np.random.Generator) -> Waveform:
    """Glottal pulses through two resonances, as in a formant synthesiser (Klatt 1980)."""
    samples = int(generator.uniform(*PHONE_SECONDS) * SAMPLE_RATE)
    phase = np.cumsum(np.full(samples, pitch * generator.uniform(0.95, 1.05) / SAMPLE_RATE))
    source = np.diff(np.floor(phase), prepend=0.0) + 0.02 * generator.normal(size=samples)
    low, high = FORMANTS_HZ[phone]
    voiced = _resonance(source, low, BANDWIDTHS_HZ[0])
    voiced += 0.7 * _resonance(source, high, BANDWIDTHS_HZ[1])
    ramp = int(RAMP_SECONDS * SAMPLE_RATE)
    envelope = np.ones(samples)
    envelope[:ramp] = np.linspace(0, 1, ramp)
    envelope[-ramp:] = envelope[:ramp][::-1]
    return envelope * voiced / np.sqrt((voiced**2).mean())


def _resonance(source: Waveform, frequency: float, bandwidth: float) -> Waveform:
    time = np.arange(1200)
    decay = np.exp(-np.pi * bandwidth * time / SAMPLE_RATE)
    ringing = decay * np.sin(2 * np.pi * frequency * (time + 1) / SAMPLE_RATE)
    return np.convolve(source, ringing)[: len(source)]


def _silence(seconds: float) -> Waveform:
    return np.zeros(int(seconds * SAMPLE_RATE))
