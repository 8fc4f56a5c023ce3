"""Recordings with transcripts, as sources provide them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import pyarrow as pa

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("speaker", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("audio", pa.binary()),
        pa.field("container", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("dropped", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Recording:
    """An undecoded recording with its transcript."""

    id: str
    """Unique over all sources and stable."""
    text: str
    language: str
    """A code from `sentivox.languages`."""
    speaker: str
    """Speaker; if unknown, the smallest group that certainly contains all recordings of a speaker.
    """
    source: str
    licence: str
    path: str = ""
    """Path of a file that every machine of the cluster can read; empty if `audio` has the bytes."""
    audio: bytes | None = None
    container: str = ""
    """"g722" for raw G.722, which can't be detected; empty otherwise."""
    split: str = ""
    """The source's own split ("train", "validation" or "test"); empty if it has none."""
    dropped: str = ""
    """Reason why the source excludes the recording; empty otherwise."""


class Source(Protocol):
    """Recordings in parts that can be read independently, on any machine, with equal results."""

    def parts(self) -> Sequence[str]:
        """Names of the parts, unique over all sources and valid in file names."""

    def read(self, part: str) -> Iterator[Recording]:
        """The recordings of a part, in a fixed order."""


def table(recordings: Sequence[Recording]) -> pa.Table:
    """The recordings as rows of SCHEMA."""
    return pa.Table.from_pylist([asdict(each) for each in recordings], schema=SCHEMA)
