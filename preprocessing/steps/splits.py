"""Split of clips into training, validation and test; stable when data is added."""

from __future__ import annotations

import hashlib

from preprocessing.settings import SplitSettings
from preprocessing.shards import SPLITS, Split
from preprocessing.text.transcripts import letters

BITS = 64


def split_of(
    speaker: str, source: str, language: str, text: str, own: str, settings: SplitSettings
) -> Split:
    """Split of a clip: by the settings' lists of sources, then by the source's own split (`own`),
    else by a hash of the group that `settings.disjoint` keeps together.
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
            group = f"{source}\t{speaker}"
        case "source":
            group = source
        case "text":
            group = f"{language}\t{letters(text)}"
    return _by_hash(group, settings)


def _by_hash(group: str, settings: SplitSettings) -> Split:
    position = share(group)
    if position < settings.test_share:
        return "test"
    if position < settings.test_share + settings.validation_share:
        return "validation"
    return "train"


def share(key: str) -> float:
    """Hash of `key` as a number in [0, 1), uniform over many keys."""
    return seed(key) / 2**BITS


def seed(key: str) -> int:
    """Hash of `key` as an integer of BITS bits."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=BITS // 8).digest())
