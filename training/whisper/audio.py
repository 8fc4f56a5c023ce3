"""What Whisper is taught with: windows of recordings as the service cuts them, several recordings
one after the other, and sounds in which nobody speaks.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from preprocessing.held_out import training_clips
from preprocessing.nonspeech.catalogue import sounds
from preprocessing.speech_data import Recording, spread
from sentivox.audio.clip_reader import ClipReader
from sentivox.settings import AudioDecoderSettings
from sentivox.types import SAMPLE_RATE, Pcm, SpeechDetection
from training.length_batches import batches

LONGEST_S = 15.0
"""Short context saves less and less of what is longer."""
JOINED = 4
"""At most, one after the other: single recordings are mostly shorter than what people upload."""
PAUSES_S = (0.2, 0.8)
HUSH = 8
"""Amplitude of the noise in pauses."""
NOISES_S = (1.0, 8.0)
MILLISECONDS = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    pcm: Pcm
    language: str
    """That the decoder is told, whether somebody speaks it or not."""
    spoken: bool = True

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    sound: Sound
    words: str
    """As the recording's own text has them."""


def said(languages: Sequence[str], most: int) -> list[Said]:
    """So many recordings of each language, and their words: of those that are one window."""
    reader = ClipReader(AudioDecoderSettings(processes=1))
    found = []
    for language in languages:
        clips = training_clips(language)
        for clip in spread(clips, min(most, len(clips))):
            windows = _windows(reader, clip)
            if len(windows) == 1:
                found.append(Said(Sound(windows[0], language), clip.transcript.strip()))
    return [each for each in found if each.sound.seconds <= LONGEST_S]


def speech(languages: Sequence[str], single: int, joined: int, seed: int) -> list[Sound]:
    """So many recordings of each language alone, and so many that are put together of several."""
    reader = ClipReader(AudioDecoderSettings(processes=1))
    found = []
    for language in languages:
        clips = training_clips(language)
        windows = [
            window
            for clip in spread(clips, min(single, len(clips)))
            for window in _windows(reader, clip)
        ]
        chance = random.Random(f"{seed} {language}")  # noqa: S311
        found += [Sound(pcm, language) for pcm in windows]
        found += [Sound(_joined(windows, chance), language) for _ in range(joined)]
    return [sound for sound in found if sound.seconds <= LONGEST_S]


def noises(languages: Sequence[str], most: int, seed: int) -> list[Sound]:
    """Pieces of sounds without a voice, of the half that isn't for reports."""
    chance = random.Random(seed)  # noqa: S311
    wordless = sounds("tuning")
    chosen = chance.sample(wordless, min(most, len(wordless)))
    return [
        Sound(_piece(each.pcm, chance), chance.choice(languages), spoken=False) for each in chosen
    ]


def together(
    sounds: Sequence[Sound], most_s: float, chance: random.Random | None = None
) -> list[list[int]]:
    """Rows of sounds that are heard at once: at most so many seconds, padding included; shuffled
    with `chance`.
    """
    lengths = [round(sound.seconds * MILLISECONDS) for sound in sounds]
    return batches(lengths, round(most_s * MILLISECONDS), chance)


def minutes(sounds: Sequence[Sound], languages: Sequence[str]) -> dict[str, float]:
    """By language, for the card."""
    seconds = {
        code: sum(each.seconds for each in sounds if each.language == code) for code in languages
    }
    return {code: round(each / 60, 1) for code, each in seconds.items()}


def parted(lessons: Sequence[T], held_out: float, seed: int) -> tuple[list[T], list[T]]:
    """The share that is held out, of one lesson at least, and those to train on."""
    shuffled = random.Random(seed).sample(lessons, len(lessons))  # noqa: S311
    count = max(1, round(held_out * len(lessons)))
    return shuffled[:count], shuffled[count:]


def _piece(pcm: Pcm, chance: random.Random) -> Pcm:
    return pcm[: int(chance.uniform(*NOISES_S) * SAMPLE_RATE)]


def _windows(reader: ClipReader, clip: Recording) -> list[Pcm]:
    audio = reader.read(clip.path.read_bytes(), SpeechDetection(), clip.container)
    return [window.pcm for window in audio.windows]


def _joined(windows: Sequence[Pcm], chance: random.Random) -> Pcm:
    hush = np.random.default_rng(chance.randrange(1 << 32))
    parts = []
    for pcm in chance.sample(windows, chance.randint(2, JOINED)):
        pause = int(chance.uniform(*PAUSES_S) * SAMPLE_RATE)
        parts += [pcm, hush.integers(-HUSH, HUSH, pause, dtype=np.int16)]
    return np.concatenate(parts[:-1])
