"""The vocabulary of a CTC model, and the JSON files that hold it.

The files are those that `transformers` saves for `Wav2Vec2CTCTokenizer`: `vocab.json` has an id for
each label, or one such table for each language; `tokenizer_config.json` says which labels aren't
letters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentivox.errors import WeightsAltered, WeightsMissing

BLANK_KEY = "pad_token"
"""Key of the tokenizer's padding, which is the blank of CTC."""
DELIMITER_KEY = "word_delimiter_token"
_SPECIAL = {BLANK_KEY: "<pad>", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
"""The tokenizer's default labels of tokens that are never part of a text."""

Table = Mapping[str, int]
"""Ids by label."""


@dataclass(frozen=True, slots=True)
class CtcVocabulary:
    """The text of each output."""

    letters: Mapping[int, str]
    """Text by token id, mostly one letter."""
    blank: int
    delimiter: int | None
    """Token id between two words; None for a vocabulary without one."""

    @property
    def text_tokens(self) -> tuple[int, ...]:
        """Ids of the letters and of the delimiter: every token that a text may have."""
        return (*self.letters, *([] if self.delimiter is None else [self.delimiter]))

    def token_bytes(self, token: int) -> bytes:
        """UTF-8 text of a token; the delimiter is a space."""
        return b" " if token == self.delimiter else self.letters[token].encode()


def read_tables(folder: Path) -> dict[str, Table]:
    """Tables by the model's name of their language; the name is "" in a model of one language.

    Raises WeightsMissing or WeightsAltered.
    """
    table = read_json(folder, "vocab.json")
    if all(isinstance(value, dict) for value in table.values()):
        return table
    if all(isinstance(value, int) for value in table.values()):
        return {"": table}
    raise WeightsAltered(
        f"'vocab.json' in '{folder.name}' is neither a table of labels nor one such table for each "
        "language. Copy the model again."
    )


def read_vocabulary(folder: Path, table: Table, outputs: int) -> CtcVocabulary:
    """The vocabulary of a table, for a model with that number of `outputs`.

    Raises WeightsMissing or WeightsAltered.
    """
    config = read_json(folder, "tokenizer_config.json")
    special = {_label(config, key, label) for key, label in _SPECIAL.items()}
    blank = table.get(_label(config, BLANK_KEY, _SPECIAL[BLANK_KEY]))
    if blank is None or max(table.values()) >= outputs:
        raise WeightsAltered(
            f"'vocab.json' in '{folder.name}' doesn't fit the model's {outputs} outputs: it has no "
            "blank, or more labels than those. Copy the model again."
        )
    delimiter = _label(config, DELIMITER_KEY, "|")
    letters = {id_: label for label, id_ in table.items() if label not in {*special, delimiter}}
    return CtcVocabulary(letters, blank, table.get(delimiter))


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """A JSON file beside the model's weights. Raises WeightsMissing or WeightsAltered."""
    try:
        content: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    except FileNotFoundError as exc:
        raise WeightsMissing(
            f"There is no '{name}' in '{folder.name}'. Copy the model again, with the files of its "
            "tokenizer and its preprocessor."
        ) from exc
    except ValueError as exc:
        raise WeightsAltered(
            f"'{name}' in '{folder.name}' can't be read. Copy the model again."
        ) from exc
    return content


def _label(config: Mapping[str, Any], key: str, default: str) -> str:
    """The label of a key: a string in the config, or an object with tokenizer flags."""
    label = config.get(key) or default
    return str(label["content"] if isinstance(label, dict) else label)
