"""Goodput under load: requests arrive at random, whether or not earlier ones are complete.

    make speech-data && make bench-arrivals
    python -m benchmarks.arrivals --shares 0.5 0.8 1 3 --seconds 60

Open loop: short files are sent at the times of a Poisson process, with a share of the capacity in
audio seconds per second. Latency counts from the time at which a request was to be sent. Goodput is
completions within 1 s + 0.3 x the file's duration: as a share of all requests, and in audio seconds
as a share of the capacity. A refusal is 429 with Retry-After; 429 without it counts as a failure.

The server runs with the shipped local config, admission control included: its objective
(`admission_slo`) admits requests for longer than goodput allows. `--slo 1 0.3` measures admission
by the bound of goodput, and `--slo none` without admission control.

The capacity is the throughput of a closed loop in which 99 of 100 answers are good, with 1, 2, 4
and so on clients. More clients would get a higher throughput, in larger batches, and longer
latencies. Their number is found once. Their throughput is measured right before each share, because
the speed of the machine changes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import httpx2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.inputs.workloads import one_of_each, short
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.measures.percentiles import percentile
from benchmarks.systems.http_clients import closed_loop, send
from benchmarks.systems.local_config import ingress
from benchmarks.systems.server import running
from benchmarks.systems.system import ADAPTED_WEIGHTS, AudioFile

GOOD_SHARE = 0.99
"""Share of good answers of a closed loop whose throughput is the capacity."""
GOODPUT_BASE_S, GOODPUT_PER_AUDIO_SECOND = 1.0, 0.3
"""Longest latency of a good answer: seconds for any file, and for each second of audio."""
NO_RESPONSE = 0
"""The status of a request without any response."""
SEED = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """The response to one request."""

    status: int
    latency_s: float
    audio_s: float
    has_retry_after: bool = False

    @property
    def good(self) -> bool:
        """Whether the request completed within the bound of goodput."""
        allowed = GOODPUT_BASE_S + GOODPUT_PER_AUDIO_SECOND * self.audio_s
        return self.status == 200 and self.latency_s <= allowed


@dataclass(frozen=True, slots=True)
class Row:
    """The measures at one rate of requests."""

    share: float
    """Audio sent per second, as a share of the capacity."""
    capacity_rtfx: float
    sent: int
    completed: int
    refused: int
    """429 with Retry-After."""
    failed: int
    goodput: float
    """Good answers as a share of all requests."""
    goodput_of_capacity: float
    """Audio seconds per second of good answers, as a share of the capacity."""
    p50_s: float | None
    """Latency of completed requests."""
    p95_s: float | None


def summary(share: float, replies: Sequence[Reply], seconds: float, capacity: float) -> Row:
    """The row of the replies to the requests of `seconds`."""
    latencies = sorted(reply.latency_s for reply in replies if reply.status == 200)
    refused = sum(reply.status == 429 and reply.has_retry_after for reply in replies)
    good = [reply for reply in replies if reply.good]
    return Row(
        share=share,
        capacity_rtfx=round(capacity, 2),
        sent=len(replies),
        completed=len(latencies),
        refused=refused,
        failed=len(replies) - len(latencies) - refused,
        goodput=round(len(good) / max(1, len(replies)), 3),
        goodput_of_capacity=round(sum(reply.audio_s for reply in good) / seconds / capacity, 3),
        p50_s=percentile(latencies, 0.5),
        p95_s=percentile(latencies, 0.95),
    )


def times(rate: float, seconds: float, chance: np.random.Generator) -> list[float]:
    """The times of a Poisson process of `rate` per second, in seconds from its beginning."""
    found = []
    at = float(chance.exponential(1 / rate))
    while at < seconds:
        found.append(at)
        at += float(chance.exponential(1 / rate))
    return found


async def at_rate(url: str, files: Sequence[AudioFile], rate: float, seconds: float) -> list[Reply]:
    """The replies to files sent at `rate` per second, once all are complete."""
    chance = np.random.default_rng(SEED)
    # Clients are independent: each request has a connection of its own.
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(base_url=url, timeout=600, limits=limits) as client:
        began = time.perf_counter()
        sent = [
            asyncio.create_task(_sent(client, files[int(chance.integers(len(files)))], began + at))
            for at in times(rate, seconds, chance)
        ]
        return list(await asyncio.gather(*sent))


async def _sent(client: httpx2.AsyncClient, file: AudioFile, due: float) -> Reply:
    await asyncio.sleep(due - time.perf_counter())
    try:
        response = await send(client, file)
    except httpx2.HTTPError:
        return Reply(NO_RESPONSE, time.perf_counter() - due, file.seconds)
    return Reply(
        response.status_code,
        time.perf_counter() - due,
        file.seconds,
        "retry-after" in response.headers,
    )


@dataclass(frozen=True, slots=True)
class Loop:
    """The measures of a closed loop."""

    rtfx: float
    good: float
    """Share of good answers."""


async def closed(url: str, files: Sequence[AudioFile], clients: int) -> Loop:
    """Each client sends its next file once its last one is complete."""

    async def ask(client: httpx2.AsyncClient, file: AudioFile) -> Reply:
        return await _sent(client, file, time.perf_counter())

    began = time.perf_counter()
    replies = await closed_loop(url, files, clients, ask)
    took = time.perf_counter() - began
    completed_s = sum(reply.audio_s for reply in replies if reply.status == 200)
    return Loop(completed_s / took, sum(reply.good for reply in replies) / len(replies))


def clients_with_good_answers(loop: Callable[[int], Loop]) -> int:
    """The largest power of two of clients that get good answers; at least 1."""
    clients = 1
    while loop(2 * clients).good >= GOOD_SHARE:
        clients *= 2
    return clients


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    files = short(arguments.clips)
    some = files[: -(-len(files) // 3)]
    rows = []
    with running(arguments.url, **slo_settings(arguments.slo)) as url:
        asyncio.run(_warm_up(url, one_of_each(files)))
        clients = clients_with_good_answers(lambda many: asyncio.run(closed(url, files, many)))
        console.log(f"{clients} clients get good answers.")
        for share in arguments.shares:
            capacity = asyncio.run(closed(url, some, clients)).rtfx
            rate = share * capacity / mean(file.seconds for file in files)
            replies = asyncio.run(at_rate(url, files, rate, arguments.seconds))
            rows.append(summary(share, replies, arguments.seconds, capacity))
            console.log(str(rows[-1]))
    show(_table(rows))
    result = {
        **header("arrivals", argv),
        "weights": ADAPTED_WEIGHTS,
        "admission_slo": _slo(arguments),
        "clients": clients,
        "seconds": arguments.seconds,
        "clip_seconds": round(mean(file.seconds for file in files), 2),
        "rows": [asdict(row) for row in rows],
    }
    record(result, arguments.output)
    return 0


def slo_settings(slo: Sequence[str] | None) -> dict[str, Mapping[str, object]]:
    """Settings of the server that differ from the local config."""
    if slo is None:
        return {}
    if slo == ["none"]:
        return {"ingress": {"admission_slo": None}}
    base_s, per_audio_second = map(float, slo)
    return {"ingress": {"admission_slo": {"base_s": base_s, "per_audio_second": per_audio_second}}}


def _slo(arguments: argparse.Namespace) -> Any:
    """The objective that was measured; None for a server that was running already."""
    if arguments.url:
        return None
    changed = slo_settings(arguments.slo)
    shipped = ingress().admission_slo
    return changed["ingress"]["admission_slo"] if changed else shipped and shipped.model_dump()


async def _warm_up(url: str, files: Sequence[AudioFile]) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=600) as client:
        for file in files:
            (await send(client, file)).raise_for_status()


def _table(rows: Sequence[Row]) -> Table:
    table = Table(*(name.replace("_", " ") for name in Row.__dataclass_fields__))
    for row in rows:
        table.add_row(*("-" if value is None else str(value) for value in asdict(row).values()))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a server that runs already; otherwise one is started")
    parser.add_argument(
        "--slo",
        nargs="+",
        metavar=("BASE_S", "PER_AUDIO_SECOND"),
        help="objective of admission control, or none; by default the shipped one",
    )
    parser.add_argument("--shares", type=float, nargs="+", default=[0.5, 0.8, 1.0, 3.0])
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each share")
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--output", type=Path, default=RESULTS / "arrivals.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
