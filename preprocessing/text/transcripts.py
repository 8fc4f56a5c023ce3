"""Texts as labels: one way to write what can be written in several, script by script.

Capitals and punctuation stay: a recogniser that writes them learns them from here, and one that
doesn't leaves them out itself. Digits aren't spelled: "1984" is said in many ways, and no rule
knows which for a hundred languages; `checks.py` drops such texts unless told otherwise.
"""

from __future__ import annotations

import re
import unicodedata

from preprocessing.text.scripts import scripts_of

ALIKE = str.maketrans(
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
"""Typography that isn't heard, and characters that aren't seen. The zero-width joiner and
non-joiner stay, which spell words in Persian and in India."""

BY_LANGUAGE = {
    "ro": str.maketrans("ŞşŢţ", "ȘșȚț"),
    "fa": str.maketrans("يك", "یک"),
    "ur": str.maketrans("يك", "یک"),
}
"""Letters that older keyboards and fonts lacked."""

TATWEEL = "\u0640"
"""Makes an Arabic word longer on paper."""
WIDE = frozenset({"Hans", "Hant", "Jpan", "Kore"})
"""Scripts whose fonts have letters and digits of full and of half width."""
BETWEEN_IDEOGRAPHS = re.compile(
    r"(?<=[\u3040-\u30ff\u3400-\u9fff])\s+(?=[\u3040-\u30ff\u3400-\u9fff])"
)
MARKUP = re.compile(r"<[^>]*>|\[[^\]]*\]|\{[^}]*\}")
"""Notes of transcribers: [laughs], <unk>, {noise}."""


def normalise(text: str, language: str) -> str:
    """In Unicode's composed form (NFC), with plain quotes, dashes and spaces. Doing it twice
    changes nothing more.
    """
    scripts = scripts_of(language)
    if WIDE.intersection(scripts) or "Arab" in scripts:
        text = unicodedata.normalize("NFKC", text)
    text = unicodedata.normalize("NFC", text).translate(ALIKE)
    text = text.translate(BY_LANGUAGE.get(language, {}))
    if "Arab" in scripts:
        text = text.replace(TATWEEL, "")
    text = " ".join(text.split())
    if {"Hans", "Hant", "Jpan"}.intersection(scripts):
        text = BETWEEN_IDEOGRAPHS.sub("", text)
    return text


def letters(text: str) -> str:
    """What is heard of a text, whatever its case and marks: letters, their accents, digits."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LMN")
