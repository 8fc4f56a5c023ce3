"""Processor time of each process of the server, at rest and under load.

    make speech-data
    python -m benchmarks.cores --clips 120 --clients 32

Short files in a closed loop. Milliseconds of processor time per second at rest, and per file under
load. The clients share the cores, so their time is listed too.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

from benchmarks.inputs.workloads import one_of_each, short
from benchmarks.long_memory import deployment_of
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.measures.processes import family
from benchmarks.systems.http_clients import ask_sentivox, closed_loop
from benchmarks.systems.server import running

PARTS = {
    "ProxyActor": "proxy",
    "ServeController": "controller",
    "audio.decoding.worker": "audio_decoder",
    "raylet/raylet": "raylet",
    "gcs_server": "gcs",
    "dashboard": "dashboard",
    "DashboardAgent": "dashboard",
    "log_monitor": "log monitor",
}
"""Part of a command line -> the name of the process."""
CLIENTS = "clients"
OTHERS = "others"


def owner(command: str) -> str:
    """The deployment or part of the server that a process belongs to."""
    named = (part for sign, part in PARTS.items() if sign in command)
    return deployment_of(command) or next(named, OTHERS)


def cores() -> dict[int, tuple[str, float]]:
    """Process id -> its owner and its processor time so far, in seconds."""
    found = {}
    for process in family(os.getpid()):
        try:
            times, command = process.cpu_times(), " ".join(process.cmdline())
        except psutil.Error:
            continue
        name = CLIENTS if process.pid == os.getpid() else owner(command)
        found[process.pid] = (name, times.user + times.system)
    return found


def taken(
    before: Mapping[int, tuple[str, float]], after: Mapping[int, tuple[str, float]]
) -> dict[str, float]:
    """Processor time between two calls of `cores`, in seconds by owner, largest first."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for pid, (name, so_far) in after.items():
        seconds[name] += so_far - before.get(pid, (name, 0.0))[1]
    return dict(sorted(seconds.items(), key=lambda each: -each[1]))


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    files = short(arguments.clips)
    with running(None) as url:

        def load() -> float:
            began = time.perf_counter()
            asyncio.run(closed_loop(url, files, arguments.clients, ask_sentivox))
            return time.perf_counter() - began

        asyncio.run(closed_loop(url, one_of_each(files), 1, ask_sentivox))
        load()
        at_rest = cores()
        time.sleep(arguments.rest)
        before = cores()
        seconds = load()
        after = cores()
    busy = taken(before, after)
    result = {
        **header("cores", argv),
        "files": len(files),
        "clients": arguments.clients,
        "rtfx": round(sum(file.seconds for file in files) / seconds, 2),
        "cores_busy": round(sum(busy.values()) / seconds, 2),
        "at_rest_ms_per_second": _scaled(taken(at_rest, before), 1000 / arguments.rest),
        "under_load_ms_per_file": _scaled(busy, 1000 / len(files)),
    }
    show(_table(result))
    record(result, arguments.output)
    return 0


def _scaled(seconds: Mapping[str, float], factor: float) -> dict[str, float]:
    return {name: round(taken * factor, 1) for name, taken in seconds.items()}


def _table(result: dict[str, Any]) -> Table:
    table = Table("process", "ms per second at rest", "ms per file under load")
    rest, load = result["at_rest_ms_per_second"], result["under_load_ms_per_file"]
    for name, milliseconds in load.items():
        table.add_row(name, str(rest.get(name, "-")), str(milliseconds))
    table.add_row("all", f"{sum(rest.values()):.1f}", f"{sum(load.values()):.1f}")
    table.caption = f"RTFx {result['rtfx']}, {result['cores_busy']} cores busy"
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=120)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rest", type=float, default=20.0, help="seconds")
    parser.add_argument("--output", type=Path, default=RESULTS / "cores.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
