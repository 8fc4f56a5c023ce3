"""Memory and time of the server for files of ten minutes to two hours.

    make speech-data && make bench-long-memory
    python -m benchmarks.long_memory --minutes 10 120 --language fr

Each length is uploaded as Opus to a server of its own, after one short file as a warm-up. The
language is detected. Memory is that of all processes of the server, twice a second, shared pages
counted once (PSS). A deployment's memory is that of its replicas and their children; the rest is
Ray's. The peaks of deployments may be at different times.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx2
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.inputs.paced_speech import long_speech
from benchmarks.inputs.workloads import short
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.measures.processes import PeakMemory, family, memory_mb
from benchmarks.systems.http_clients import FORM, PATH
from benchmarks.systems.server import ANY_LENGTH, running
from tests.audio.encoding import Encoding, encode

OPUS = Encoding("ogg", "ogg", "libopus", 16_000, codec_options={"b": "24000"})
REPLICA = re.compile(r"ray::ServeReplica:[^:]+:(\w+)")
RAY = "ray"


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of one file."""

    minutes: float
    upload_mb: float
    seconds: float
    rtfx: float
    before_mb: float
    """Memory of the server before the file."""
    peak_mb: float
    peaks_mb: dict[str, float]
    """Peak of each deployment."""


def measured(minutes: float, language: str) -> Row:
    """The row of a file of that length."""
    speech = long_speech(language, minutes)
    file, seconds = encode(speech.pcm, OPUS), speech.seconds
    del speech
    with running(None, **ANY_LENGTH) as url, httpx2.Client(base_url=url, timeout=None) as client:
        _ask(client, short(1, [language])[0].audio)
        before = sum(taken().values())
        began = time.perf_counter()
        with PeakMemory(taken) as memory:
            _ask(client, file)
        took = time.perf_counter() - began
    return Row(
        minutes=round(seconds / 60, 1),
        upload_mb=round(len(file) / 2**20, 1),
        seconds=round(took, 1),
        rtfx=round(seconds / took, 2),
        before_mb=round(before),
        peak_mb=round(memory.peak),
        peaks_mb={name: round(peak) for name, peak in sorted(memory.peaks.items())},
    )


def taken() -> dict[str, float]:
    """Memory of all children of this process, in MiB by deployment."""
    processes = family(os.getpid())[1:]
    owners = _owners(processes)
    groups: defaultdict[str, list[psutil.Process]] = defaultdict(list)
    for process in processes:
        groups[owners.get(process.pid, RAY)].append(process)
    return {name: memory_mb(group) for name, group in groups.items()}


def _owners(processes: Sequence[psutil.Process]) -> dict[int, str]:
    """Process id -> deployment, from the process's own name or its parent's. Parents come first in
    `processes`.
    """
    owners: dict[int, str] = {}
    for process in processes:
        try:
            command, parent = " ".join(process.cmdline()), process.ppid()
        except psutil.Error:
            continue
        if found := deployment_of(command) or owners.get(parent):
            owners[process.pid] = found
    return owners


def deployment_of(command: str) -> str | None:
    """The deployment of a replica, from its command line; None for other processes."""
    found = REPLICA.match(command)
    return found[1] if found else None


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    rows = []
    for minutes in arguments.minutes:
        rows.append(measured(minutes, arguments.language))
        console.log(str(rows[-1]))
    show(_table(rows))
    result = {
        **header("long_memory", argv),
        "language": arguments.language,
        "rows": [asdict(row) for row in rows],
    }
    record(result, arguments.output)
    return 0


def _ask(client: httpx2.Client, audio: bytes) -> None:
    client.post(PATH, files={"file": ("speech", audio)}, data=FORM).raise_for_status()


def _table(rows: Sequence[Row]) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row.peaks_mb))
    table = Table("minutes", "seconds", "RTFx", "before MiB", "peak MiB", *names)
    for row in rows:
        table.add_row(
            f"{row.minutes:g}",
            f"{row.seconds:g}",
            f"{row.rtfx:g}",
            f"{row.before_mb:g}",
            f"{row.peak_mb:g}",
            *(f"{row.peaks_mb[name]:g}" if name in row.peaks_mb else "-" for name in names),
        )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[10.0, 30.0, 60.0, 120.0])
    parser.add_argument("--language", default="en")
    parser.add_argument("--output", type=Path, default=RESULTS / "long-memory.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
