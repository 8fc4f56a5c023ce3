"""The recordings meant by files and folders on the command line."""

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
"""What a folder is searched for; a file that is named itself may have any name."""


@dataclass(frozen=True, slots=True)
class Source:
    path: Path
    name: Path
    """Relative to the folder it was found in: where its results go below the output folder."""


def find_sources(paths: Iterable[Path]) -> list[Source]:
    """Each recording once, in the order named, folders sorted; a missing path stays to be told of.

    A folder without recordings counts as missing: it is its own source, and can't be opened.
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
    """`talk.mp3` becomes `talk.srt`, or `talk.mp3.srt` where `talk.wav` wants that name too."""
    sources = list(sources)
    stems = [source.name.with_suffix("") for source in sources]
    return {
        source: Path(f"{source.name if stems.count(stem) > 1 else stem}{suffix}")
        for source, stem in zip(sources, stems, strict=True)
    }
