"""What a source gives: recordings with their words, before anybody has listened to them."""

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
    id: str
    """Unique over all sources, and the same every time."""
    text: str
    language: str
    """A code from `sentivox.languages`."""
    speaker: str
    """Who speaks; where a source doesn't say, the smallest group that surely holds all of them."""
    source: str
    licence: str
    path: str = ""
    """Of a file that every machine of the cluster can read; empty where `audio` has the bytes."""
    audio: bytes | None = None
    container: str = ""
    """Only "g722", which can't be told from the bytes."""
    split: str = ""
    """What the source says it is for ("train", "validation" or "test"), if it says so."""
    dropped: str = ""
    """Why it isn't for training, where the source knows already."""


class Source(Protocol):
    """Recordings in parts, each of which can be read alone, on any machine, the same every time."""

    def parts(self) -> Sequence[str]:
        """Names, unique over all sources and fit for files."""

    def read(self, part: str) -> Iterator[Recording]: ...


def table(recordings: Sequence[Recording]) -> pa.Table:
    return pa.Table.from_pylist([asdict(each) for each in recordings], schema=SCHEMA)
