"""Text as it is compared: without case, punctuation, and full or half width."""

from __future__ import annotations

import re
import unicodedata


def normalized(text: str) -> str:
    """Lower case, NFKC, single spaces, without punctuation and symbols.

    NFKC makes full-width and half-width forms the same. Simplified and Traditional characters stay
    different, and so do hiragana and katakana.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = (" " if unicodedata.category(letter)[0] in "PSZ" else letter for letter in plain)
    return re.sub(r"\s+", " ", "".join(kept)).strip()


def without_spaces(text: str) -> str:
    """Normalised text as its letters: for languages that aren't written with spaces."""
    return normalized(text).replace(" ", "")
