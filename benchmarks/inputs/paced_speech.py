"""Recordings as one stream: clips with pauses between them, and the times of each clip's speech."""

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
PAUSE_NOISE = 8
"""Amplitude of the noise in pauses: a microphone is never digitally silent."""
FRAME_S = 0.02
SPEECH_BELOW_PEAK_DB = 35.0
"""A frame this much below the loudest one isn't speech. The level alone decides, so that the times
don't depend on the VAD of any system."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One clip of a stream; times in seconds from the start of the stream."""

    clip: Recording
    begin: float
    """Start of the recording, which may have something faint before the speech."""
    onset: float
    """Start of the first loud frame."""
    end: float
    """End of the last loud frame."""


@dataclass(frozen=True, slots=True, eq=False)
class PacedSpeech:
    """A stream of clips."""

    pcm: Samples
    rate: int
    spoken: tuple[Spoken, ...]

    @property
    def seconds(self) -> float:
        return len(self.pcm) / self.rate

    def wav(self) -> bytes:
        """The stream as a WAV file."""
        return wav_file(self.pcm, self.rate)


def wav_file(pcm: Samples, rate: int) -> bytes:
    """A WAV file of mono samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate, len(pcm), "NONE", "not compressed"))
        writer.writeframes(pcm.tobytes())
    return file.getvalue()


def paced_speech(
    clips: Sequence[Recording], rate: int, pause_s: float | Sequence[float] = PAUSE_S
) -> PacedSpeech:
    """The clips one after the other, at `rate` samples per second, with a pause before the first
    and after each. `pause_s` is the length of all pauses, or one length for each clip.
    """
    noise = np.random.default_rng(1)
    parts: list[Samples] = []
    spoken = []
    at = 0

    def add(part: Samples) -> None:
        nonlocal at
        parts.append(part)
        at += len(part)

    def pause(seconds: float) -> None:
        add(noise.integers(-PAUSE_NOISE, PAUSE_NOISE, int(seconds * rate), dtype=np.int16))

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
    """Recordings of that language, repeated where there aren't enough."""
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
    """Start of the first loud frame and end of the last one, in seconds."""
    size = int(FRAME_S * rate)
    frames = pcm[: len(pcm) // size * size].reshape(-1, size).astype(np.float64)
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-9)
    loud = np.flatnonzero(level > level.max() - SPEECH_BELOW_PEAK_DB)
    return float(loud[0] * FRAME_S), float((loud[-1] + 1) * FRAME_S)
