"""The encoder interface of Whisper's backends, as language detection uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from sentivox.engines.language_id.head import Floats
from sentivox.settings import LanguageIdSettings, RecognitionSettings
from sentivox.types import Pcm

POSITIONS_PER_SECOND = 50
"""Positions of the encoder output: two log-mel frames of 10 ms each."""

LanguageProbabilities = Mapping[str, float]
"""Probability of every language that the weights know, by code; they sum to 1."""


class EncoderSpan(NamedTuple):
    """A part of the encoder output of one clip, in positions."""

    clip: int
    first: int
    end: int


class EncoderOutput(Protocol):
    """The encoder output of a batch of clips."""

    def languages(self) -> list[LanguageProbabilities]:
        """One entry per clip."""

    def languages_of(self, parts: Sequence[EncoderSpan]) -> list[LanguageProbabilities]:
        """One entry per part."""

    def states(self) -> Floats:
        """Shape (clips, positions, width), 50 positions per second."""


class WhisperEncoder(Protocol):
    def encode(self, clips: Sequence[Pcm], context_s: float) -> EncoderOutput:
        """Encodes each clip with silence after it, `context_s` seconds in all."""


def encoder_name(settings: RecognitionSettings | LanguageIdSettings) -> str:
    """Name of an encoder's weights, backend and number format: two stages with the same name have
    the same encoder output.
    """
    return f"{settings.model} by {settings.engine} in {settings.compute_type}"
