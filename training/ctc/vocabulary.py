"""Vocabulary of a CTC model: lower-case letters and a delimiter between words.

The vocabulary is built from the training texts: letters that they lack can't be learnt.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import langcodes

from sentivox.languages import UNSPACED

SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "|")
"""The blank, three labels that the tokenizer of `transformers` expects, and the delimiter."""
DELIMITER = SPECIAL.index("|")
MIN_COUNT = 2
"""Least number of occurrences of a letter: one that occurs once is an error or a foreign name."""

_IN_WORDS = frozenset("'\u200c\u200d")
"""Characters of words that aren't letters: apostrophes, and the joiners of Persian and Indian
scripts."""
_ISO_CODES = {"jw": "jv"}

Table = Mapping[str, int]


def spelled(text: str, language: str) -> str:
    """The text in lower case (NFC) with letters and combining marks only, one space between words,
    and no spaces in languages without them.
    """
    folded = unicodedata.normalize("NFC", text.casefold()).replace("\u2019", "'")
    letters = "".join(
        char if unicodedata.category(char)[0] in "LM" or char in _IN_WORDS else " "
        for char in folded
    )
    words = (word.strip("'") for word in letters.split())
    return ("" if language in UNSPACED else " ").join(word for word in words if word)


def has_digits(text: str) -> bool:
    """Whether the text has digits, whose spoken form is unknown."""
    return any(unicodedata.category(char)[0] == "N" for char in text)


def vocabulary(texts: Iterable[str]) -> dict[str, int]:
    """Output number by label, from texts normalised by `spelled`."""
    counts: dict[str, int] = {}
    for text in texts:
        for char in text.replace(" ", ""):
            counts[char] = counts.get(char, 0) + 1
    letters = sorted(char for char, count in counts.items() if count >= MIN_COUNT)
    return {label: number for number, label in enumerate([*SPECIAL, *letters])}


def labels(text: str, table: Table) -> list[int] | None:
    """Outputs that spell a text; None if the table lacks one of its letters."""
    try:
        return [DELIMITER if char == " " else table[char] for char in text]
    except KeyError:
        return None


def frames_needed(outputs: Sequence[int]) -> int:
    """Least number of frames for the outputs: a blank is needed between two equal ones."""
    return len(outputs) + sum(a == b for a, b in pairwise(outputs))


def adapter_name(language: str) -> str:
    """Adapter name of a language: its ISO 639-3 code as in MMS, "nld" for "nl"."""
    return langcodes.Language.get(_ISO_CODES.get(language, language)).to_alpha3()


def save_vocabulary(folder: Path, tables: Mapping[str, Table]) -> None:
    """Write the vocabulary files. `tables` has a table per adapter name, or one under "" for a
    model without adapters.
    """
    content = tables.get("", tables)
    for name, written in (
        ("vocab.json", content),
        ("tokenizer_config.json", {"pad_token": "<pad>", "word_delimiter_token": "|"}),
    ):
        (folder / name).write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")
