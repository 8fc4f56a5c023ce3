"""Sounds without speech in two disjoint parts: for tuning and for reports.

Synthetic sounds (`synthetic.py`) are computed. Recorded sounds come from Debian packages: music on
hold, Sonic Pi's samples, KDE's signals, animals and vehicles of Tux Paint, Asterisk's monkeys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from preprocessing.nonspeech.synthetic import SYNTHESIZERS
from preprocessing.samples import decoded
from preprocessing.speech_data import ROOT, SPEECH
from sentivox.types import SAMPLE_RATE, Pcm

SOUNDS = ROOT / "data" / "sounds"
PACKAGES = ("asterisk-moh-opsound-g722", "oxygen-sounds", "sonic-pi-samples")
STAMPS = SPEECH / "tuxpaint-stamps-default" / "usr" / "share" / "tuxpaint" / "stamps"
TONES = SPEECH / "asterisk-core-sounds-en-g722" / "usr" / "share" / "asterisk" / "sounds"
RECORDED = {
    "recorded music": (SOUNDS / "asterisk-moh-opsound-g722", "*.g722"),
    "recorded samples": (SOUNDS / "sonic-pi-samples", "*.flac"),
    "recorded signals": (SOUNDS / "oxygen-sounds", "*.ogg"),
    "recorded animals": (STAMPS / "animals", "*.ogg"),
    "recorded vehicles": (STAMPS / "vehicles", "*.ogg"),
    "recorded monkeys": (TONES, "tt-monkeys.g722"),
}
"""Folder and file pattern by kind of sound."""

Part = Literal["tuning", "report"]
SYNTHETIC_S = 8.5
LEVELS_DB = (-50, -26, -6)
"""Peak levels in dBFS: quiet, usual, loud."""
NOISE_FLOORS = (0, 1, 4, 30)
"""Amplitudes in 16-bit samples, from digital silence to a quiet room."""
MAX_SECONDS = 30.0
"""Length to which longer recordings are cut."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A sound without speech."""

    kind: str
    name: str
    pcm: Pcm

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE


def sounds(part: Part) -> list[Sound]:
    """Sounds of a part, the same ones at every call. Recordings that aren't fetched are left
    out.
    """
    return [*_noise_floors(part), *_synthetic(part), *_recorded(part)]


def missing() -> list[str]:
    """Kinds of recorded sounds that aren't fetched on this machine."""
    return [kind for kind, (folder, _) in RECORDED.items() if not folder.is_dir()]


def _noise_floors(part: Part) -> Iterator[Sound]:
    rng = np.random.default_rng((part == "report", 0))
    for amplitude in NOISE_FLOORS:
        noise = rng.uniform(-1, 1, int(MAX_SECONDS * SAMPLE_RATE)) * (amplitude + 0.5)
        yield Sound("silence", f"amplitude {amplitude}", noise.astype(np.int16))


def _synthetic(part: Part) -> Iterator[Sound]:
    for kind, synthesizers in SYNTHESIZERS.items():
        for synthesize in synthesizers:
            for number, level in enumerate(LEVELS_DB):
                rng = np.random.default_rng((part == "report", number))
                signal = synthesize(SYNTHETIC_S, rng) * 10 ** (level / 20) * np.iinfo(np.int16).max
                yield Sound(kind, f"{synthesize.__name__} {level} dB", signal.astype(np.int16))


def _recorded(part: Part) -> Iterator[Sound]:
    for kind, (folder, pattern) in RECORDED.items():
        files = [file for file in sorted(folder.rglob(pattern)) if _has_no_speech(file)]
        if kind == "recorded music":
            yield from (_half(kind, file, part) for file in files)
        else:
            yield from (_whole(kind, file) for file in _share(files, part))


def _share(files: Sequence[Path], part: Part) -> Sequence[Path]:
    """Every second file; a single file belongs to the report."""
    return files[len(files) > 1 :: 2] if part == "report" else files[(len(files) == 1) :: 2]


def _has_no_speech(file: Path) -> bool:
    """Whether a file isn't one of Tux Paint's spoken descriptions, which lie beside its sounds."""
    return "_desc" not in file.stem


def _whole(kind: str, file: Path) -> Sound:
    return Sound(kind, file.stem, decoded(file, SAMPLE_RATE)[: int(MAX_SECONDS * SAMPLE_RATE)])


def _half(kind: str, file: Path, part: Part) -> Sound:
    """Sound from the first half of a long recording for tuning, from the second for the report."""
    pcm = decoded(file, SAMPLE_RATE)
    begin = len(pcm) // 2 if part == "report" else 0
    return Sound(kind, file.stem, pcm[begin : begin + int(MAX_SECONDS * SAMPLE_RATE)])
