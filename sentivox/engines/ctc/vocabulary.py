"""What the outputs of a CTC model spell.

The files are those that `transformers` writes for `Wav2Vec2CTCTokenizer`: `vocab.json` has an id
for each label, or one such table for each language; `tokenizer_config.json` says which labels are
no letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentivox.engines.ctc.files import read_json
from sentivox.errors import WeightsAltered

BLANK_KEY = "pad_token"
"""The tokenizer's padding is the blank of CTC."""
DELIMITER_KEY = "word_delimiter_token"
_SPECIAL = {BLANK_KEY: "<pad>", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
"""The tokenizer's own defaults; none of them is ever written."""

Table = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CtcVocabulary:
    letters: Mapping[int, str]
    """What each output spells; mostly one letter."""
    blank: int
    delimiter: int | None
    """The output between two words; None where words aren't told apart."""

    @property
    def written(self) -> tuple[int, ...]:
        """Every output that may come in a text."""
        return (*self.letters, *([] if self.delimiter is None else [self.delimiter]))

    def spelled(self, token: int) -> bytes:
        """In UTF-8; the delimiter is a space."""
        return b" " if token == self.delimiter else self.letters[token].encode()


def read_tables(folder: Path) -> dict[str, Table]:
    """The labels of each language by the model's own name for it; "" for a model of one language.

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
    """`outputs` is how many the model has. Raises WeightsMissing or WeightsAltered."""
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


def _label(config: Mapping[str, Any], key: str, default: str) -> str:
    """A label stands there as it is, or as an object with flags for tokenizing."""
    label = config.get(key) or default
    return str(label["content"] if isinstance(label, dict) else label)
