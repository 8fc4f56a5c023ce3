"""Reading a recording as the service does: decoded, mixed, at 16 kHz, trimmed to its speech.

`ClipReader` is the service's own reader, so a model is trained on the same samples that it will
recognise. It decodes in a child process, so a damaged file can't end this one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from preprocessing.clips.clip import NO_SAMPLES, Clip
from preprocessing.sources.recording import Recording
from sentivox.audio.clip_reader import ClipReader
from sentivox.audio.decoding.container import G722
from sentivox.errors import AudioError, AudioTooLarge
from sentivox.settings import AudioDecoderSettings
from sentivox.types import DecodedAudio, SpeechDetection

MAX_RECORDING_S = 120.0
"""Longest recording that is decoded to its end, silence included."""


@cache
def reader() -> ClipReader:
    """The reader of this process, created at its first recording; its child process ends with
    it.
    """
    return ClipReader(AudioDecoderSettings(processes=1, max_seconds=MAX_RECORDING_S))


def read_clip(recording: Recording, unit: str) -> Clip:
    """The clip of a recording; dropped as "unreadable", "no speech" or "too long"."""
    clip = Clip(
        unit=unit,
        id=recording.id,
        text=recording.text,
        language=recording.language,
        speaker=recording.speaker,
        source=recording.source,
        licence=recording.licence,
        split=recording.split,
        pcm=NO_SAMPLES,
    )
    if recording.dropped:
        return clip.drop(recording.dropped)
    try:
        decoded = _decoded(recording)
    except AudioTooLarge as exc:
        return clip.drop("too long", exc.detail)
    except (AudioError, OSError) as exc:
        return clip.drop("unreadable", str(exc))
    return _with_samples(clip, decoded)


def _decoded(recording: Recording) -> DecodedAudio:
    audio = recording.audio or Path(recording.path).read_bytes()
    container = G722 if recording.container == "g722" else None
    return reader().read(audio, SpeechDetection(), container)


def _with_samples(clip: Clip, decoded: DecodedAudio) -> Clip:
    """The clip with the samples of its only window, which holds all its speech and the pauses."""
    match decoded.windows:
        case ():
            return clip.drop("no speech")
        case (window,):
            return replace(clip, pcm=window.pcm)
    return clip.drop("too long", f"{decoded.info.seconds:.1f} s")
