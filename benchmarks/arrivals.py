"""Under load: who is answered in time when requests come whether or not earlier ones are answered?

    make speech-data && make bench-arrivals
    python -m benchmarks.arrivals --shares 0.5 0.8 1 3 --seconds 60

Open loop: short files are sent at Poisson times, as much audio a second as a share of the capacity.
Latency counts from the time at which a request should have been sent. An answer is good when it
comes within 1 s + 0.3 times the file's length; goodput is the share of good ones, and their audio a
second as a share of the capacity. Who is refused should be told when to come back: 429 without
Retry-After counts as a failure.

The capacity is what the server does for people who are answered in time: in a closed loop of as
many clients (1, 2, 4, and so on) as get 99 in 100 good answers. More clients get more, in larger
batches, and wait longer. Their number is found once; what they get is measured right before each
share, since the machine's own speed changes.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

import httpx2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.systems.http_clients import closed_loop, send
from benchmarks.measures.outcome import header, record
from benchmarks.systems.server import running
from benchmarks.systems.system import Sound
from benchmarks.inputs.workloads import one_of_each, short

RESULTS = Path(__file__).parent / "results"
ENOUGH = 0.99
"""Good answers of a closed loop whose rate is the capacity."""
AT_ONCE_S, FOR_EACH_SECOND_S = 1.0, 0.3
"""What a good answer may take."""
NOT_SENT = 0
"""In place of a status where there was no answer at all."""
SEED = 1


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    latency_s: float
    audio_s: float
    says_when: bool = False
    """Whether it has a Retry-After."""

    @property
    def good(self) -> bool:
        allowed = AT_ONCE_S + FOR_EACH_SECOND_S * self.audio_s
        return self.status == 200 and self.latency_s <= allowed


@dataclass(frozen=True, slots=True)
class Row:
    share: float
    """Of the capacity, in audio sent."""
    capacity: float
    """Seconds of audio answered in one by a closed loop."""
    sent: int
    returned_tokens: int
    refused: int
    """429, with the time to come back."""
    failed: int
    goodput: float
    """Share of all that was sent."""
    goodput_of_capacity: float
    """Audio of good answers a second, as a share of the capacity."""
    p50_s: float | None
    p95_s: float | None
    """Latency of what was answered."""


def summary(share: float, replies: Sequence[Reply], seconds: float, capacity: float) -> Row:
    """Of what was sent in so many seconds."""
    latencies = sorted(reply.latency_s for reply in replies if reply.status == 200)
    refused = sum(reply.status == 429 and reply.says_when for reply in replies)
    good = [reply for reply in replies if reply.good]
    return Row(
        share=share,
        capacity=round(capacity, 2),
        sent=len(replies),
        returned_tokens=len(latencies),
        refused=refused,
        failed=len(replies) - len(latencies) - refused,
        goodput=round(len(good) / max(1, len(replies)), 3),
        goodput_of_capacity=round(sum(reply.audio_s for reply in good) / seconds / capacity, 3),
        p50_s=_percentile(latencies, 0.5),
        p95_s=_percentile(latencies, 0.95),
    )


def _percentile(ranked: Sequence[float], share: float) -> float | None:
    """By nearest rank."""
    return round(ranked[math.ceil(share * len(ranked)) - 1], 3) if ranked else None


def times(rate: float, seconds: float, chance: np.random.Generator) -> list[float]:
    """Of a Poisson process: seconds after the beginning, so many a second."""
    found = []
    at = float(chance.exponential(1 / rate))
    while at < seconds:
        found.append(at)
        at += float(chance.exponential(1 / rate))
    return found


async def at_rate(url: str, sounds: Sequence[Sound], rate: float, seconds: float) -> list[Reply]:
    """Replies to all that was sent at so many a second; returns when the last has come."""
    chance = np.random.default_rng(SEED)
    # As many connections as there are requests: people don't wait for each other's.
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(base_url=url, timeout=600, limits=limits) as client:
        began = time.perf_counter()
        sent = [
            asyncio.create_task(
                _sent(client, sounds[int(chance.integers(len(sounds)))], began + at)
            )
            for at in times(rate, seconds, chance)
        ]
        return list(await asyncio.gather(*sent))


async def _sent(client: httpx2.AsyncClient, sound: Sound, due: float) -> Reply:
    await asyncio.sleep(due - time.perf_counter())
    try:
        response = await send(client, sound)
    except httpx2.HTTPError:
        return Reply(NOT_SENT, time.perf_counter() - due, sound.seconds)
    return Reply(
        response.status_code,
        time.perf_counter() - due,
        sound.seconds,
        "retry-after" in response.headers,
    )


@dataclass(frozen=True, slots=True)
class Loop:
    """A closed one."""

    rate: float
    """Seconds of audio answered in one."""
    good: float
    """Share of the answers."""


async def closed(url: str, sounds: Sequence[Sound], clients: int) -> Loop:
    """Each client sends a file once its last one is answered."""

    async def ask(client: httpx2.AsyncClient, sound: Sound) -> Reply:
        return await _sent(client, sound, time.perf_counter())

    began = time.perf_counter()
    replies = await closed_loop(url, sounds, clients, ask)
    took = time.perf_counter() - began
    heard = sum(reply.audio_s for reply in replies if reply.status == 200)
    return Loop(heard / took, sum(reply.good for reply in replies) / len(replies))


def clients_in_time(loop: Callable[[int], Loop]) -> int:
    """The largest power of two of clients who are answered in time; 1 where nobody is."""
    clients = 1
    while loop(2 * clients).good >= ENOUGH:
        clients *= 2
    return clients


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    sounds = short(arguments.clips)
    some = sounds[: -(-len(sounds) // 3)]
    rows = []
    patience = {"base_s": AT_ONCE_S, "share": FOR_EACH_SECOND_S}
    with running(arguments.url, ingress={"patience": patience}) as url:
        asyncio.run(_wake(url, one_of_each(sounds)))
        clients = clients_in_time(lambda many: asyncio.run(closed(url, sounds, many)))
        console.log(f"{clients} clients are answered in time.")
        for share in arguments.shares:
            capacity = asyncio.run(closed(url, some, clients)).rate
            rate = share * capacity / mean(sound.seconds for sound in sounds)
            replies = asyncio.run(at_rate(url, sounds, rate, arguments.seconds))
            rows.append(summary(share, replies, arguments.seconds, capacity))
            console.log(str(rows[-1]))
    Console().print(_table(rows))
    result = {
        **header("arrivals", argv),
        "clients": clients,
        "seconds": arguments.seconds,
        "clip_seconds": round(mean(sound.seconds for sound in sounds), 2),
        "rows": [asdict(row) for row in rows],
    }
    record(result, arguments.output)
    return 0


async def _wake(url: str, sounds: Sequence[Sound]) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=600) as client:
        for sound in sounds:
            (await send(client, sound)).raise_for_status()


def _table(rows: Sequence[Row]) -> Table:
    table = Table(*(name.replace("_", " ") for name in Row.__dataclass_fields__))
    for row in rows:
        table.add_row(*("-" if value is None else str(value) for value in asdict(row).values()))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a server that runs already; otherwise one is started")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.5, 0.8, 1.0, 3.0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of sending, for each share")
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--output", type=Path, default=RESULTS / "arrivals.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
