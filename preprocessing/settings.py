"""What can be set about a preparation. It is kept beside the shards, which hold to it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sentivox.settings import Device, Settings

Kind = Literal["speed-0.9", "speed-1.1", "noise", "telephone", "room"]
KINDS: tuple[Kind, ...] = ("speed-0.9", "speed-1.1", "noise", "telephone", "room")


class Limits(Settings):
    """Beyond these a clip is dropped."""

    shortest_s: float = 0.5
    longest_s: float = 30.0
    """What a recogniser sees at once."""
    most_letters_a_second: float = 28.0
    """Nobody speaks faster; so much text belongs to another recording."""
    fewest_letters_a_second: float = 2.5
    """Nobody speaks slower for a whole clip; something said isn't in the text."""
    least_in_script: float = 0.8
    """Share of the letters that belong to the language's script."""
    digits: bool = False
    """Whether texts with digits are kept, though they don't tell how the numbers were said."""


class LanguageCheckSettings(Settings):
    model: str = "embedded:whisper-base"
    device: Device = "cpu"
    sure: float = Field(0.9, ge=0, le=1)
    """A clip is dropped when another language than its label's is heard as surely as this."""
    shortest_s: float = 2.0
    """Shorter clips don't say enough for that."""


class LabelCheckSettings(Settings):
    model: str = "embedded:whisper-base"
    device: Device = "cpu"
    most_errors: float = Field(0.7, ge=0)
    """A clip is dropped when so many of its label's letters, of 1, aren't what is heard."""


class SplitSettings(Settings):
    disjoint: Literal["speaker", "source", "text"] = "speaker"
    """What never is on two sides. "text" is for sources in which one speaker has said everything:
    the same speaker is heard in training and test, but never in the same sentence."""
    validation_share: float = Field(0.05, ge=0, lt=0.5)
    test_share: float = Field(0.05, ge=0, lt=0.5)
    validation_sources: tuple[str, ...] = ()
    """Whole sources that are for validation only; and below, for testing only."""
    test_sources: tuple[str, ...] = ()


class PrepareSettings(Settings):
    clips_per_shard: int = Field(256, ge=1)
    """Recordings in a unit, which becomes a shard for each split."""
    limits: Limits = Limits()
    language_check: LanguageCheckSettings | None = None
    label_check: LabelCheckSettings | None = None
    splits: SplitSettings = SplitSettings()
    augment: tuple[Kind, ...] = ()
    """Each adds a copy of every clip for training."""
    times: int = Field(1, ge=1)
    """How many copies of each kind, by different chance."""
