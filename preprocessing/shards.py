"""What shards hold, and how training reads them.

    shards/
      train/00012.parquet   validation/00012.parquet   test/00012.parquet
      card.md  manifest.json  ...

Plain Parquet: pyarrow, pandas, DuckDB, Ray Data and `datasets.load_dataset("shards/")` read it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.dataset as pads

from sentivox.audio import flac
from sentivox.errors import SpeechError
from sentivox.types import Pcm

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("audio", pa.binary(), nullable=False),
        pa.field("seconds", pa.float64(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("speaker", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("augmentation", pa.string(), nullable=False),
        pa.field("parent", pa.string(), nullable=False),
    ]
)
"""`audio` is FLAC, mono, 16 bit, 16 kHz. `augmentation` says what was done to a copy ("speed 0.9"),
and `parent` names the clip it was made of; both are empty for originals. Originals come before
copies of their own.
"""
ROWS_AT_ONCE = 64


class NoShards(SpeechError):
    """The folder has nothing of what was asked for."""

    code = "no_shards"


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A row of a shard, its audio decoded."""

    id: str
    pcm: Pcm
    seconds: float
    text: str
    language: str
    speaker: str
    source: str
    split: Split
    augmentation: str = ""
    parent: str = ""


def read(
    folder: Path, split: Split, languages: Collection[str] = (), *, augmented: bool = True
) -> Iterator[Example]:
    """The clips of one split, shard after shard, in the same order every time; a few in memory.

    Only those in `languages`, if any are given, and only originals unless `augmented`.
    Raises NoShards when the split was never written.
    """
    rows = _dataset(folder, split).to_batches(
        filter=_wanted(languages, augmented=augmented),
        batch_size=ROWS_AT_ONCE,
        batch_readahead=1,
        fragment_readahead=1,
        use_threads=False,
    )
    columns = [name for name in Example.__slots__ if name != "pcm"]
    for batch in rows:
        for row in batch.to_pylist():
            kept = {name: row[name] for name in columns}
            yield Example(pcm=flac.decode(row["audio"]), **kept)


def index(
    folder: Path,
    split: Split,
    languages: Collection[str] = (),
    columns: Sequence[str] = ("id", "seconds", "text", "language", "speaker", "source"),
) -> pa.Table:
    """Some columns of one split, in the order of `read`; without the audio it's small."""
    return _dataset(folder, split).to_table(
        columns=list(columns), filter=_wanted(languages, augmented=True)
    )


def _dataset(folder: Path, split: Split) -> pads.Dataset:
    files = sorted((folder / split).glob("*.parquet"))
    if not files:
        raise NoShards(
            f"There are no shards in {folder / split}: make them with "
            "`python -m preprocessing.prepare`, or with --disjoint text if the speakers are few."
        )
    return pads.dataset([str(file) for file in files], schema=SCHEMA, format="parquet")


def _wanted(languages: Collection[str], *, augmented: bool) -> pads.Expression | None:
    wanted = None if augmented else pads.field("augmentation") == ""
    if languages:
        spoken = pads.field("language").isin(list(languages))
        wanted = spoken if wanted is None else wanted & spoken
    return wanted
