"""Recordings as one live stream: clips with pauses between, and where in it each one speaks."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from preprocessing.samples import Samples, decoded
from preprocessing.speech_data import Recording, recordings
from sentivox.types import SAMPLE_RATE

PAUSE_S = 2.0
LONG_PAUSES_S = (0.4, 1.2)
HUSH = 8
"""Amplitude of the noise in pauses: no room is digitally silent."""
FRAME_S = 0.02
SPEECH_BELOW_PEAK_DB = 35.0
"""A frame this much fainter than the loudest one isn't speech. Taken from the sound alone, so that
no system's own voice detection says when speech ended."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One clip of a stream, in seconds from the stream's start."""

    clip: Recording
    begin: float
    """Of the recording, which may have something faint before the speech."""
    onset: float
    """Of the first loud frame."""
    end: float
    """Of the last loud frame."""


@dataclass(frozen=True, slots=True, eq=False)
class PacedSpeech:
    pcm: Samples
    rate: int
    spoken: tuple[Spoken, ...]

    @property
    def seconds(self) -> float:
        return len(self.pcm) / self.rate

    def wav(self) -> bytes:
        """As a file that can be uploaded."""
        return wav_file(self.pcm, self.rate)


def wav_file(pcm: Samples, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate, len(pcm), "NONE", "not compressed"))
        writer.writeframes(pcm.tobytes())
    return file.getvalue()


def paced_speech(
    clips: Sequence[Recording], rate: int, pause_s: float | Sequence[float] = PAUSE_S
) -> PacedSpeech:
    """The clips one after the other, at `rate` samples per second, with a pause after each: of
    `pause_s` seconds, or of as many as stand there for each clip. One comes before the first too.
    """
    hush = np.random.default_rng(1)
    parts: list[Samples] = []
    spoken = []
    at = 0

    def add(part: Samples) -> None:
        nonlocal at
        parts.append(part)
        at += len(part)

    def pause(seconds: float) -> None:
        add(hush.integers(-HUSH, HUSH, int(seconds * rate), dtype=np.int16))

    pauses = [pause_s] * len(clips) if isinstance(pause_s, float | int) else pause_s
    pause(pauses[0])
    for clip, seconds in zip(clips, pauses, strict=True):
        pcm = decoded(clip.path, rate)
        onset, end = _edges(pcm, rate)
        spoken.append(Spoken(clip, at / rate, at / rate + onset, at / rate + end))
        add(pcm)
        pause(seconds)
    return PacedSpeech(np.concatenate(parts), rate, tuple(spoken))


def long_speech(language: str, minutes: float) -> PacedSpeech:
    """The language's recordings, again from the first when they don't last."""
    chance = np.random.default_rng(2)
    clips: list[Recording] = []
    seconds = 0.0
    for clip in cycle(recordings(language, base_s=1.0)):
        if seconds >= minutes * 60:
            break
        clips.append(clip)
        seconds += clip.seconds + sum(LONG_PAUSES_S) / 2
    return paced_speech(clips, SAMPLE_RATE, [float(chance.uniform(*LONG_PAUSES_S)) for _ in clips])


def _edges(pcm: Samples, rate: int) -> tuple[float, float]:
    """Seconds at which the first loud frame begins and the last one ends."""
    size = int(FRAME_S * rate)
    frames = pcm[: len(pcm) // size * size].reshape(-1, size).astype(np.float64)
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-9)
    loud = np.flatnonzero(level > level.max() - SPEECH_BELOW_PEAK_DB)
    return float(loud[0] * FRAME_S), float((loud[-1] + 1) * FRAME_S)
