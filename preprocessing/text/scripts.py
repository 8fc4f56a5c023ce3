"""Scripts of languages, and the share of a text in a language's script."""

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
"""First words of the Unicode names of a script's letters, by ISO 15924 code."""

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
"""Second script of the languages that are written in two scripts."""

ANY_SCRIPT = {"MODIFIER"}
"""First words of the names of letters that belong to every script, such as Hawaiian's ʻokina."""

MODERN_CODES = {"jw": "jv", "tl": "fil"}

SYLLABIC = frozenset({"Hans", "Hant", "Jpan", "Kore", "Ethi"})
"""Scripts in which a character stands for about a syllable."""


@cache
def scripts_of(language: str) -> tuple[str, ...]:
    """ISO 15924 codes of the scripts of a language, given by its code in `sentivox.languages`."""
    usual = langcodes.Language.get(MODERN_CODES.get(language, language)).maximize().script
    second = SECOND_SCRIPTS.get(language)
    return tuple(code for code in (usual, second) if code in NAMES)


def share_in_script(text: str, language: str) -> float:
    """Share of the letters that belong to the language's scripts, in [0, 1]; 1 without letters."""
    wanted = {name for script in scripts_of(language) for name in NAMES[script]} | ANY_SCRIPT
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return 1.0
    return sum(_script_name(char) in wanted for char in letters) / len(letters)


@cache
def _script_name(char: str) -> str:
    return unicodedata.name(char, "?").split()[0]
