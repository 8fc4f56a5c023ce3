"""What it means for a request that its windows come from several channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deployments.stored_audio import StoredAudio, WindowRef
from sentivox.errors import InvalidRequest, SpeechError
from sentivox.speakers import speaker_name
from sentivox.types import Recognition

TELLING_WINDOWS = 3
"""The longest of so many at the start tells the language of a mix."""
TELLING_TURNS = 12
"""And of so many where each is one speaker's turn, since conversations begin with short ones."""


def telling(windows: Sequence[WindowRef]) -> WindowRef:
    """The one whose language is taken for that of the whole file, whoever speaks in it."""
    mixed = windows[0].channel is None
    first = windows[: TELLING_WINDOWS if mixed else TELLING_TURNS]
    return max(first, key=lambda window: window.seconds)


def said_by(window: WindowRef, recognition: Recognition) -> Recognition:
    """With the name of the window's speaker, if it has one."""
    if window.channel is None:
        return recognition
    name = speaker_name(window.channel)
    return Recognition(
        tuple(replace(segment, speaker=name) for segment in recognition.segments),
        tuple(replace(segment, speaker=name) for segment in recognition.suppressed),
    )


def unheard(window: WindowRef, error: SpeechError) -> str:
    """The sentence of a warning."""
    who = "" if window.channel is None else f" of speaker {speaker_name(window.channel)}"
    end = window.start + window.seconds
    return f"Nothing{who} was recognised from {window.start:.1f} s to {end:.1f} s: {error.detail}"


def refuse_one_voice(stored: StoredAudio) -> None:
    """Raises InvalidRequest where nobody is there to be told from the other; silence is fine."""
    if stored.windows and stored.channels < 2:
        raise InvalidRequest(
            "Speakers are told apart by their channels only, and this recording has speech of its "
            "own on one. Send 'channels=split' to call it one speaker, or 'verbose_json' for "
            "segments without speakers.",
            "response_format",
        )
