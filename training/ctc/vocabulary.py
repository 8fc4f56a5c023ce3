"""Texts as the outputs of a CTC model: lower-case letters, and one label between words.

The vocabulary is built from the training texts: a letter that they don't have can't be learnt.
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
"""The blank, three labels that `transformers`' tokenizer expects, the delimiter."""
DELIMITER = SPECIAL.index("|")
LEAST_TIMES = 2
"""A letter that came once is a slip, or a foreign name: it would be learnt from one clip."""

_IN_WORDS = frozenset("'\u200c\u200d")
"""Parts of words that are no letters: apostrophes, and the joiners of Persian and of India."""
_ISO_CODES = {"jw": "jv"}

Table = Mapping[str, int]


def spelled(text: str, language: str) -> str:
    """In lower case (NFC), only letters and their marks, one space between words; none in languages
    that write none.
    """
    folded = unicodedata.normalize("NFC", text.casefold()).replace("\u2019", "'")
    letters = "".join(
        char if unicodedata.category(char)[0] in "LM" or char in _IN_WORDS else " "
        for char in folded
    )
    words = (word.strip("'") for word in letters.split())
    return ("" if language in UNSPACED else " ").join(word for word in words if word)


def has_digits(text: str) -> bool:
    """Whether it can't be said how the text was read out."""
    return any(unicodedata.category(char)[0] == "N" for char in text)


def vocabulary(texts: Iterable[str]) -> dict[str, int]:
    """Label -> output, for texts as `spelled` gives them."""
    times: dict[str, int] = {}
    for text in texts:
        for char in text.replace(" ", ""):
            times[char] = times.get(char, 0) + 1
    letters = sorted(char for char, count in times.items() if count >= LEAST_TIMES)
    return {label: number for number, label in enumerate([*SPECIAL, *letters])}


def labels(text: str, table: Table) -> list[int] | None:
    """A text's outputs; None when it has a letter that the table lacks."""
    try:
        return [DELIMITER if char == " " else table[char] for char in text]
    except KeyError:
        return None


def frames_needed(outputs: Sequence[int]) -> int:
    """The fewest frames that can spell them: two equal outputs need a blank between."""
    return len(outputs) + sum(a == b for a, b in pairwise(outputs))


def adapter_name(language: str) -> str:
    """ISO 639-3, as MMS names its adapters: "nl" -> "nld"."""
    return langcodes.Language.get(_ISO_CODES.get(language, language)).to_alpha3()


def save_vocabulary(folder: Path, tables: Mapping[str, Table]) -> None:
    """`tables` is keyed by adapters' names, or holds the one of a model without under ""."""
    content = tables.get("", tables)
    for name, written in (
        ("vocab.json", content),
        ("tokenizer_config.json", {"pad_token": "<pad>", "word_delimiter_token": "|"}),
    ):
        (folder / name).write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")
