"""Engines and precisions beside each other: the same weights, recordings, cores.

    make speech-data && make bench-engines
    python -m benchmarks.engines --clips 40 --engines transformers_whisper --precisions bfloat16
    python -m benchmarks.engines --device cuda --threads 1

Each combination has a process of its own, whose greatest size is its memory. Windows are cut
beforehand, and heard eight at a time in the way of an upload, fallbacks included, with the language
given. Word error rate is the mean of the languages'. What a machine can't run is listed with the
reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import jiwer
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import LANGUAGES, normalized
from benchmarks.one_engine import write_windows
from benchmarks.outcome import header, record
from benchmarks.system import WEIGHTS
from preprocessing.speech_data import Recording, recordings
from sentivox.audio.clip_reader import ClipReader
from sentivox.settings import AudioDecoderSettings
from sentivox.types import SpeechDetection

RESULTS = Path(__file__).parent / "results" / "engines.json"
ENGINES = ("ctranslate2", "torch")
PRECISIONS = ("float32", "bfloat16", "float16", "int8")
DEVICES = ("cpu", "cuda")
COLUMNS = ("WER", "audio s per s", "load s", "memory MiB", "GPU MiB")


@dataclass(frozen=True, slots=True)
class Row:
    engine: str
    precision: str
    device: str
    reason: str = ""
    """Why it can't be run; everything after this is then 0."""
    wer: float = 0.0
    languages: dict[str, float] = field(default_factory=dict)
    """Word error rate of each."""
    audio_seconds_per_second: float = 0.0
    load_s: float = 0.0
    memory_mib: int = 0
    gpu_memory_mib: int = 0


def chosen(clips: int) -> list[Recording]:
    """So many recordings, as many of each language, give or take one."""
    each, more = divmod(clips, len(LANGUAGES))
    return [
        clip
        for number, code in enumerate(LANGUAGES)
        for clip in recordings(code, base_s=2.0, most=each + (number < more))
    ]


def cut(clips: Sequence[Recording], file: Path) -> list[int]:
    """Writes the windows of all clips, and returns how many each clip has."""
    reader = ClipReader(AudioDecoderSettings(processes=1))
    windows = [
        reader.read(clip.path.read_bytes(), SpeechDetection(), clip.container).windows
        for clip in clips
    ]
    languages = [clip.language for clip, own in zip(clips, windows, strict=True) for _ in own]
    write_windows(file, [window for own in windows for window in own], languages)
    return [len(own) for own in windows]


def score(
    clips: Sequence[Recording], counts: Sequence[int], texts: Sequence[str]
) -> dict[str, float]:
    """Word error rate of each language; `counts` of the texts belong to each clip."""
    rest = iter(texts)
    heard = [" ".join(next(rest) for _ in range(count)) for count in counts]
    rates = {}
    for language in dict.fromkeys(clip.language for clip in clips):
        pairs = [
            (normalized(clip.transcript), normalized(text))
            for clip, text in zip(clips, heard, strict=True)
            if clip.language == language
        ]
        references, answers = map(list, zip(*pairs, strict=True))
        rates[language] = round(float(jiwer.wer(references, answers)), 4)
    return rates


def run(combination: tuple[str, str, str], windows: Path, threads: int) -> dict[str, Any]:
    """What `benchmarks.one_engine` says of an engine, a precision and a device."""
    engine, precision, device = combination
    settings = {
        "engine": engine,
        "compute_type": precision,
        "device": device,
        "model": WEIGHTS,
        "threads": threads,
    }
    command = [sys.executable, "-m", "benchmarks.one_engine", str(windows), json.dumps(settings)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return {"reason": f"It ended with code {done.returncode}; its words are above."}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def row(
    combination: tuple[str, str, str],
    answer: dict[str, Any],
    clips: Sequence[Recording],
    counts: Sequence[int],
) -> Row:
    if "reason" in answer:
        return Row(*combination, reason=answer["reason"])
    rates = score(clips, counts, answer["texts"])
    return Row(
        *combination,
        wer=round(mean(rates.values()), 4),
        languages=rates,
        audio_seconds_per_second=round(sum(c.seconds for c in clips) / answer["seconds"], 2),
        load_s=answer["load_s"],
        memory_mib=answer["memory_mib"],
        gpu_memory_mib=answer["gpu_memory_mib"],
    )


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    clips = chosen(arguments.clips)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        windows = Path(folder) / "windows.npz"
        counts = cut(clips, windows)
        for combination in product(arguments.engines, arguments.precisions, arguments.device):
            rows.append(
                row(combination, run(combination, windows, arguments.threads), clips, counts)
            )
            console.log(*combination, *_cells(rows[-1]), rows[-1].reason)
    Console().print(_table(rows))
    result = {
        **header("engines", argv),
        "model": WEIGHTS,
        "threads": arguments.threads,
        "clips": len(clips),
        "clip_seconds": round(mean(clip.seconds for clip in clips), 2),
        "rows": [asdict(each) for each in rows],
    }
    record(result, arguments.output)
    return 0


def _table(rows: Sequence[Row]) -> Table:
    table = Table("engine", "precision", "device", *COLUMNS)
    for each in rows:
        table.add_row(each.engine, each.precision, each.device, *_cells(each))
    table.caption = "\n".join(
        f"{each.engine}, {each.precision}, {each.device}: {each.reason}"
        for each in rows
        if each.reason
    )
    return table


def _cells(each: Row) -> list[str]:
    if each.reason:
        return ["-"] * len(COLUMNS)
    return [
        f"{each.wer:.4f}",
        f"{each.audio_seconds_per_second:.2f}",
        f"{each.load_s:.1f}",
        str(each.memory_mib),
        str(each.gpu_memory_mib) if each.device == "cuda" else "-",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=100, help="over all ten languages")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS))
    parser.add_argument("--device", nargs="+", choices=DEVICES, default=list(DEVICES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path, default=RESULTS, help="file for the results")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
