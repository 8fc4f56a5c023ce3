"""A short file while a long one is heard: how much later does its answer come?

    make speech-data && make bench-short-beside-long
    python -m benchmarks.short_beside_long --clips 30 --minutes 10

Short files are sent one at a time, first to a server that has nothing else to do, then while it
hears a long file, which is sent again whenever it's answered. Each is waited for by itself, so the
long file takes what the short ones leave.
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
from rich.console import Console
from rich.table import Table

from benchmarks.systems.http_clients import FORM, PATH
from benchmarks.measures.outcome import header, record
from benchmarks.systems.server import ANY_LENGTH, running
from benchmarks.systems.system import Sound
from benchmarks.inputs.workloads import long, one_of_each, short

RESULTS = Path(__file__).parent / "results" / "short-beside-long.json"
AHEAD_S = 5.0
"""The long file is under way for so long before the first short one comes."""


def latencies(url: str, sounds: Sequence[Sound]) -> list[float]:
    """Seconds to each answer, one after the other."""
    found = []
    with httpx2.Client(base_url=url, timeout=600) as client:
        for sound in sounds:
            began = time.perf_counter()
            _ask(client, sound)
            found.append(time.perf_counter() - began)
    return found


@contextmanager
def heard_again_and_again(url: str, sound: Sound) -> Iterator[list[float]]:
    """The long file is heard meanwhile; its audio seconds per second, once for each time that it
    was answered.
    """
    rates: list[float] = []
    ended = threading.Event()

    def go_on() -> None:
        with httpx2.Client(base_url=url, timeout=None) as client:
            while not ended.is_set():
                began = time.perf_counter()
                _ask(client, sound)
                rates.append(sound.seconds / (time.perf_counter() - began))

    with ThreadPoolExecutor(1) as pool:
        going_on = pool.submit(go_on)
        time.sleep(AHEAD_S)
        try:
            yield rates
        finally:
            ended.set()
        going_on.result()


def summary(alone: Sequence[float], beside: Sequence[float]) -> dict[str, Any]:
    """Milliseconds; the last is the median over files."""
    differences = [late - early for early, late in zip(alone, beside, strict=True)]
    return {
        "alone_p50_ms": round(1000 * median(alone)),
        "alone_max_ms": round(1000 * max(alone)),
        "beside_p50_ms": round(1000 * median(beside)),
        "beside_max_ms": round(1000 * max(beside)),
        "later_p50_ms": round(1000 * median(differences)),
    }


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    sounds, lasting = short(arguments.clips), long(arguments.minutes, "en")
    with running(arguments.url, **ANY_LENGTH) as url:
        latencies(url, one_of_each(sounds))
        alone = latencies(url, sounds)
        with heard_again_and_again(url, lasting) as rates:
            beside = latencies(url, sounds)
    result = {
        **header("short_beside_long", argv),
        "files": len(sounds),
        "minutes": round(lasting.seconds / 60, 1),
        **summary(alone, beside),
        "long_audio_seconds_per_second": [round(rate, 2) for rate in rates],
    }
    Console().print(_table(result))
    record(result, arguments.output)
    return 0


def _ask(client: httpx2.Client, sound: Sound) -> None:
    client.post(PATH, files={"file": ("speech.wav", sound.audio)}, data=FORM).raise_for_status()


def _table(result: dict[str, Any]) -> Table:
    table = Table("what", "value")
    for name, value in result.items():
        table.add_row(name, str(value))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a server that runs already; otherwise one is started")
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the long file")
    parser.add_argument("--output", type=Path, default=RESULTS)
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
