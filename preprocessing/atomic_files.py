"""Files that are written completely or not at all, also when the process is killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two tasks may write the same file when a cluster restarts one that is still running.
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(value: object, path: Path) -> None:
    """Write JSON with sorted keys, atomically."""
    with atomic_write(path) as partial:
        text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)
        partial.write_text(f"{text}\n", encoding="utf-8")


def write_parquet(rows: pa.Table, path: Path) -> None:
    """Write a Parquet file, atomically."""
    with atomic_write(path) as partial:
        pq.write_table(rows, partial, compression=compression(rows.schema))


def compression(schema: pa.Schema) -> dict[str, str]:
    """Compression by column: none for `audio`, which is compressed already."""
    return {name: "none" if name == "audio" else "zstd" for name in schema.names}
