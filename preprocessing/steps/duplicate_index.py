"""Step 3: duplicates over all units.

The first of several equal clips is kept. Earlier units precede new ones, so finished shards stay
valid when a language or a source is added.

    out/order.json            the units in that order
    out/duplicates.parquet    the duplicates: unit, id, and the id of the clip that is repeated
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from preprocessing.atomic_files import write_json, write_parquet
from preprocessing.clips.duplicates import duplicates
from preprocessing.steps.clean import FOLDER as CLEAN

FILE = "duplicates.parquet"
ORDER = "order.json"
COLUMNS = ["id", "language", "text", "seconds", "digest", "envelope"]
SCHEMA = pa.schema([(name, pa.string()) for name in ("unit", "id", "of")])


def find_duplicates(units: Sequence[str], out: Path) -> int:
    """Write the duplicates of all units and return their number. Reads about 200 bytes per clip."""
    order = out / ORDER
    before = json.loads(order.read_text()) if order.is_file() else []
    ranked = [*before, *(unit for unit in units if unit not in set(before))]
    if ranked == before and (out / FILE).is_file():
        return pq.read_metadata(out / FILE).num_rows
    tables = [pq.read_table(out / CLEAN / f"{unit}.parquet", columns=COLUMNS) for unit in ranked]
    unit_of = {
        clip: unit
        for unit, rows in zip(ranked, tables, strict=True)
        for clip in rows["id"].to_pylist()
    }
    found = duplicates(pa.concat_tables(tables))
    rows = [{"unit": unit_of[clip], "id": clip, "of": of} for clip, of in found.items()]
    write_json(ranked, order)
    write_parquet(pa.Table.from_pylist(rows, schema=SCHEMA), out / FILE)
    return len(rows)
