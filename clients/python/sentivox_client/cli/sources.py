"""Recordings in the files and folders of the command line, and names of output files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

AUDIO_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("aac", "aif", "aiff", "amr", "au", "caf", "flac", "m4a", "mka", "mkv", "mov"),
        *("mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "opus", "wav", "webm"),
    )
)
"""Suffixes of recordings in folders; a file named on the command line may have any name."""


@dataclass(frozen=True, slots=True)
class Source:
    """A recording."""

    path: Path
    name: Path
    """Path relative to the searched folder; the output has the same path in the output folder."""


def find_sources(paths: Iterable[Path]) -> list[Source]:
    """Each recording once, in the order of `paths`; the files of a folder are sorted.

    A missing path and a folder without recordings are sources too; opening them fails.
    """
    found = {source.path.absolute(): source for path in paths for source in _expand(path)}
    return list(found.values())


def _expand(path: Path) -> Iterator[Source]:
    inside = sorted(
        file for file in path.rglob("*") if file.suffix.lower() in AUDIO_SUFFIXES and file.is_file()
    )
    for file in inside:
        yield Source(file, file.relative_to(path))
    if not inside:
        yield Source(path, Path(path.name))


def output_names(sources: Iterable[Source], suffix: str) -> dict[Source, Path]:
    """Output file of each source.

    `talk.mp3` becomes `talk.srt`, or `talk.mp3.srt` when `talk.wav` is a source as well.
    """
    sources = list(sources)
    stems = [source.name.with_suffix("") for source in sources]
    return {
        source: Path(f"{source.name if stems.count(stem) > 1 else stem}{suffix}")
        for source, stem in zip(sources, stems, strict=True)
    }
