"""One machine with a GPU, asked over HTTP: how much audio a second the whole graph does.

    make speech-data && make bench-gpu
    python -m benchmarks.gpu_graph --shapes large-v3-turbo --replicas 1 4 --clients 192

Closed loop, against `serve_config.gpu.yaml` with so many replicas of the recogniser. Weights are
drawn at random in the shape of a model, and write as many tokens a window as is said
(`benchmarks.shaped_weights`); what isn't Whisper is as shipped, and languages are told by Whisper
base's shape. Files are real recordings, joined, 28 s of WAV each. "told" are requests that say
their language; the others leave it to the server. A row begins once there have been as many
answers as there are clients, and ends before the last ones: all clients wait all of the time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import httpx2
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.cores import cores, taken
from benchmarks.systems.http_clients import FORM, PATH
from benchmarks.measures.outcome import header, record
from benchmarks.inputs.paced_speech import long_speech, wav_file
from benchmarks.inputs.shaped_weights import BASE, SHAPES, write_weights
from sentivox.types import SAMPLE_RATE
from tests.serving import configure, scale, serving, shipped

RESULTS = Path(__file__).parent / "results" / "gpu-graph.json"
FILE_S = 28.0
MOST_S = 120.0
"""Until all clients have been answered once."""
PAUSE_S = 0.2
"""Before who was refused asks again."""
COLUMNS = ("replicas", "language", "audio s/s", "files", "errors", "seconds in each stage")


async def rate(
    url: str, audio: bytes, form: dict[str, str], clients: int, least_s: float
) -> dict[str, Any]:
    """Audio answered a second, by so many clients that each send the file again and again."""
    answered = 0
    errors: list[int] = []
    waits: defaultdict[str, list[float]] = defaultdict(list)
    all_busy = asyncio.Event()

    async def be_client(connection: httpx2.AsyncClient) -> None:
        nonlocal answered
        while True:
            response = await connection.post(PATH, files={"file": ("a.wav", audio)}, data=form)
            if response.status_code != 200:
                errors.append(response.status_code)
                await asyncio.sleep(PAUSE_S)
                continue
            answered += 1
            for stage, seconds in response.json()["timings"].items():
                waits[stage].append(seconds)
            # Clients that began together are answered together at first.
            if answered == clients:
                all_busy.set()

    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(base_url=url, timeout=None, limits=limits) as connection:
        tasks = [asyncio.create_task(be_client(connection)) for _ in range(clients)]
        async with asyncio.timeout(MOST_S):
            await all_busy.wait()
        waits.clear()
        began, before, busy = time.perf_counter(), answered, cores()
        await asyncio.sleep(least_s)
        took, files = time.perf_counter() - began, answered - before
        busy_s = taken(busy, cores())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "audio_seconds_per_second": round(files * FILE_S / took),
        "files": files,
        "errors": len(errors),
        "stage_seconds": {stage: round(mean(each), 3) for stage, each in waits.items()},
        "cores": {name: round(each / took, 2) for name, each in busy_s.items()},
    }


def rows(arguments: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    speech = long_speech("en", 1.0)
    audio = wav_file(speech.pcm[: round(FILE_S * SAMPLE_RATE)], SAMPLE_RATE)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        weights = {name: Path(folder) / name for name in {*arguments.shapes, BASE.name}}
        for name, place in weights.items():
            write_weights(place, SHAPES[name], arguments.tokens, torch.bfloat16)
        for name, replicas in product(arguments.shapes, arguments.replicas):
            config = shipped("serve_config.gpu.yaml")
            scale(config, "asr_multilingual", replicas)
            configure(config, "asr_multilingual", {"model": str(weights[name])})
            configure(config, "language_id", {"model": str(weights[BASE.name])})
            with serving(Path(folder), config) as server:
                for told in (True, False):
                    form = FORM | ({"language": "en"} if told else {})
                    measured = asyncio.run(
                        rate(server.url, audio, form, arguments.clients, arguments.seconds)
                    )
                    row = {"shape": name, "replicas": replicas, "language_told": told, **measured}
                    found.append(row)
                    console.log(row)
    return found


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    found = rows(arguments, Console(stderr=True))
    table = Table("shape", *COLUMNS)
    for row in found:
        table.add_row(
            row["shape"],
            str(row["replicas"]),
            "told" if row["language_told"] else "found out",
            str(row["audio_seconds_per_second"]),
            str(row["files"]),
            str(row["errors"]),
            ", ".join(f"{stage} {seconds:g}" for stage, seconds in row["stage_seconds"].items()),
        )
    Console().print(table)
    result = {
        **header("gpu_graph", argv),
        "card": torch.cuda.get_device_name(),
        "tokens": arguments.tokens,
        "clients": arguments.clients,
        "rows": found,
    }
    record(result, arguments.output)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shapes", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--replicas", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--clients", type=int, default=192)
    parser.add_argument("--tokens", type=int, default=100, help="that each window's text has")
    parser.add_argument("--seconds", type=float, default=8.0, help="that each row is measured for")
    parser.add_argument("--output", type=Path, default=RESULTS, help="file for the result")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
