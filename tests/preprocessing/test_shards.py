"""Reading of shards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from preprocessing import shards
from preprocessing.atomic_files import atomic_write, write_parquet
from preprocessing.clips.clip import Clip
from sentivox.audio import flac


@pytest.fixture
def folder(tmp_path: Path, clip: Clip) -> Path:
    for number, language in enumerate(["en", "es"]):
        rows = [
            {
                "id": f"{language}/{copy}",
                "audio": flac.encode(clip.pcm),
                "seconds": clip.seconds,
                "augmentation": "noise" if copy else "",
                "parent": f"{language}/0" if copy else "",
                "split": "train",
                "language": language,
                **{name: name for name in ("text", "speaker", "source", "licence")},
            }
            for copy in (0, 1)
        ]
        table = pa.Table.from_pylist(rows, schema=shards.SCHEMA)
        write_parquet(table, tmp_path / "train" / f"{number}.parquet")
    return tmp_path


def test_flac_is_lossless_and_deterministic(clip: Clip) -> None:
    noise = np.random.default_rng(0).integers(-32_768, 32_767, 5_000).astype(np.int16)
    for pcm in (clip.pcm, noise, noise[:1]):
        assert np.array_equal(flac.decode(flac.encode(pcm)), pcm)
        assert flac.encode(pcm) == flac.encode(pcm)


def test_examples_are_in_order_with_their_samples(folder: Path, clip: Clip) -> None:
    examples = list(shards.read(folder, "train"))
    assert [each.id for each in examples] == ["en/0", "en/1", "es/0", "es/1"]
    assert np.array_equal(examples[3].pcm, clip.pcm)
    assert examples[3].parent == "es/0"


def test_languages_and_originals_can_be_selected(folder: Path) -> None:
    found = shards.read(folder, "train", ["es"], augmented=False)
    assert [each.id for each in found] == ["es/0"]
    assert shards.index(folder, "train", ["es"])["id"].to_pylist() == ["es/0", "es/1"]


def test_a_missing_split_is_reported(folder: Path) -> None:
    with pytest.raises(shards.NoShards, match=r"preprocessing\.prepare"):
        next(shards.read(folder, "test"))


def test_an_interrupted_write_leaves_no_file(tmp_path: Path) -> None:
    def interrupted() -> None:
        with atomic_write(tmp_path / "shard") as partial:
            partial.write_bytes(b"half of i")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())
