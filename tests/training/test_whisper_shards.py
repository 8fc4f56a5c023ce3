"""Clips of shards as Whisper is fine-tuned on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from preprocessing import shards
from preprocessing.atomic_files import write_parquet
from sentivox.audio import flac
from sentivox.types import SAMPLE_RATE
from training.whisper.shards import read_labelled


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three clips in German, one of 16 s, and one in Dutch; a copy of the first."""
    clips = [
        ("de/0", "de", 2.0, ""),
        ("de/0#noise.0", "de", 2.0, "noise"),
        ("de/1", "de", 16.0, ""),
        ("de/2", "de", 3.0, ""),
        ("nl/0", "nl", 4.0, ""),
    ]
    for split in ("train", "validation"):
        rows = [
            {
                "id": name,
                "audio": flac.encode(np.zeros(round(seconds * SAMPLE_RATE), np.int16)),
                "seconds": seconds,
                "text": f" {name} ",
                "language": language,
                "augmentation": augmentation,
                "parent": "de/0" if augmentation else "",
                "split": split,
                **{column: column for column in ("speaker", "source", "licence")},
            }
            for name, language, seconds, augmentation in clips
        ]
        table = pa.Table.from_pylist(rows, schema=shards.SCHEMA)
        write_parquet(table, tmp_path / split / "0.parquet")
    return tmp_path


def test_clips_of_each_language_without_long_ones(folder: Path) -> None:
    found = read_labelled(folder, "train", ["de", "nl"], 10)
    assert [each.text for each in found] == ["de/0", "de/0#noise.0", "de/2", "nl/0"]
    assert [each.clip.seconds for each in found] == [2.0, 2.0, 3.0, 4.0]
    assert [each.clip.language for each in found] == ["de", "de", "de", "nl"]


def test_copies_are_for_training_only(folder: Path) -> None:
    assert [each.text for each in read_labelled(folder, "validation", ["de"], 10)] == [
        "de/0",
        "de/2",
    ]


def test_the_number_of_clips_is_limited(folder: Path) -> None:
    assert [each.text for each in read_labelled(folder, "train", ["de"], 1)] == ["de/0"]


def test_a_split_that_is_missing_is_reported(folder: Path) -> None:
    with pytest.raises(shards.NoShards):
        read_labelled(folder / "nowhere", "train", ["de"], 1)
