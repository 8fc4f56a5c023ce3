"""Files that are there whole or not at all, however the writing ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to; it becomes `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two tasks may write the same file when a cluster takes one of them for dead.
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(value: object, path: Path) -> None:
    with whole(path) as partial:
        text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)
        partial.write_text(f"{text}\n", encoding="utf-8")


def write_parquet(rows: pa.Table, path: Path) -> None:
    with whole(path) as partial:
        pq.write_table(rows, partial, compression=compression(rows.schema))


def compression(schema: pa.Schema) -> dict[str, str]:
    """By column: none for audio, which is compressed already."""
    return {name: "none" if name == "audio" else "zstd" for name in schema.names}
