"""Step 1: the sources' recordings in units of equal size, in the source's order.

    out/recordings/<part>-00012.parquet

A unit is processed by one task, and is what a kill loses at most. Recordings that are files stay
where they are; those of a hub are fetched here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa

from preprocessing.atomic_files import write_json, write_parquet
from preprocessing.sources.recording import Recording, Source, table
from preprocessing.steps.blocks import names, numbered, over

FOLDER = "recordings"


def gather(sources: Sequence[Source], out: Path, clips: int) -> Iterator[str]:
    """Write the units of all missing parts; yield each part's name when it is complete."""
    parts = [(source, part) for source in sources for part in source.parts()]
    todo = [(source, part) for source, part in parts if not _marker(out, part).is_file()]
    yield from (part for _, part in parts if _marker(out, part).is_file())
    if not todo:
        return

    def gather_part(rows: pa.Table) -> pa.Table:
        (number,) = rows["id"].to_pylist()
        source, part = todo[number]
        units = recordings = 0
        for some in _batches(source.read(part), clips):
            write_parquet(table(some), out / FOLDER / f"{part}-{units:05d}.parquet")
            units, recordings = units + 1, recordings + len(some)
        write_json({"units": units, "recordings": recordings}, _marker(out, part))
        return pa.table({"part": [part]})

    yield from names(over(numbered(len(todo)), gather_part), "part")


def units(out: Path) -> list[str]:
    """Names of the units of all gathered parts, in order."""
    return [
        f"{marker.stem}-{number:05d}"
        for marker in sorted((out / FOLDER).glob("*.json"))
        for number in range(json.loads(marker.read_text())["units"])
    ]


def _batches(recordings: Iterator[Recording], size: int) -> Iterator[list[Recording]]:
    while some := list(islice(recordings, size)):
        yield some


def _marker(out: Path, part: str) -> Path:
    """File that is written last; a part without it is gathered again."""
    return out / FOLDER / f"{part}.json"
