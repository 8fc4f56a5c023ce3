"""What a window of an upload was heard as, in the words of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deployments.stored_audio import ListenedWindow
from sentivox.models.base import Listened
from sentivox.models.language_id import decide, told_stretches
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow


@dataclass(frozen=True, slots=True)
class HeardInOneCall:
    """A window that was recognised in the language that it was heard as."""

    listened: ListenedWindow
    """Without the sound, which was used."""
    options: RecognitionOptions
    """With that language."""
    recognition: Recognition
    listening_s: float
    """How much of the call it took to tell the language."""


def listened_window(
    window: SpeechWindow, heard: Listened, candidates: Sequence[str], min_confidence: float
) -> ListenedWindow:
    """Among `candidates`, or among all languages when there are none."""
    return ListenedWindow(
        decide(heard.guesses, candidates, min_confidence, speech_s=window.speech_s),
        told_stretches(window, heard.stretches, candidates, min_confidence),
        heard.sound,
    )
