"""One machine with a GPU, asked over HTTP: how much audio a second the whole graph does.

    python -m benchmarks.gpu_graph
    python -m benchmarks.gpu_graph --shapes large-v3-turbo --replicas 1 4 --minutes 10 --clients 32

Closed loop, against `serve_config.gpu.yaml`, with so many replicas of the recogniser. Weights are
drawn at random in the shape of a model, and write as many tokens a window as is said
(`benchmarks.shaped_weights`); what isn't Whisper is as shipped. Files are real recordings, joined,
as Opus; "told" are requests that say their language, the others leave it to the server, which
listens with Whisper base's shape. Each row begins when the first files have been answered, and ends
before the last ones are, so that all clients wait all of the time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import httpx2
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.cores import cores, taken
from benchmarks.http_clients import FORM, PATH
from benchmarks.long_memory import OPUS
from benchmarks.outcome import header, record
from benchmarks.paced_speech import long_speech
from benchmarks.shaped_weights import BASE, SHAPES, write_weights
from tests.audio.encoding import encode
from tests.serving import configure, scale, serving, shipped

RESULTS = Path(__file__).parent / "results" / "gpu-graph.json"
COLUMNS = ("replicas", "minutes a file", "language", "audio s/s", "files", "errors")


async def rate(
    url: str, audio: bytes, seconds: float, form: dict[str, str], clients: int, least_s: float
) -> dict[str, Any]:
    """Audio answered a second, by so many clients that each send the file again and again."""
    answered: list[float] = []
    errors: list[int] = []
    all_busy = asyncio.Event()

    async def be_client(connection: httpx2.AsyncClient) -> None:
        while True:
            response = await connection.post(PATH, files={"file": ("a.ogg", audio)}, data=form)
            if response.status_code == 200:
                answered.append(time.perf_counter())
                # Clients that began together are answered together at first.
                if len(answered) == clients:
                    all_busy.set()
            else:
                errors.append(response.status_code)
                await asyncio.sleep(0.2)

    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(base_url=url, timeout=None, limits=limits) as connection:
        tasks = [asyncio.create_task(be_client(connection)) for _ in range(clients)]
        await all_busy.wait()
        began, before, busy = time.perf_counter(), len(answered), cores()
        await asyncio.sleep(least_s)
        took, files = time.perf_counter() - began, len(answered) - before
        busy_s = taken(busy, cores())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "audio_seconds_per_second": round(files * seconds / took),
        "files": files,
        "errors": len(errors),
        "cores": {name: round(each / took, 2) for name, each in busy_s.items()},
    }


def rows(arguments: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    files = {
        minutes: (encode(speech.pcm, OPUS), speech.seconds)
        for minutes in arguments.minutes
        for speech in [long_speech("en", minutes)]
    }
    found = []
    with tempfile.TemporaryDirectory() as folder:
        listens = Path(folder) / "listens"
        write_weights(listens, BASE, arguments.tokens, torch.bfloat16)
        for name, replicas in product(arguments.shapes, arguments.replicas):
            weights = Path(folder) / name
            if not weights.exists():
                write_weights(weights, SHAPES[name], arguments.tokens, torch.bfloat16)
            config = shipped("serve_config.gpu.yaml")
            scale(config, "asr_multilingual", replicas)
            configure(
                config, "asr_multilingual", {"model": str(weights), "max_batch_seconds": 1920}
            )
            configure(config, "language_id", {"model": str(listens)})
            with serving(Path(folder), config) as server:
                for minutes, told in product(files, (True, False)):
                    form = FORM | ({"language": "en"} if told else {})
                    audio, seconds = files[minutes]
                    measured = asyncio.run(
                        rate(server.url, audio, seconds, form, arguments.clients, arguments.seconds)
                    )
                    found.append(
                        {
                            "shape": name,
                            "replicas": replicas,
                            "minutes": minutes,
                            "language_told": told,
                            **measured,
                        }
                    )
                    console.log(found[-1])
    return found


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    found = rows(arguments, Console(stderr=True))
    table = Table("shape", *COLUMNS)
    for row in found:
        table.add_row(
            row["shape"],
            str(row["replicas"]),
            f"{row['minutes']:g}",
            "told" if row["language_told"] else "found out",
            str(row["audio_seconds_per_second"]),
            str(row["files"]),
            str(row["errors"]),
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
    parser.add_argument("--minutes", nargs="+", type=float, default=[0.5, 10.0])
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=100, help="that each window's text has")
    parser.add_argument("--seconds", type=float, default=8.0, help="that each row is measured for")
    parser.add_argument("--output", type=Path, default=RESULTS, help="file for the result")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
