"""Twenty minutes in which nobody says a word: how many words are invented?

    make speech-data && make bench-nothing-said
    python -m benchmarks.nothing_said --part tuning --systems upload live

Each sound is a file of its own, whose language is found out. "upload" goes the way of an upload:
decoder process, voice detection, windows, language, recogniser, fallbacks. "live" is fed to a
session whose requests are answered at once. "faster-whisper" has the same weights and its own
voice filter. Thresholds were chosen with the sounds of `--part tuning`; none of them is in the
report.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from faster_whisper import WhisperModel
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import normalized
from benchmarks.in_process import EngineInProcess, LiveInProcess, LiveTranscript
from benchmarks.outcome import header, record
from benchmarks.paced_speech import PacedSpeech
from benchmarks.system import WEIGHTS
from preprocessing.fetch_speech import fetch
from preprocessing.nonspeech.catalogue import PACKAGES, SOUNDS, Part, Sound, missing, sounds
from sentivox.types import SAMPLE_RATE, SuppressionReason
from sentivox.weights.resolve import resolve
from training.machine import machine

RESULTS = Path(__file__).parent / "results" / "nothing-said.json"
UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff"
"""Thai, Japanese and Chinese."""
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
"""A letter where words aren't parted, letters up to the next space elsewhere."""

MOST_LETTERS = 200
"""Of an invention, in the results: a loop fills pages."""
SYSTEMS = ("upload", "live", "faster-whisper")
Listening = Callable[[Sound], "Heard"]


@dataclass(frozen=True, slots=True)
class Heard:
    text: str
    kept_out: tuple[SuppressionReason, ...] = ()
    """For each text that wasn't believed, why."""


@dataclass(frozen=True, slots=True)
class Invention:
    """A sound that was taken for words."""

    kind: str
    sound: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """What one system made of all sounds."""

    inventions: tuple[Invention, ...]
    kept_out: Counter[str]

    def words(self, kind: str | None = None) -> int:
        """Invented ones, of one kind of sound or of all."""
        return sum(words(each.text) for each in self.inventions if kind in (None, each.kind))


def words(text: str) -> int:
    return len(WORD.findall(normalized(text)))


def uploading(threads: int) -> Listening:
    engine = EngineInProcess(threads)

    def transcribe(sound: Sound) -> Heard:
        [transcript] = engine.transcribe([PacedSpeech(sound.pcm, SAMPLE_RATE, ()).wav()])
        return _result(transcript)

    return transcribe


def streaming(threads: int) -> Listening:
    live = LiveInProcess(threads)
    return lambda sound: _result(live.transcribe(sound.pcm))


def faster_whisper(threads: int) -> Listening:
    model = WhisperModel(
        str(resolve(WEIGHTS)), device="cpu", compute_type="int8", cpu_threads=threads
    )

    def listen(sound: Sound) -> Heard:
        samples = sound.pcm.astype(np.float32) / -np.iinfo(np.int16).min
        segments, _ = model.transcribe(samples, beam_size=1, best_of=1, vad_filter=True)
        return Heard(" ".join(segment.text.strip() for segment in segments))

    return listen


def _result(transcript: Transcript | LiveTranscript) -> Heard:
    return Heard(transcript.text, tuple(each.reason for each in transcript.suppressed))


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    _fetch_missing(console)
    everything = sounds(arguments.part)
    rows: dict[str, Row] = {}
    for name, listen in _systems(arguments.systems, arguments.threads).items():
        rows[name] = row(everything, listen)
        for each in rows[name].inventions:
            console.log(f"{name}, {each.sound}: {each.text[:100]!r}")
    path = arguments.output / RESULTS.name
    told = {name: _told(each) for name, each in rows.items()}
    about = {
        "part": arguments.part,
        "minutes": round(sum(sound.seconds for sound in everything) / 60, 1),
        "sounds": len(everything),
        "missing": missing(),
        "machine": machine(),
    }
    systems = _earlier(path, about) | told
    Console().print(_table(everything, rows))
    result = header("nothing_said", argv) | about | {"systems": systems}
    record(result, path if arguments.part == "report" else None)
    return 0


def row(everything: Sequence[Sound], listen: Listening) -> Row:
    """What a system makes of all sounds."""
    inventions: list[Invention] = []
    kept_out: Counter[str] = Counter()
    for sound in everything:
        heard = listen(sound)
        kept_out.update(heard.kept_out)
        if words(heard.text):
            inventions.append(Invention(sound.kind, sound.name, heard.text))
    return Row(tuple(inventions), kept_out)


def _told(row: Row) -> dict[str, Any]:
    return {
        "invented_words": row.words(),
        "kept_out": dict(row.kept_out),
        "inventions": [
            {"kind": each.kind, "sound": each.sound, "text": each.text[:MOST_LETTERS]}
            for each in row.inventions
        ],
    }


def _earlier(path: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Systems that an earlier run has heard the same sounds with, on this machine."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text())
    return dict(found["systems"]) if {key: found[key] for key in about} == about else {}


def _systems(names: Sequence[str], threads: int) -> dict[str, Listening]:
    chosen: dict[str, Listening] = {}
    if "upload" in names:
        chosen["upload"] = uploading(threads)
    if "live" in names:
        chosen["live"] = streaming(threads)
    if "faster-whisper" in names:
        chosen["faster-whisper"] = faster_whisper(threads)
    return chosen


def _fetch_missing(console: Console) -> None:
    wanted = [package for package in PACKAGES if not (SOUNDS / package).is_dir()]
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        wanted = []
    try:
        fetch(wanted, SOUNDS)
    except subprocess.CalledProcessError as error:
        console.log(f"apt-get couldn't fetch the recorded sounds: {error.stderr.strip()}")
    if absent := missing():
        console.log(f"Left out, since they aren't here: {', '.join(absent)}.")


def _table(everything: Sequence[Sound], rows: dict[str, Row]) -> Table:
    table = Table("kind", "seconds", *(f"words invented, {name}" for name in rows))
    for kind in dict.fromkeys(sound.kind for sound in everything):
        seconds = sum(sound.seconds for sound in everything if sound.kind == kind)
        counts = [str(each.words(kind)) for each in rows.values()]
        table.add_row(kind, f"{seconds:.0f}", *counts)
    seconds = sum(sound.seconds for sound in everything)
    table.add_row("all", f"{seconds:.0f}", *(str(each.words()) for each in rows.values()))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=get_args(Part), default="report")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, default=RESULTS.parent, help="folder for results")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
