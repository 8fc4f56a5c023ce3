"""Training audio for adapters of Whisper: windows of recordings as the service cuts them,
concatenated recordings, and sounds without speech.
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

MAX_SECONDS = 15.0
"""Longest clip: short context saves little time on longer ones."""
MAX_JOINED = 4
"""Most recordings in a concatenated clip. Single recordings are mostly shorter than uploads."""
PAUSES_S = (0.2, 0.8)
NOISE_AMPLITUDE = 8
"""Amplitude of the noise in pauses, in 16-bit samples."""
NONSPEECH_S = (1.0, 8.0)
MILLISECONDS = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """Samples for training."""

    pcm: Pcm
    language: str
    """Language in the decoder's prompt, also of a clip without speech."""
    has_speech: bool = True

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE


@dataclass(frozen=True, slots=True, eq=False)
class LabelledAudio:
    """A clip and its transcript."""

    clip: AudioClip
    text: str


def labelled_recordings(languages: Sequence[str], most: int) -> list[LabelledAudio]:
    """At most `most` public recordings of each language that are a single window, with text."""
    reader = ClipReader(AudioDecoderSettings(processes=1))
    labelled = []
    for language in languages:
        recordings = training_clips(language)
        for recording in spread(recordings, min(most, len(recordings))):
            windows = _windows(reader, recording)
            if len(windows) == 1:
                clip = AudioClip(windows[0], language)
                labelled.append(LabelledAudio(clip, recording.transcript.strip()))
    return [each for each in labelled if each.clip.seconds <= MAX_SECONDS]


def speech_clips(languages: Sequence[str], single: int, joined: int, seed: int) -> list[AudioClip]:
    """`single` recordings and `joined` concatenations of recordings of each language, without
    those over MAX_SECONDS.
    """
    reader = ClipReader(AudioDecoderSettings(processes=1))
    clips = []
    for language in languages:
        recordings = training_clips(language)
        windows = [
            window
            for recording in spread(recordings, min(single, len(recordings)))
            for window in _windows(reader, recording)
        ]
        rng = random.Random(f"{seed} {language}")  # noqa: S311
        clips += [AudioClip(pcm, language) for pcm in windows]
        clips += [AudioClip(_joined(windows, rng), language) for _ in range(joined)]
    return [clip for clip in clips if clip.seconds <= MAX_SECONDS]


def nonspeech_clips(languages: Sequence[str], most: int, seed: int) -> list[AudioClip]:
    """At most `most` parts of sounds without speech, of the catalogue's part for tuning."""
    rng = random.Random(seed)  # noqa: S311
    tuning = sounds("tuning")
    chosen = rng.sample(tuning, min(most, len(tuning)))
    return [
        AudioClip(_part(each.pcm, rng), rng.choice(languages), has_speech=False) for each in chosen
    ]


def audio_batches(
    clips: Sequence[AudioClip], most_s: float, rng: random.Random | None = None
) -> list[list[int]]:
    """Batches of rows of at most `most_s` seconds, padding included; shuffled if `rng` is given."""
    lengths = [round(clip.seconds * MILLISECONDS) for clip in clips]
    return batches(lengths, round(most_s * MILLISECONDS), rng)


def minutes_by_language(clips: Sequence[AudioClip], languages: Sequence[str]) -> dict[str, float]:
    """Minutes of audio by language, for the card."""
    seconds = {
        code: sum(each.seconds for each in clips if each.language == code) for code in languages
    }
    return {code: round(each / 60, 1) for code, each in seconds.items()}


def split_held_out(items: Sequence[T], share: float, seed: int) -> tuple[list[T], list[T]]:
    """A random share of the items, at least one, to hold out; and the others, to train on."""
    shuffled = random.Random(seed).sample(items, len(items))  # noqa: S311
    count = max(1, round(share * len(items)))
    return shuffled[:count], shuffled[count:]


def _part(pcm: Pcm, rng: random.Random) -> Pcm:
    return pcm[: int(rng.uniform(*NONSPEECH_S) * SAMPLE_RATE)]


def _windows(reader: ClipReader, recording: Recording) -> list[Pcm]:
    audio = reader.read(recording.path.read_bytes(), SpeechDetection(), recording.container)
    return [window.pcm for window in audio.windows]


def _joined(windows: Sequence[Pcm], rng: random.Random) -> Pcm:
    noise = np.random.default_rng(rng.randrange(1 << 32))
    parts = []
    for pcm in rng.sample(windows, rng.randint(2, MAX_JOINED)):
        pause = int(rng.uniform(*PAUSES_S) * SAMPLE_RATE)
        parts += [pcm, noise.integers(-NOISE_AMPLITUDE, NOISE_AMPLITUDE, pause, dtype=np.int16)]
    return np.concatenate(parts[:-1])
