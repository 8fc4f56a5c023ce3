"""The interface of a system under test: audio files in, text and language of each file out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

WEIGHTS = "embedded:whisper-base"
"""Whisper base as published: the weights of all other systems by default."""
ADAPTED_WEIGHTS = "embedded:whisper-base+short-context"
"""Whisper base with the short-context adapter: the weights of this server's local config."""
THREADS = 2
"""Cores that each system may use."""


@dataclass(frozen=True, slots=True)
class AudioFile:
    """An audio file and its reference transcript."""

    audio: bytes
    seconds: float
    language: str
    transcript: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system returns for one file."""

    text: str
    language: str
    """The language code; empty where the system reports none."""


@dataclass(frozen=True, slots=True)
class Round:
    """The answers to a list of files, and the time they took."""

    seconds: float
    answers: list[Answer]


class System(Protocol):
    """A system that transcribes files in this process."""

    def transcribe(self, files: Sequence[AudioFile], language: str | None = None) -> list[Answer]:
        """One answer per file, in order, as fast as possible; without `language` the system
        detects it.
        """


class CannotRun(Exception):
    """A system that doesn't start on this machine, or fails; the message is the reason."""
