"""Sounds in which nobody says a word: which there are, half of them to tune with, half to report.

Made ones (`preprocessing/made_sounds.py`) can be had anywhere. Recorded ones come from Debian
packages: music on hold, Sonic Pi's samples, KDE's signals, animals and vehicles of Tux Paint,
Asterisk's monkeys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from preprocessing.nonspeech.synthetic import MAKERS
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
"""Kind, folder, and which files in it."""

Part = Literal["tuning", "report"]
MADE_S = 8.5
LEVELS_DB = (-50, -26, -6)
"""Loudest sample over full scale: faint, as usual, loud."""
HUSHES = (0, 1, 4, 30)
"""Amplitudes of 16-bit samples, from digital silence to a quiet room."""
LONGEST_S = 30.0
"""Of one recording: a band plays for minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    kind: str
    name: str
    pcm: Pcm

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE


def sounds(part: Part) -> list[Sound]:
    """The same ones at every call; none is in both parts. Recordings that aren't fetched are left
    out.
    """
    return [*_hushes(part), *_made(part), *_recorded(part)]


def missing() -> list[str]:
    """Kinds of recorded sounds that aren't on this machine."""
    return [kind for kind, (folder, _) in RECORDED.items() if not folder.is_dir()]


def _hushes(part: Part) -> Iterator[Sound]:
    chance = np.random.default_rng((part == "report", 0))
    for amplitude in HUSHES:
        noise = chance.uniform(-1, 1, int(LONGEST_S * SAMPLE_RATE)) * (amplitude + 0.5)
        yield Sound("silence", f"amplitude {amplitude}", noise.astype(np.int16))


def _made(part: Part) -> Iterator[Sound]:
    for kind, makers in MAKERS.items():
        for maker in makers:
            for number, level in enumerate(LEVELS_DB):
                chance = np.random.default_rng((part == "report", number))
                signal = maker(MADE_S, chance) * 10 ** (level / 20) * np.iinfo(np.int16).max
                yield Sound(kind, f"{maker.__name__} {level} dB", signal.astype(np.int16))


def _recorded(part: Part) -> Iterator[Sound]:
    for kind, (folder, pattern) in RECORDED.items():
        files = [file for file in sorted(folder.rglob(pattern)) if _wordless(file)]
        if kind == "recorded music":
            yield from (_half(kind, file, part) for file in files)
        else:
            yield from (_whole(kind, file) for file in _share(files, part))


def _share(files: Sequence[Path], part: Part) -> Sequence[Path]:
    """Every other file; of a single one, the report has it."""
    return files[len(files) > 1 :: 2] if part == "report" else files[(len(files) == 1) :: 2]


def _wordless(file: Path) -> bool:
    """Beside most of Tux Paint's sounds lies somebody who says what they are."""
    return "_desc" not in file.stem


def _whole(kind: str, file: Path) -> Sound:
    return Sound(kind, file.stem, decoded(file, SAMPLE_RATE)[: int(LONGEST_S * SAMPLE_RATE)])


def _half(kind: str, file: Path, part: Part) -> Sound:
    """From the first half of a long piece, or from the second."""
    pcm = decoded(file, SAMPLE_RATE)
    begin = len(pcm) // 2 if part == "report" else 0
    return Sound(kind, file.stem, pcm[begin : begin + int(LONGEST_S * SAMPLE_RATE)])
