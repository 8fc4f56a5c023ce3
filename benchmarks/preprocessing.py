"""Preprocessing of recordings into shards: speed, memory, and equal shards after a kill.

    make speech-data
    python -m benchmarks.preprocessing --languages en es --times 1
    python -m benchmarks.preprocessing --times 4      # all ten languages, more than a hundred hours

Prepares Debian's recordings twice, with five kinds of augmented copies: once to the end, and once
killed with SIGKILL after half of that time and run again. Memory is that of the command and all its
children, twice a second, shared pages counted once (PSS).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from benchmarks.measures.processes import SAMPLE_SECONDS, family, memory_mb
from preprocessing.settings import KINDS
from training.machine import machine

TENTHS = 10


@dataclass(slots=True)
class Run:
    """Time and memory of one command."""

    seconds: float = 0.0
    memory_mb: list[float] = field(default_factory=list)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure preprocessing.")
    parser.add_argument("--languages", nargs="+", default=[])
    parser.add_argument("--times", type=int, default=1, help="copies of each of the five kinds")
    parser.add_argument("--clips-per-shard", type=int, default=128)
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        uninterrupted = run(_command(arguments, whole), None)
        run(_command(arguments, killed), uninterrupted.seconds / 2)
        resumed = run(_command(arguments, killed), None)
        manifest, again = (
            json.loads((out / "manifest.json").read_text()) for out in (whole, killed)
        )
    hours = sum(row["seconds"] for row in manifest["amounts"]) / 3600
    result = {
        "machine": machine(),
        "hours": round(hours, 2),
        "hours_of_recordings": round(
            sum(row["seconds"] for row in manifest["amounts"] if not row["copies"]) / 3600, 2
        ),
        "seconds": round(uninterrupted.seconds, 1),
        "hours_per_hour": round(hours / uninterrupted.seconds * 3600, 1),
        "memory_mb_by_tenths": tenths(uninterrupted.memory_mb),
        "resumed_seconds": round(resumed.seconds, 1),
        "shards": len(manifest["files"]),
        "same_shards_after_kill": manifest["files"] == again["files"],
    }
    for name, value in result.items():
        print(f"{name:24} {value}")
    print(json.dumps(result))
    return 0 if result["same_shards_after_kill"] else 1


def run(command: Sequence[str], kill_after_s: float | None) -> Run:
    """Runs the command to its end, or kills it and its children after `kill_after_s`."""
    measured, began = Run(), time.monotonic()
    process = subprocess.Popen(command, start_new_session=True)
    while process.poll() is None:
        measured.memory_mb.append(memory_mb(family(process.pid)))
        if kill_after_s is not None and time.monotonic() - began > kill_after_s:
            _kill(process.pid)
            process.wait()
            return measured
        time.sleep(SAMPLE_SECONDS)
    if process.returncode:
        raise SystemExit(process.returncode)
    measured.seconds = time.monotonic() - began
    return measured


def tenths(samples: Sequence[float]) -> list[int]:
    """The median of each tenth of the samples."""
    bounds = [len(samples) * tenth // TENTHS for tenth in range(TENTHS + 1)]
    parts = [samples[first:last] for first, last in pairwise(bounds) if last > first]
    return [round(statistics.median(part)) for part in parts]


def _command(arguments: argparse.Namespace, out: Path) -> list[str]:
    languages = ["--languages", *arguments.languages] if arguments.languages else []
    return [
        *(sys.executable, "-m", "preprocessing.prepare", "--source", "debian", *languages),
        *("--disjoint", "text", "--clips-per-shard", str(arguments.clips_per_shard)),
        *("--augment", *KINDS, "--times", str(arguments.times), "--out", str(out)),
    ]


def _kill(pid: int) -> None:
    for process in family(pid):
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    sys.exit(main())
