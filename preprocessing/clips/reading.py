"""A recording as serving hears it: decoded, mixed, at 16 kHz, without the silence around.

The same reader as in `deployments/audio_decoder.py`, so that a model is trained on exactly what it
will be given. Files are decoded in a child process there, so a broken one harms nobody here either.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from preprocessing.clips.clip import NO_SOUND, Clip
from preprocessing.sources.recording import Recording
from sentivox.audio.clip_reader import ClipReader
from sentivox.audio.decoding.container import G722
from sentivox.errors import AudioError, AudioTooLarge
from sentivox.settings import AudioDecoderSettings
from sentivox.types import DecodedAudio, SpeechDetection

LONGEST_SECONDS = 120.0
"""Nothing longer is read to its end; silence around the speech is part of it."""


@cache
def reader() -> ClipReader:
    """One for each process that cleans, from its first recording on: a child has to be started and
    a model read. The child ends with the process.
    """
    return ClipReader(AudioDecoderSettings(processes=1, max_seconds=LONGEST_SECONDS))


def hear(recording: Recording, unit: str) -> Clip:
    """Dropped as "unreadable", "no speech" or "too long"."""
    clip = Clip(
        unit=unit,
        id=recording.id,
        text=recording.text,
        language=recording.language,
        speaker=recording.speaker,
        source=recording.source,
        licence=recording.licence,
        split=recording.split,
        pcm=NO_SOUND,
    )
    if recording.dropped:
        return clip.drop(recording.dropped)
    try:
        decoded = _decoded(recording)
    except AudioTooLarge as exc:
        return clip.drop("too long", exc.detail)
    except (AudioError, OSError) as exc:
        return clip.drop("unreadable", str(exc))
    return _with_sound(clip, decoded)


def _decoded(recording: Recording) -> DecodedAudio:
    audio = recording.audio or Path(recording.path).read_bytes()
    named = G722 if recording.container == "g722" else None
    return reader().read(audio, SpeechDetection(), named)


def _with_sound(clip: Clip, decoded: DecodedAudio) -> Clip:
    """A window holds all speech of a recording that fits into it, with the pauses between."""
    match decoded.windows:
        case ():
            return clip.drop("no speech")
        case (window,):
            return replace(clip, pcm=window.pcm)
    return clip.drop("too long", f"{decoded.info.seconds:.1f} s")
