"""Text as it is compared: without case, punctuation, script, and full or half width."""

from __future__ import annotations

import re
import unicodedata

from sentivox.transcript.chinese import to_chinese_script
from sentivox.types import Script

_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(ord("ァ"), ord("ヶ") + 1)}
"""The code points of hiragana and katakana are in the same order."""


def normalized(text: str) -> str:
    """Lower case, NFKC, single spaces, without punctuation and symbols.

    NFKC makes full-width and half-width forms the same.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = (" " if unicodedata.category(letter)[0] in "PSZ" else letter for letter in plain)
    return re.sub(r"\s+", " ", "".join(kept)).strip()


def without_spaces(text: str) -> str:
    """Normalised text as its letters: for languages that aren't written with spaces.

    Traditional characters become Simplified ones, and katakana hiragana.
    """
    letters = normalized(text).replace(" ", "").translate(_HIRAGANA)
    return to_chinese_script(letters, Script.HANS)
