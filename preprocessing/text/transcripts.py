"""Normalisation of transcripts: one spelling where Unicode has several, by script.

Case and punctuation stay, for recognisers that produce them; others remove them in training. Digits
aren't spelled out, because "1984" can be spoken in several ways; `clips/checks.py` drops such texts
by default.
"""

from __future__ import annotations

import re
import unicodedata

from preprocessing.text.scripts import scripts_of

TYPOGRAPHY = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u02bc": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00ad": "",
        "\u200b": "",
        "\u200e": "",
        "\u200f": "",
        "\u2060": "",
        "\ufeff": "",
    }
)
"""Typographic variants and invisible characters. The zero-width joiner and non-joiner stay: Persian
and Indian languages spell words with them."""

BY_LANGUAGE = {
    "ro": str.maketrans("ŞşŢţ", "ȘșȚț"),
    "fa": str.maketrans("يك", "یک"),
    "ur": str.maketrans("يك", "یک"),
}
"""Replacements for letters that older keyboards and fonts lacked, by language."""

TATWEEL = "\u0640"
"""Stretches an Arabic word; it has no sound."""
WIDE = frozenset({"Hans", "Hant", "Jpan", "Kore"})
"""Scripts with letters and digits of full and of half width."""
BETWEEN_IDEOGRAPHS = re.compile(
    r"(?<=[\u3040-\u30ff\u3400-\u9fff])\s+(?=[\u3040-\u30ff\u3400-\u9fff])"
)
MARKUP = re.compile(r"<[^>]*>|\[[^\]]*\]|\{[^}]*\}")
"""Transcribers' notes: [laughs], <unk>, {noise}."""


def normalise(text: str, language: str) -> str:
    """The text in Unicode's composed form (NFC), with plain quotes, dashes and spaces;
    idempotent.
    """
    scripts = scripts_of(language)
    if WIDE.intersection(scripts) or "Arab" in scripts:
        text = unicodedata.normalize("NFKC", text)
    text = unicodedata.normalize("NFC", text).translate(TYPOGRAPHY)
    text = text.translate(BY_LANGUAGE.get(language, {}))
    if "Arab" in scripts:
        text = text.replace(TATWEEL, "")
    text = " ".join(text.split())
    if {"Hans", "Hant", "Jpan"}.intersection(scripts):
        text = BETWEEN_IDEOGRAPHS.sub("", text)
    return text


def letters(text: str) -> str:
    """Letters, combining marks and digits of a text, in lower case."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LMN")
