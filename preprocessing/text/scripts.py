"""Which script a language is written in, and whether a text is."""

from __future__ import annotations

import unicodedata
from functools import cache

import langcodes

NAMES = {
    "Arab": ("ARABIC",),
    "Armn": ("ARMENIAN",),
    "Beng": ("BENGALI",),
    "Cyrl": ("CYRILLIC",),
    "Deva": ("DEVANAGARI",),
    "Ethi": ("ETHIOPIC",),
    "Geor": ("GEORGIAN",),
    "Grek": ("GREEK",),
    "Gujr": ("GUJARATI",),
    "Guru": ("GURMUKHI",),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
    "Hebr": ("HEBREW",),
    "Jpan": ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"),
    "Khmr": ("KHMER",),
    "Knda": ("KANNADA",),
    "Kore": ("HANGUL", "CJK"),
    "Laoo": ("LAO",),
    "Latn": ("LATIN",),
    "Mlym": ("MALAYALAM",),
    "Mymr": ("MYANMAR",),
    "Sinh": ("SINHALA",),
    "Taml": ("TAMIL",),
    "Telu": ("TELUGU",),
    "Thai": ("THAI",),
    "Tibt": ("TIBETAN",),
}
"""By ISO 15924 code, the first words of the names of its letters in Unicode."""

SECOND_SCRIPTS = {
    "az": "Cyrl",
    "bs": "Cyrl",
    "ha": "Arab",
    "kk": "Latn",
    "pa": "Arab",
    "sd": "Deva",
    "sr": "Latn",
    "tk": "Cyrl",
    "uz": "Cyrl",
}
"""Languages that are written in two."""

ANY_SCRIPT = {"MODIFIER"}
"""Of letters such as Hawaiian's ʻokina."""

MODERN_CODES = {"jw": "jv", "tl": "fil"}

SYLLABIC = frozenset({"Hans", "Hant", "Jpan", "Kore", "Ethi"})
"""A letter is a syllable, more or less, rather than a sound."""


@cache
def scripts_of(language: str) -> tuple[str, ...]:
    """ISO 15924 codes for a code from `sentivox.languages`."""
    usual = langcodes.Language.get(MODERN_CODES.get(language, language)).maximize().script
    second = SECOND_SCRIPTS.get(language)
    return tuple(code for code in (usual, second) if code in NAMES)


def share_in_script(text: str, language: str) -> float:
    """How many of the letters belong to the language's script, in [0, 1]; 1 without a letter."""
    wanted = {name for script in scripts_of(language) for name in NAMES[script]} | ANY_SCRIPT
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return 1.0
    return sum(_script_name(char) in wanted for char in letters) / len(letters)


@cache
def _script_name(char: str) -> str:
    return unicodedata.name(char, "?").split()[0]
