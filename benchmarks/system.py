"""What is asked of every system: sounds in, and for each one its words and its language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

WEIGHTS = "embedded:whisper-base"
"""Whisper base as published: the weights of every other system."""
ADAPTED_WEIGHTS = "embedded:whisper-base+short-context"
"""Whisper base with the short-context adapter: the weights of this server's local config."""
THREADS = 2
"""The cores that all of them have."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A file as a client uploads it: WAV, mono, 16-bit, 16,000 samples per second."""

    audio: bytes
    seconds: float
    language: str
    transcript: str
    """What is really said."""


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    language: str
    """A code; empty where the system says none."""


@dataclass(frozen=True, slots=True)
class Round:
    """Some sounds, all heard."""

    seconds: float
    answers: list[Answer]


class System(Protocol):
    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        """One answer a sound, in order, as fast as the system can, its language found out."""


class CannotRun(Exception):
    """Why a system can't be asked on this machine; a sentence."""
