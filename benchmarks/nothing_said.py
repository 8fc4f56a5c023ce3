"""Words that systems invent in twenty minutes without speech.

    make speech-data && make bench-nothing-said
    python -m benchmarks.nothing_said --part tuning --systems upload live

Each sound is a file of its own, without a language. "upload" is the upload pipeline in this process
and "live" a live session whose requests are answered before further audio comes, both with the
settings of the local config and its adapted weights. "faster-whisper" decodes Whisper base as
published, greedily, with its own VAD filter. Thresholds were chosen with the sounds of
`--part tuning`; none of those is in the report.
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

from rich.console import Console
from rich.table import Table

from benchmarks.inputs.paced_speech import PacedSpeech
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.measures.text import normalized
from benchmarks.systems.faster_whisper_systems import GREEDY, FasterWhisper
from benchmarks.systems.in_process import (
    EngineInProcess,
    LiveInProcess,
    LiveTranscript,
    local_settings,
)
from benchmarks.systems.system import ADAPTED_WEIGHTS, WEIGHTS, AudioFile
from preprocessing.fetch_speech import fetch
from preprocessing.nonspeech.catalogue import PACKAGES, SOUNDS, Part, Sound, missing, sounds
from sentivox.types import SAMPLE_RATE, SuppressionReason, Transcript
from training.machine import machine

UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff"
"""Thai, Japanese and Chinese."""
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
"""A letter in scripts without spaces between words, else letters up to the next space."""

MOST_LETTERS = 200
"""Most letters of an invented text in the result: a repetition loop fills pages."""
SYSTEMS = {"upload": ADAPTED_WEIGHTS, "live": ADAPTED_WEIGHTS, "faster-whisper": WEIGHTS}
"""The weights of each system, by its name."""
Transcribe = Callable[[Sound], "Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """The text of one sound."""

    text: str
    suppressed: tuple[SuppressionReason, ...] = ()
    """The reason of each suppressed text."""


@dataclass(frozen=True, slots=True)
class Invention:
    """A sound with invented words."""

    kind: str
    sound: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """The result of one system over all sounds."""

    inventions: tuple[Invention, ...]
    suppressed: Counter[str]
    """Reason -> number of suppressed texts."""

    def words(self, kind: str | None = None) -> int:
        """Number of invented words, in one kind of sound or in all."""
        return sum(words(each.text) for each in self.inventions if kind in (None, each.kind))


def words(text: str) -> int:
    """Number of words in any script."""
    return len(WORD.findall(normalized(text)))


def uploads(threads: int) -> Transcribe:
    """The upload pipeline."""
    engine = _engine(threads)

    def transcribe(sound: Sound) -> Result:
        [transcript] = engine.transcripts([PacedSpeech(sound.pcm, SAMPLE_RATE, ()).wav()])
        return _result(transcript)

    return transcribe


def live_sessions(threads: int) -> Transcribe:
    """A live session for each sound."""
    live = LiveInProcess(_engine(threads))
    return lambda sound: _result(live.transcribe(sound.pcm))


def faster_whisper(threads: int) -> Transcribe:
    """faster-whisper, greedy, with its VAD filter."""
    system = FasterWhisper(WEIGHTS, threads, vad_filter=True, **GREEDY)

    def transcribe(sound: Sound) -> Result:
        wav = PacedSpeech(sound.pcm, SAMPLE_RATE, ()).wav()
        [answer] = system.transcribe([AudioFile(wav, sound.seconds, "", "")])
        return Result(answer.text)

    return transcribe


def _engine(threads: int) -> EngineInProcess:
    return EngineInProcess(local_settings(threads), concurrent_files=1, sentiment=False)


def _result(transcript: Transcript | LiveTranscript) -> Result:
    return Result(transcript.text, tuple(each.reason for each in transcript.suppressed))


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    _fetch_missing(console)
    everything = sounds(arguments.part)
    rows: dict[str, Row] = {}
    for name, transcribe in _systems(arguments.systems, arguments.threads).items():
        rows[name] = row(everything, transcribe)
        for each in rows[name].inventions:
            console.log(f"{name}, {each.sound}: {each.text[:100]!r}")
    path = arguments.output / "nothing-said.json"
    found = {name: _values(name, each) for name, each in rows.items()}
    about = {
        "part": arguments.part,
        "minutes": round(sum(sound.seconds for sound in everything) / 60, 1),
        "sounds": len(everything),
        "missing": missing(),
        "machine": machine(),
    }
    systems = _earlier(path, about) | found
    show(_table(everything, rows))
    result = header("nothing_said", argv) | about | {"systems": systems}
    record(result, path if arguments.part == "report" else None)
    return 0


def row(everything: Sequence[Sound], transcribe: Transcribe) -> Row:
    """The row of one system."""
    inventions: list[Invention] = []
    suppressed: Counter[str] = Counter()
    for sound in everything:
        result = transcribe(sound)
        suppressed.update(result.suppressed)
        if words(result.text):
            inventions.append(Invention(sound.kind, sound.name, result.text))
    return Row(tuple(inventions), suppressed)


def _values(name: str, row: Row) -> dict[str, Any]:
    return {
        "weights": SYSTEMS[name],
        "invented_words": row.words(),
        "suppressed": dict(row.suppressed),
        "inventions": [
            {"kind": each.kind, "sound": each.sound, "text": each.text[:MOST_LETTERS]}
            for each in row.inventions
        ],
    }


def _earlier(path: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Systems that an earlier run measured with the same sounds on this machine."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text())
    return dict(found["systems"]) if {key: found[key] for key in about} == about else {}


def _systems(names: Sequence[str], threads: int) -> dict[str, Transcribe]:
    chosen: dict[str, Transcribe] = {}
    if "upload" in names:
        chosen["upload"] = uploads(threads)
    if "live" in names:
        chosen["live"] = live_sessions(threads)
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
    table = Table("kind", "seconds", *(f"invented words, {name}" for name in rows))
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
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for results")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
