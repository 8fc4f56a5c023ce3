"""Format of training shards, and reading them.

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
"""Schema of a shard. `audio` is FLAC, mono, 16 bit, 16 kHz. `augmentation` describes an augmented
copy ("speed 0.9") and `parent` is the id of its original; both are empty for originals. An original
precedes its copies."""
BATCH_ROWS = 64


class NoShards(SpeechError):
    """The folder has no shards of the requested split."""

    code = "no_shards"


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A row of a shard, with decoded audio."""

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
    """The clips of one split in a fixed order, read as they are consumed.

    `languages` selects languages; empty for all. Augmented copies are left out unless `augmented`.
    Raise NoShards when the split doesn't exist.
    """
    rows = _dataset(folder, split).to_batches(
        filter=_filter(languages, augmented=augmented),
        batch_size=BATCH_ROWS,
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
    """Columns of one split without the audio, in the order of `read`. Raise NoShards when the split
    doesn't exist.
    """
    return _dataset(folder, split).to_table(
        columns=list(columns), filter=_filter(languages, augmented=True)
    )


def _dataset(folder: Path, split: Split) -> pads.Dataset:
    files = sorted((folder / split).glob("*.parquet"))
    if not files:
        raise NoShards(
            f"There are no shards in {folder / split}: make them with "
            "`python -m preprocessing.prepare`, or with --disjoint text if the speakers are few."
        )
    return pads.dataset([str(file) for file in files], schema=SCHEMA, format="parquet")


def _filter(languages: Collection[str], *, augmented: bool) -> pads.Expression | None:
    selected = None if augmented else pads.field("augmentation") == ""
    if languages:
        in_language = pads.field("language").isin(list(languages))
        selected = in_language if selected is None else selected & in_language
    return selected
