"""One recording on its way through the steps, and as a row between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from sentivox.types import SAMPLE_RATE, Pcm

NO_SOUND: Pcm = np.zeros(0, np.int16)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A step that finds it unfit says why in `dropped` and lets the sound go; the steps after it
    leave it alone. It stays a row to the end, so that every drop is counted.
    """

    unit: str
    id: str
    text: str
    language: str
    speaker: str
    source: str
    licence: str
    split: str
    """What the source says it is for; empty where it doesn't."""
    pcm: Pcm
    dropped: str = ""
    detail: str = ""
    """What was found, for whoever wonders why it was dropped."""

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE

    def drop(self, reason: str, detail: str = "") -> Clip:
        return replace(self, pcm=NO_SOUND, dropped=reason, detail=detail)


Step = Callable[[Clip], Clip]

SCHEMA = pa.schema(
    [
        *(
            pa.field(name, pa.string(), nullable=False)
            for name in ["unit", "id", "text", "language", "speaker", "source", "licence", "split"]
        ),
        pa.field("pcm", pa.binary(), nullable=False),
        pa.field("dropped", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
    ]
)
"""`pcm` is the samples' bytes."""


def table(clips: list[Clip]) -> pa.Table:
    names = [name for name in SCHEMA.names if name != "pcm"]
    columns = {name: [getattr(clip, name) for clip in clips] for name in names}
    return pa.table(columns | {"pcm": [clip.pcm.tobytes() for clip in clips]}, schema=SCHEMA)


def clips(rows: pa.Table) -> list[Clip]:
    return [_clip(row) for row in rows.to_pylist()]


def _clip(row: Mapping[str, Any]) -> Clip:
    return Clip(**{**row, "pcm": np.frombuffer(row["pcm"], np.int16)})
