"""Settings of a preparation. They are stored beside the shards and must not change for them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from sentivox.settings import Device, Settings

Kind = Literal["speed-0.9", "speed-1.1", "noise", "telephone", "room"]
KINDS: tuple[Kind, ...] = ("speed-0.9", "speed-1.1", "noise", "telephone", "room")


class Limits(Settings):
    """Limits outside of which a clip is dropped."""

    renamed: ClassVar[dict[str, str]] = {
        "shortest_s": "min_seconds",
        "longest_s": "max_seconds",
        "most_letters_a_second": "max_letters_per_second",
        "fewest_letters_a_second": "min_letters_per_second",
        "least_in_script": "min_script_share",
    }

    min_seconds: float = 0.5
    max_seconds: float = 30.0
    """Longest clip: the longest window of a recogniser."""
    max_letters_per_second: float = 28.0
    """Faster than anybody speaks: such a text belongs to another recording."""
    min_letters_per_second: float = 2.5
    """Slower than anybody speaks for a whole clip: such a text lacks words that are spoken."""
    min_script_share: float = 0.8
    """Least share of a text's letters that belong to the language's script."""
    digits: bool = False
    """Whether texts with digits are kept, although they don't say how the numbers are spoken."""


class LanguageCheckSettings(Settings):
    """Settings of the check of a clip's language by language detection."""

    renamed: ClassVar[dict[str, str]] = {"sure": "min_confidence", "shortest_s": "min_seconds"}

    model: str = "embedded:whisper-base"
    device: Device = "cpu"
    min_confidence: float = Field(0.9, ge=0, le=1)
    """A clip is dropped when another language is detected with at least this confidence."""
    min_seconds: float = 2.0
    """Shorter clips aren't checked: they have too little speech for language detection."""


class LabelCheckSettings(Settings):
    """Settings of the comparison of a clip's text with recognised text."""

    renamed: ClassVar[dict[str, str]] = {"most_errors": "max_cer"}

    model: str = "embedded:whisper-base"
    device: Device = "cpu"
    max_cer: float = Field(0.7, ge=0)
    """A clip is dropped when the CER of the recognised text against its label is higher."""


class SplitSettings(Settings):
    """Settings of the split into training, validation and test."""

    disjoint: Literal["speaker", "source", "text"] = "speaker"
    """What is never shared by two splits. "text" is for sources with a single speaker: the speaker
    is in training and in test, but no sentence is in both."""
    validation_share: float = Field(0.05, ge=0, lt=0.5)
    test_share: float = Field(0.05, ge=0, lt=0.5)
    validation_sources: tuple[str, ...] = ()
    """Sources used for validation only."""
    test_sources: tuple[str, ...] = ()
    """Sources used for testing only."""


class PrepareSettings(Settings):
    """Settings of a whole preparation."""

    clips_per_shard: int = Field(256, ge=1)
    """Recordings in a unit, which becomes one shard per split."""
    limits: Limits = Limits()
    language_check: LanguageCheckSettings | None = None
    label_check: LabelCheckSettings | None = None
    splits: SplitSettings = SplitSettings()
    augment: tuple[Kind, ...] = ()
    """Augmentations; each adds a copy of every training clip."""
    times: int = Field(1, ge=1)
    """Copies of each kind, each with its own random parameters."""
