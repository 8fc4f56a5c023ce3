"""Uploads whose channels are speakers: the speakers' names, and the window to detect from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sentivox.errors import InvalidRequest, SpeechError
from sentivox.pipeline.stages import DecodedFile, WindowRef
from sentivox.transcript.speakers import speaker_name
from sentivox.types import Recognition

PROBE_WINDOWS = 3
"""The language of a mixed file is detected from the longest of this many windows at its start."""
PROBE_TURNS = 12
"""Number of such windows where each channel is a speaker: conversations begin with short turns."""


def language_probe_window(windows: Sequence[WindowRef]) -> WindowRef:
    """The window whose language counts as that of the whole file."""
    mixed = windows[0].channel is None
    first = windows[: PROBE_WINDOWS if mixed else PROBE_TURNS]
    return max(first, key=lambda window: window.seconds)


def with_speaker(window: WindowRef, recognition: Recognition) -> Recognition:
    """The recognition with the name of the window's speaker, if channels are speakers."""
    if window.channel is None:
        return recognition
    name = speaker_name(window.channel)
    return Recognition(
        tuple(replace(segment, speaker=name) for segment in recognition.segments),
        tuple(replace(segment, speaker=name) for segment in recognition.suppressed),
    )


def failed_window_message(window: WindowRef, error: SpeechError) -> str:
    """The sentence of the warning about a window that failed."""
    who = "" if window.channel is None else f" of speaker {speaker_name(window.channel)}"
    end = window.start + window.seconds
    return f"Nothing{who} was recognised from {window.start:.1f} s to {end:.1f} s: {error.detail}"


def refuse_single_speaker(file: DecodedFile) -> None:
    """Raises InvalidRequest for speech on one channel only; a file without speech is accepted."""
    if file.windows and file.channels < 2:
        raise InvalidRequest(
            "Speakers are distinguished by their channels only, and this recording has speech of "
            "its own on one. Send 'channels=split' to call it one speaker, or 'verbose_json' for "
            "segments without speakers.",
            "response_format",
        )
