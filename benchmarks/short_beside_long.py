"""Latency of short files while a long file is transcribed.

    make speech-data && make bench-short-beside-long
    python -m benchmarks.short_beside_long --clips 30 --minutes 10

Short files are sent one at a time, first to an idle server, then while it transcribes a long file,
which is sent again whenever it is complete.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
from rich.table import Table

from benchmarks.inputs.workloads import long, one_of_each, short
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.http_clients import FORM, PATH
from benchmarks.systems.server import ANY_LENGTH, running
from benchmarks.systems.system import AudioFile

AHEAD_S = 5.0
"""Seconds from the start of the long file to the first short one."""


def latencies(url: str, files: Sequence[AudioFile]) -> list[float]:
    """Latency of each file in seconds, sent one after the other."""
    found = []
    with httpx2.Client(base_url=url, timeout=600) as client:
        for file in files:
            began = time.perf_counter()
            _ask(client, file)
            found.append(time.perf_counter() - began)
    return found


@contextmanager
def repeatedly_sent(url: str, file: AudioFile) -> Iterator[list[float]]:
    """Sends the file again and again meanwhile; the RTFx of each time."""
    rates: list[float] = []
    ended = threading.Event()

    def send() -> None:
        with httpx2.Client(base_url=url, timeout=None) as client:
            while not ended.is_set():
                began = time.perf_counter()
                _ask(client, file)
                rates.append(file.seconds / (time.perf_counter() - began))

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        time.sleep(AHEAD_S)
        try:
            yield rates
        finally:
            ended.set()
        sending.result()


def summary(alone: Sequence[float], beside: Sequence[float]) -> dict[str, Any]:
    """Latencies in milliseconds; `added_p50_ms` is the median of the differences by file."""
    differences = [late - early for early, late in zip(alone, beside, strict=True)]
    return {
        "alone_p50_ms": round(1000 * median(alone)),
        "alone_max_ms": round(1000 * max(alone)),
        "beside_p50_ms": round(1000 * median(beside)),
        "beside_max_ms": round(1000 * max(beside)),
        "added_p50_ms": round(1000 * median(differences)),
    }


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    files, lasting = short(arguments.clips), long(arguments.minutes, "en")
    with running(arguments.url, **ANY_LENGTH) as url:
        latencies(url, one_of_each(files))
        alone = latencies(url, files)
        with repeatedly_sent(url, lasting) as rates:
            beside = latencies(url, files)
    result = {
        **header("short_beside_long", argv),
        "files": len(files),
        "minutes": round(lasting.seconds / 60, 1),
        **summary(alone, beside),
        "long_file_rtfx": [round(rate, 2) for rate in rates],
    }
    show(_table(result))
    record(result, arguments.output)
    return 0


def _ask(client: httpx2.Client, file: AudioFile) -> None:
    client.post(PATH, files={"file": ("speech.wav", file.audio)}, data=FORM).raise_for_status()


def _table(result: dict[str, Any]) -> Table:
    table = Table("measure", "value")
    for name, value in result.items():
        table.add_row(name, str(value))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a server that runs already; otherwise one is started")
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the long file")
    parser.add_argument("--output", type=Path, default=RESULTS / "short-beside-long.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
