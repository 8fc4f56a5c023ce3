"""What tells languages asks of whatever runs Whisper's weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from sentivox.models.language_head import Floats
from sentivox.types import Pcm

Told = Mapping[str, float]
"""How likely each language is that the weights know, by its code; they sum to 1."""


class Part(NamedTuple):
    """Positions of the encoder's output, of one clip."""

    clip: int
    first: int
    end: int


class HeardByEar(Protocol):
    """Clips as the encoder heard them."""

    def languages(self) -> list[Told]:
        """Of each clip."""

    def languages_of(self, parts: Sequence[Part]) -> list[Told]:
        """Of each part."""

    def states(self) -> Floats:
        """(clips, positions, width), 50 positions a second."""


class Ear(Protocol):
    def hear(self, clips: Sequence[Pcm], context_s: float) -> HeardByEar:
        """Each with silence after it, `context_s` in all."""
