"""Engines and compute types beside each other: the same weights, recordings and cores.

    make speech-data && make bench-engines
    python -m benchmarks.engines --clips 40 --engines torch --compute-types bfloat16
    python -m benchmarks.engines --device cuda --threads 1

Each combination runs in a process of its own; its memory is the peak of that process. Windows are
cut beforehand and decoded in batches of eight, fallbacks included, with the language given. WER is
the mean over the languages. A combination that the machine can't run is listed with the reason.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from benchmarks.engines.rows import Row, clips_of_all_languages, row, run, store_windows
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.system import THREADS, WEIGHTS

ENGINES = ("ctranslate2", "cpu_int8", "torch")
COMPUTE_TYPES = ("float32", "bfloat16", "float16", "int8")
DEVICES = ("cpu", "cuda")
COLUMNS = ("WER", "RTFx", "load s", "memory MiB", "GPU MiB")


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    clips = clips_of_all_languages(arguments.clips)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        windows = Path(folder) / "windows.npz"
        counts = store_windows(clips, windows)
        for combination in product(arguments.engines, arguments.compute_types, arguments.device):
            answer = run(combination, windows, arguments.threads)
            rows.append(row(combination, answer, clips, counts))
            console.log(*combination, *_cells(rows[-1]), rows[-1].reason)
    show(_table(rows))
    result = {
        **header("engines", argv),
        "weights": WEIGHTS,
        "threads": arguments.threads,
        "clips": len(clips),
        "clip_seconds": round(mean(clip.seconds for clip in clips), 2),
        "rows": [asdict(each) for each in rows],
    }
    record(result, arguments.output)
    return 0


def _table(rows: Sequence[Row]) -> Table:
    table = Table("engine", "compute type", "device", *COLUMNS)
    for each in rows:
        table.add_row(each.engine, each.compute_type, each.device, *_cells(each))
    table.caption = "\n".join(
        f"{each.engine}, {each.compute_type}, {each.device}: {each.reason}"
        for each in rows
        if each.reason
    )
    return table


def _cells(each: Row) -> list[str]:
    if each.reason:
        return ["-"] * len(COLUMNS)
    return [
        f"{each.wer:.4f}",
        f"{each.rtfx:.2f}",
        f"{each.load_s:.1f}",
        str(each.memory_mib),
        str(each.gpu_memory_mib) if each.device == "cuda" else "-",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=100, help="over all ten languages")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--compute-types", nargs="+", default=list(COMPUTE_TYPES))
    parser.add_argument("--device", nargs="+", choices=DEVICES, default=list(DEVICES))
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--output", type=Path, default=RESULTS / "engines.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
