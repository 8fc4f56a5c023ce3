"""Which clips train and which test: the same ones every time, however much data is added later."""

from __future__ import annotations

import hashlib

from preprocessing.settings import SplitSettings
from preprocessing.shards import SPLITS, Split
from preprocessing.text.transcripts import letters

BITS = 64


def split_of(
    speaker: str, source: str, language: str, text: str, own: str, settings: SplitSettings
) -> Split:
    """By the settings' lists of sources, then by what the source itself says (`own`), and else by
    chance, the same for all that `settings.disjoint` keeps together.
    """
    if source in settings.test_sources:
        return "test"
    if source in settings.validation_sources:
        return "validation"
    for split in SPLITS:
        if split == own:
            return split
    match settings.disjoint:
        case "speaker":
            together = f"{source}\t{speaker}"
        case "source":
            together = source
        case "text":
            together = f"{language}\t{letters(text)}"
    return _drawn(together, settings)


def _drawn(together: str, settings: SplitSettings) -> Split:
    chance = share(together)
    if chance < settings.test_share:
        return "test"
    if chance < settings.test_share + settings.validation_share:
        return "validation"
    return "train"


def share(key: str) -> float:
    """A number in [0, 1) that only depends on `key`, evenly spread over many keys."""
    return seed(key) / 2**BITS


def seed(key: str) -> int:
    """The same as a whole number."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=BITS // 8).digest())
