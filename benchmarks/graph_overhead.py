"""What the graph costs somebody who is alone: the server against its own engine, file by file.

    make speech-data && make bench-graph-overhead
    python -m benchmarks.graph_overhead --clips 50 --url http://127.0.0.1:8000

One request at a time, over one connection. Each file goes to the server and to the engine in this
process, which has the same settings, in turn first to one and first to the other. The rest of a
request, besides its stages, is HTTP, the ingress and the way between; what HTTP alone takes, a
request for /health tells. The picture is of the means.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from benchmarks.http_clients import FORM, PATH
from benchmarks.in_process import EngineInProcess
from benchmarks.outcome import header, record
from benchmarks.request_picture import drawn
from benchmarks.server import running
from benchmarks.system import Sound
from benchmarks.workloads import one_of_each, short

RESULTS = Path(__file__).parent / "results" / "graph-overhead.json"
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "request-time.svg"


@dataclass(slots=True)
class Latencies:
    """Seconds, one for each file."""

    server: list[float] = field(default_factory=list)
    engine: list[float] = field(default_factory=list)
    stages: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Of all files together, what the server says it waited for each stage."""
    alone: dict[str, float] = field(default_factory=dict)
    """The same of the engine."""
    door: list[float] = field(default_factory=list)
    """Of a request that asks nothing of any stage."""


def measure(client: httpx2.Client, engine: EngineInProcess, sounds: Sequence[Sound]) -> Latencies:
    found = Latencies()
    engine.seconds.clear()

    def by_server(sound: Sound) -> None:
        answer, seconds = _timed(lambda: _ask(client, sound))
        found.server.append(seconds)
        for stage, waited in answer["timings"].items():
            found.stages[stage] += waited

    def by_engine(sound: Sound) -> None:
        found.engine.append(_timed(lambda: engine.hear([sound]))[1])

    for number, sound in enumerate(sounds):
        for hear in (by_server, by_engine) if number % 2 else (by_engine, by_server):
            hear(sound)
        found.door.append(_timed(lambda: client.get("/health"))[1])
    found.alone = dict(engine.seconds)
    return found


def summary(found: Latencies) -> dict[str, Any]:
    """Milliseconds: medians, and means by stage."""
    per_file = 1000 / len(found.server)
    stages = {stage: waited * per_file for stage, waited in found.stages.items()}
    stages["rest"] = sum(found.server) * per_file - sum(stages.values())
    differences = [s - e for s, e in zip(found.server, found.engine, strict=True)]
    return {
        "server_p50_ms": round(1000 * median(found.server), 1),
        "engine_p50_ms": round(1000 * median(found.engine), 1),
        "difference_p50_ms": round(1000 * median(differences), 1),
        "ratio_p50": round(
            median(s / e for s, e in zip(found.server, found.engine, strict=True)), 3
        ),
        "health_p50_ms": round(1000 * median(found.door), 1) if found.door else None,
        "stages_ms": {stage: round(mean, 1) for stage, mean in stages.items()},
        "engine_ms": {stage: round(took * per_file, 1) for stage, took in found.alone.items()},
    }


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    sounds = short(arguments.clips)
    engine = EngineInProcess(concurrent_files=1)
    with running(arguments.url) as url, httpx2.Client(base_url=url, timeout=600) as client:
        measure(client, engine, one_of_each(sounds))
        result = summary(measure(client, engine, sounds))
    Console().print(_table(result))
    arguments.picture.write_text(drawn(result["stages_ms"], result["engine_ms"]), "utf-8")
    record({**header("graph_overhead", argv), "files": len(sounds), **result}, arguments.output)
    return 0


def _ask(client: httpx2.Client, sound: Sound) -> dict[str, Any]:
    response = client.post(PATH, files={"file": ("speech.wav", sound.audio)}, data=FORM)
    return dict(response.raise_for_status().json())


def _timed(do: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = do()
    return answer, time.perf_counter() - began


def _table(result: dict[str, Any]) -> Table:
    table = Table("what", "server", "engine")
    for name, value in result.items():
        if not isinstance(value, dict):
            table.add_row(name, str(value))
    for stage, mean in result["stages_ms"].items():
        table.add_row(f"  {stage}, ms", str(mean), str(result["engine_ms"].get(stage, "")))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a server that runs already; otherwise one is started")
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
