"""RTFx of the whole graph over HTTP on one machine with a GPU.

    make speech-data && make bench-gpu
    python -m benchmarks.gpu_graph --shapes large-v3-turbo --replicas 1 4 --clients 192

Closed loop, against `serve_config.gpu.yaml` with several replicas of the recogniser. Weights are
random in the shape of a model, with a fixed number of tokens per window
(benchmarks/inputs/shaped_weights.py); the language detector has the shape of Whisper base, and the
other models are as shipped. Each file is 28 s of joined recordings as WAV. The language is given or
detected. A measurement begins once there are as many answers as clients, and ends before the last
ones, so that all clients have a request in progress all the time.
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
from benchmarks.inputs.paced_speech import long_speech, wav_file
from benchmarks.inputs.shaped_weights import BASE, SHAPES, write_weights
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.http_clients import FORM, PATH
from sentivox.types import SAMPLE_RATE
from tests.serving import configure, scale, serving, shipped

FILE_S = 28.0
WARM_UP_TIMEOUT_S = 120.0
"""Longest wait until there are as many answers as clients."""
PAUSE_S = 0.2
"""Seconds before a refused request is sent again."""
COLUMNS = ("replicas", "language", "RTFx", "files", "errors", "seconds in each stage")


async def rate(
    url: str, audio: bytes, form: dict[str, str], clients: int, least_s: float
) -> dict[str, Any]:
    """RTFx, errors and seconds in each stage, with clients that send the file again and again."""
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
            # The first answers arrive together, because the clients started together.
            if answered == clients:
                all_busy.set()

    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(base_url=url, timeout=None, limits=limits) as connection:
        tasks = [asyncio.create_task(be_client(connection)) for _ in range(clients)]
        async with asyncio.timeout(WARM_UP_TIMEOUT_S):
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
        "rtfx": round(files * FILE_S / took),
        "files": files,
        "errors": len(errors),
        "stage_seconds": {stage: round(mean(each), 3) for stage, each in waits.items()},
        "cores": {name: round(each / took, 2) for name, each in busy_s.items()},
    }


def rows(arguments: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    """The rows of all shapes and numbers of replicas."""
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
                for given in (True, False):
                    form = FORM | ({"language": "en"} if given else {})
                    measured = asyncio.run(
                        rate(server.url, audio, form, arguments.clients, arguments.seconds)
                    )
                    row = {"shape": name, "replicas": replicas, "language_given": given, **measured}
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
            "given" if row["language_given"] else "detected",
            str(row["rtfx"]),
            str(row["files"]),
            str(row["errors"]),
            ", ".join(f"{stage} {seconds:g}" for stage, seconds in row["stage_seconds"].items()),
        )
    show(table)
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
    parser.add_argument("--tokens", type=int, default=100, help="tokens of each window's text")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each measurement")
    parser.add_argument(
        "--output", type=Path, default=RESULTS / "gpu-graph.json", help="file for the result"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
