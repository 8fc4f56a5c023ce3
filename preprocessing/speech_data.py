"""Public recordings with transcripts, by language.

The manifests are in the repository; `make speech-data` fetches the audio files that they list.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sentivox.audio.decoding.container import G722, Container

ROOT = Path(__file__).resolve().parent.parent
MANIFESTS = Path(__file__).parent / "manifests"
SPEECH = ROOT / "data" / "speech"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of a manifest."""

    path: Path
    """The audio file, which exists once fetched; a `.g722` file is raw G.722 at 16 kHz."""
    language: str
    transcript: str
    seconds: float
    source: str
    """Name of the manifest; each has one speaker or one cast of speakers."""

    @property
    def container(self) -> Container | None:
        """Container of a file without a header; None where the container is detected."""
        return G722 if self.path.suffix == ".g722" else None


def recordings(language: str, base_s: float = 2.0, most: int | None = None) -> list[Recording]:
    """Distinct recordings of at least `base_s` seconds, the same ones at every call.

    `most` limits their number. It is divided evenly among the language's sources and spread evenly
    over each, because neighbours in a manifest have similar texts. Raise KeyError for a language
    without recordings.
    """
    pools = [
        [clip for clip in _read(manifest) if clip.seconds >= base_s]
        for manifest in sorted(MANIFESTS.glob("*.csv"))
        if _language(manifest) == language
    ]
    if not pools:
        raise KeyError(language)
    if most is None:
        return [clip for pool in pools for clip in pool]
    shares = _shares([len(pool) for pool in pools], most)
    return [clip for pool, share in zip(pools, shares, strict=True) for clip in spread(pool, share)]


def languages() -> list[str]:
    """Codes of the languages with recordings."""
    return sorted({_language(manifest) for manifest in MANIFESTS.glob("*.csv")})


def is_fetched(language: str) -> bool:
    """Whether all recordings of a language are on this machine."""
    return all(clip.path.is_file() for clip in recordings(language))


def _language(manifest: Path) -> str:
    """Language of a manifest, whose name is `<source>_<language>` or
    `<source>_<language>_<format>`.
    """
    return manifest.stem.split("_")[1]


def _read(manifest: Path) -> list[Recording]:
    with manifest.open(encoding="utf-8", newline="") as file:
        return [
            Recording(
                path=SPEECH / row["path"],
                language=row["lang"],
                transcript=row["transcript"],
                seconds=float(row["seconds"]),
                source=manifest.stem,
            )
            for row in csv.DictReader(file)
            if row["transcript"].strip() and not row["flag"] and not row["dup"]
        ]


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """Number to take from each pool: as even as the sizes allow, `most` in total."""
    shares = [0] * len(sizes)
    smallest_first = sorted(range(len(sizes)), key=lambda index: sizes[index])
    for done, index in enumerate(smallest_first):
        shares[index] = min(sizes[index], (most - sum(shares)) // (len(sizes) - done))
    return shares


def spread(pool: Sequence[T], share: int) -> list[T]:
    """`share` items at even distances in `pool`."""
    return [pool[index * len(pool) // share] for index in range(share)]
