"""The vocabulary of a CTC model, read from its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sentivox.engines.ctc.vocabulary import read_tables, read_vocabulary
from sentivox.errors import WeightsAltered, WeightsMissing

TABLE = {"[PAD]": 3, "[UNK]": 2, "|": 0, "a": 1, "é": 4}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "vocab.json", TABLE)
    config = {"pad_token": {"content": "[PAD]", "lstrip": False}, "unk_token": "[UNK]"}
    write(tmp_path, "tokenizer_config.json", config)
    return tmp_path


def write(folder: Path, name: str, content: object) -> None:
    (folder / name).write_text(json.dumps(content), "utf-8")


def test_letters_are_all_labels_but_special_tokens_and_the_delimiter(folder: Path) -> None:
    vocabulary = read_vocabulary(folder, read_tables(folder)[""], 5)
    assert vocabulary.letters == {1: "a", 4: "é"}
    assert (vocabulary.blank, vocabulary.delimiter) == (3, 0)
    assert b"".join(vocabulary.token_bytes(token) for token in (0, 1, 4)) == " aé".encode()


def test_a_vocabulary_may_have_no_delimiter(folder: Path) -> None:
    table = {label: number for label, number in TABLE.items() if label != "|"}
    assert read_vocabulary(folder, table, 5).delimiter is None


def test_each_language_may_have_its_own_table(folder: Path) -> None:
    write(folder, "vocab.json", {"nld": TABLE, "ell": TABLE})
    assert set(read_tables(folder)) == {"nld", "ell"}


def test_more_labels_than_outputs_are_refused(folder: Path) -> None:
    with pytest.raises(WeightsAltered, match="doesn't fit the model's 4 outputs"):
        read_vocabulary(folder, TABLE, 4)


def test_a_table_with_labels_and_languages_is_refused(folder: Path) -> None:
    write(folder, "vocab.json", {"a": 1, "nld": TABLE})
    with pytest.raises(WeightsAltered, match=r"vocab\.json"):
        read_tables(folder)


def test_a_model_without_its_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"no 'vocab\.json'"):
        read_tables(tmp_path)


def test_an_incomplete_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text('{"a": 1,')
    with pytest.raises(WeightsAltered, match="can't be read"):
        read_tables(tmp_path)
