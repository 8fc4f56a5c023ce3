"""Step 4: shards of each split, without duplicates, with augmented copies.

    out/train/<unit>.parquet  validation/...  test/...
    out/units/<unit>.json     their contents in numbers, and their SHA-256

Units are independent here, because step 3 has found the duplicates over all units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from preprocessing.atomic_files import atomic_write, compression, write_json
from preprocessing.clips.augmentation import augmented
from preprocessing.settings import PrepareSettings
from preprocessing.shards import SCHEMA, SPLITS, Split
from preprocessing.steps.blocks import names, numbered, over
from preprocessing.steps.clean import FOLDER as CLEAN
from preprocessing.steps.duplicate_index import FILE as DUPLICATES
from preprocessing.steps.splits import seed, split_of
from preprocessing.steps.tally import Tally
from sentivox.audio import flac
from sentivox.types import SAMPLE_RATE
from sentivox.weights.checksums import sha256_of

FOLDER = "units"
ROW_GROUP_ROWS = 64
"""Rows in memory and in a row group; readers need as many in memory."""

Row = dict[str, Any]


def finish(units: Sequence[str], out: Path, settings: PrepareSettings) -> Iterator[str]:
    """Write the remaining units; yield the finished units' names, then each one when it is
    complete.
    """
    yield from (unit for unit in units if report(out, unit).is_file())
    todo = [unit for unit in units if not report(out, unit).is_file()]
    if todo:
        rows = over(numbered(len(todo)), finish_unit, units=todo, out=out, settings=settings)
        yield from names(rows, "unit")


def report(out: Path, unit: str) -> Path:
    """Report of a unit, which is written last; a unit without it is written again."""
    return out / FOLDER / f"{unit}.json"


def finish_unit(
    numbers: pa.Table, units: Sequence[str], out: Path, settings: PrepareSettings
) -> pa.Table:
    """Write the shards of the unit whose number the block has; return a row with its name."""
    (number,) = numbers["id"].to_pylist()
    unit = units[number]
    repeated = {
        row["id"]: row["of"]
        for row in pq.read_table(out / DUPLICATES, filters=[("unit", "=", unit)]).to_pylist()
    }
    tally, hashes = Tally(), {}
    for split in SPLITS:
        path = out / split / f"{unit}.parquet"
        clean = (row for row in _clean(out, unit) if row["id"] not in repeated)
        if _write(shard_rows(clean, split, settings), path, tally):
            hashes[str(path.relative_to(out))] = sha256_of(path)
    write_json(
        {"files": hashes, "amounts": tally.rows(), "duplicates": repeated}, report(out, unit)
    )
    return pa.table({"unit": [unit]})


def shard_rows(clean: Iterable[Row], split: Split, settings: PrepareSettings) -> Iterator[Row]:
    """The clips of a split; in training, each is followed by its augmented copies."""
    for row in clean:
        original = _original(row, settings)
        if original["split"] == split:
            yield original
            if split == "train":
                yield from _copies(original, settings)


def _original(row: Row, settings: PrepareSettings) -> Row:
    split = split_of(
        row["speaker"], row["source"], row["language"], row["text"], row["split"], settings.splits
    )
    kept = {name: row[name] for name in SCHEMA.names if name in row}
    return kept | {"split": split, "augmentation": "", "parent": ""}


def _copies(original: Row, settings: PrepareSettings) -> Iterator[Row]:
    if not settings.augment:
        return
    pcm = flac.decode(original["audio"])
    for time in range(settings.times):
        for kind in settings.augment:
            name = f"{original['id']}#{kind}.{time}"
            copy, done = augmented(pcm, kind, np.random.default_rng(seed(name)))
            yield original | {
                "id": name,
                "audio": flac.encode(copy),
                "seconds": len(copy) / SAMPLE_RATE,
                "augmentation": done,
                "parent": original["id"],
            }


def _clean(out: Path, unit: str) -> Iterator[Row]:
    with pq.ParquetFile(out / CLEAN / f"{unit}.parquet") as file:
        for batch in file.iter_batches(ROW_GROUP_ROWS):
            yield from batch.to_pylist()


def _write(rows: Iterator[Row], path: Path, tally: Tally) -> bool:
    """Write a shard unless there are no rows; return whether there were any."""
    some = list(islice(rows, ROW_GROUP_ROWS))
    if not some:
        path.unlink(missing_ok=True)
        return False
    with (
        atomic_write(path) as partial,
        pq.ParquetWriter(partial, SCHEMA, compression=compression(SCHEMA)) as writer,
    ):
        while some:
            writer.write_table(pa.Table.from_pylist(some, schema=SCHEMA))
            for row in some:
                tally.count(row)
            some = list(islice(rows, ROW_GROUP_ROWS))
    return True
