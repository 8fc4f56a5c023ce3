"""Speech of a made-up kind: ten sounds like vowels, each a letter in two languages.

Both languages are spoken with the same sounds and written with different letters, so that what was
heard says nothing of the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentivox.types import SAMPLE_RATE, Pcm

LETTERS = {"nl": "aeioulmnrs", "el": "σονμλεδγβα"}
"""How each language writes the sounds."""

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
SOUND_SECONDS = (0.08, 0.15)
ONCE_MORE_SECONDS = 0.04
"""Between two equal sounds of a word."""
GAP_SECONDS = (0.15, 0.35)
PITCH_HZ = (95.0, 190.0)
RAMP_SECONDS = 0.008
LEVEL, NOISE = 0.08, 0.001
"""Of full scale."""

Sound = int
Waveform = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    pcm: Pcm
    words: tuple[tuple[Sound, ...], ...]
    sounds: tuple[tuple[Sound, int, int], ...]
    """Each with its first sample and the one behind its last."""
    times: tuple[tuple[float, float], ...]
    """Where each word begins and ends, in seconds."""

    def written(self, language: str) -> str:
        return " ".join("".join(LETTERS[language][sound] for sound in word) for word in self.words)


def spoken(words: Sequence[Sequence[Sound]], chance: np.random.Generator) -> Spoken:
    """`words` by a voice of its own, with a little silence on both sides."""
    pitch = chance.uniform(*PITCH_HZ)
    parts, at = [_silence(0.3)], 0
    sounds: list[tuple[Sound, int, int]] = []
    times = []
    for number, word in enumerate(words):
        if number:
            parts.append(_silence(chance.uniform(*GAP_SECONDS)))
        begin = at = sum(map(len, parts))
        for before, sound in zip([None, *word], word, strict=False):
            if sound == before:
                parts.append(_silence(ONCE_MORE_SECONDS))
                at += len(parts[-1])
            part = _sound(sound, pitch, chance)
            parts.append(part)
            sounds.append((sound, at, at + len(part)))
            at += len(part)
        times.append((begin / SAMPLE_RATE, at / SAMPLE_RATE))
    clip = np.concatenate([*parts, _silence(0.3)]) * LEVEL
    clip += chance.normal(0, NOISE, len(clip))
    pcm = (clip.clip(-1, 1) * np.iinfo(np.int16).max).astype(np.int16)
    return Spoken(pcm, tuple(map(tuple, words)), tuple(sounds), tuple(times))


def random_words(count: int, chance: np.random.Generator) -> list[list[Sound]]:
    """Of two to five sounds."""
    return [
        chance.integers(0, len(FORMANTS_HZ), chance.integers(2, 6)).tolist() for _ in range(count)
    ]


def random_speech(count: int, seed: int, most_words: int = 3) -> Iterator[Spoken]:
    chance = np.random.default_rng(seed)
    for _ in range(count):
        yield spoken(random_words(int(chance.integers(2, most_words + 1)), chance), chance)


def _sound(sound: Sound, pitch: float, chance: np.random.Generator) -> Waveform:
    """Pulses of a voice through two resonances, as in a formant synthesiser (Klatt 1980)."""
    samples = int(chance.uniform(*SOUND_SECONDS) * SAMPLE_RATE)
    phase = np.cumsum(np.full(samples, pitch * chance.uniform(0.95, 1.05) / SAMPLE_RATE))
    source = np.diff(np.floor(phase), prepend=0.0) + 0.02 * chance.normal(size=samples)
    low, high = FORMANTS_HZ[sound]
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
