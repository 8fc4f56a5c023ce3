"""A clip between the steps of cleaning, and its conversion to rows of Ray Data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from sentivox.types import SAMPLE_RATE, Pcm

NO_SAMPLES: Pcm = np.zeros(0, np.int16)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recording with its label. A step that rejects the clip sets `dropped` and clears the
    samples, and later steps skip it. A dropped clip stays a row, so that every drop is counted.
    """

    unit: str
    id: str
    text: str
    language: str
    speaker: str
    source: str
    licence: str
    split: str
    """The source's own split; empty if it has none."""
    pcm: Pcm
    dropped: str = ""
    """Reason; empty for a kept clip."""
    detail: str = ""
    """Measured value or text that led to the drop, for the report."""

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE

    def drop(self, reason: str, detail: str = "") -> Clip:
        """The clip as dropped, without samples."""
        return replace(self, pcm=NO_SAMPLES, dropped=reason, detail=detail)


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
"""Columns of a row; `pcm` is the samples' bytes."""


def table(clips: list[Clip]) -> pa.Table:
    """The clips as rows of SCHEMA."""
    names = [name for name in SCHEMA.names if name != "pcm"]
    columns = {name: [getattr(clip, name) for clip in clips] for name in names}
    return pa.table(columns | {"pcm": [clip.pcm.tobytes() for clip in clips]}, schema=SCHEMA)


def clips(rows: pa.Table) -> list[Clip]:
    """The clips of rows that `table` made."""
    return [_clip(row) for row in rows.to_pylist()]


def _clip(row: Mapping[str, Any]) -> Clip:
    return Clip(**{**row, "pcm": np.frombuffer(row["pcm"], np.int16)})
