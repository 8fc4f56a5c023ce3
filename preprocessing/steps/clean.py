"""Step 2: recordings read as the service reads them, checked, and kept or dropped.

out/clean/<unit>.parquet    kept clips
out/clean/<unit>.json       number and length of clips, and each dropped clip with its reason
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from preprocessing.atomic_files import write_json, write_parquet
from preprocessing.clips.checks import check_length, normalise_text
from preprocessing.clips.clip import Clip, clips, table
from preprocessing.clips.duplicates import digest, envelope
from preprocessing.clips.label_check import LabelCheck
from preprocessing.clips.language_check import LanguageCheck
from preprocessing.clips.loudness import normalise_loudness
from preprocessing.clips.reading import read_clip
from preprocessing.settings import PrepareSettings
from preprocessing.sources.recording import Recording
from preprocessing.steps.blocks import names, numbered, over, over_clips, over_in_actors
from preprocessing.steps.gather import FOLDER as RECORDINGS
from sentivox.audio import flac

FOLDER = "clean"
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("audio", pa.binary(), nullable=False),
        pa.field("seconds", pa.float64(), nullable=False),
        *(
            pa.field(name, pa.string(), nullable=False)
            for name in ("text", "language", "speaker", "source", "licence", "split")
        ),
        pa.field("digest", pa.binary(), nullable=False),
        pa.field("envelope", pa.binary(), nullable=False),
    ]
)


def clean(
    units: Sequence[str], out: Path, settings: PrepareSettings, workers: int = 1
) -> Generator[str]:
    """Clean the remaining units; yield the finished units' names, then each one when it is
    complete.
    """
    yield from (unit for unit in units if report(out, unit).is_file())
    todo = [unit for unit in units if not report(out, unit).is_file()]
    if not todo:
        return
    limits = settings.limits
    rows = over(numbered(len(todo)), read_unit, units=todo, out=out)
    rows = over_clips(rows, lambda clip: normalise_text(clip, limits))
    rows = over_clips(rows, lambda clip: check_length(clip, limits))
    rows = over_clips(rows, normalise_loudness)
    if language := settings.language_check:
        rows = over_in_actors(rows, LanguageCheck, language, language.device, workers)
    if label := settings.label_check:
        rows = over_in_actors(rows, LabelCheck, label, label.device, workers)
    yield from names(over(rows, write_unit, out=out), "unit")


def report(out: Path, unit: str) -> Path:
    """Report of a unit, which is written last; a unit without it is cleaned again."""
    return out / FOLDER / f"{unit}.json"


def read_unit(numbers: pa.Table, units: Sequence[str], out: Path) -> pa.Table:
    """The clips of the unit whose number the block has."""
    (number,) = numbers["id"].to_pylist()
    unit = units[number]
    recordings = pq.read_table(out / RECORDINGS / f"{unit}.parquet").to_pylist()
    return table([read_clip(Recording(**row), unit) for row in recordings])


def write_unit(block: pa.Table, out: Path) -> pa.Table:
    """Write the kept clips of a unit and its report; return a row with its name."""
    unit = block["unit"][0].as_py()
    all_clips = clips(block)
    kept = [clip for clip in all_clips if not clip.dropped]
    dropped = [clip for clip in all_clips if clip.dropped]
    rows = pa.Table.from_pylist([_row(clip) for clip in kept], schema=SCHEMA)
    write_parquet(rows, out / FOLDER / f"{unit}.parquet")
    write_json(_counts(kept, dropped), report(out, unit))
    return pa.table({"unit": [unit]})


def _row(clip: Clip) -> dict[str, Any]:
    columns = ("id", "seconds", "text", "language", "speaker", "source", "licence", "split")
    return {name: getattr(clip, name) for name in columns} | {
        "audio": flac.encode(clip.pcm),
        "digest": digest(clip.pcm),
        "envelope": envelope(clip.pcm),
    }


def _counts(kept: Sequence[Clip], dropped: Sequence[Clip]) -> dict[str, Any]:
    return {
        "kept": len(kept),
        "seconds": sum(clip.seconds for clip in kept),
        "dropped": Counter(clip.dropped for clip in dropped),
        "dropped_clips": [
            {"id": clip.id, "language": clip.language, "why": clip.dropped, "found": clip.detail}
            for clip in dropped
        ],
    }
