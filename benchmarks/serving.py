"""How fast a running server answers: open loop, latency counted from the intended send time.

    make serve                       # in another terminal
    python -m benchmarks.serving --rates 0.5 1 --requests 40

Requests are sent at Poisson times whether or not earlier ones are answered. An answer is good when
it comes within 1 s + 0.3 times the recording's length; goodput is the share of good ones.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
from rich.console import Console
from rich.table import Table

from benchmarks.outcome import header, record
from tests.voices import spoken

SENTENCES = (
    "Please hold the line.",
    "The weather is lovely today, and I am very happy about it.",
    "I am sorry, but I have been waiting for an hour, and nobody has told me anything at all.",
    "Your order has been shipped and will arrive tomorrow morning between nine and eleven o'clock.",
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    latency_s: float
    audio_s: float

    @property
    def good(self) -> bool:
        return self.status == 200 and self.latency_s <= 1.0 + 0.3 * self.audio_s


async def send(client: httpx2.AsyncClient, audio: bytes, due: float) -> Answer:
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    response = await client.post(
        "/v1/audio/transcriptions",
        files={"file": ("speech.wav", audio)},
        data={"model": "auto", "response_format": "verbose_json"},
    )
    seconds = response.json().get("duration", 0.0)
    return Answer(response.status_code, time.perf_counter() - due, seconds)


async def run(url: str, rate: float, requests: int) -> list[Answer]:
    """Answers to `requests` requests sent at `rate` a second."""
    order = random.Random(1)  # noqa: S311
    async with httpx2.AsyncClient(base_url=url, timeout=600) as client:
        for sentence in SENTENCES:
            await send(client, spoken(sentence), time.perf_counter())
        due = time.perf_counter()
        tasks = []
        for _ in range(requests):
            due += order.expovariate(rate)
            audio = spoken(order.choice(SENTENCES))
            tasks.append(asyncio.create_task(send(client, audio, due)))
        return await asyncio.gather(*tasks)


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    table = Table("requests/s", "answered", "p50 s", "p95 s", "audio s/s", "goodput")
    rows = []
    for rate in arguments.rates:
        started = time.perf_counter()
        answers = asyncio.run(run(arguments.url, rate, arguments.requests))
        row = _summary(rate, answers, time.perf_counter() - started)
        rows.append(row)
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)
    result = {
        **header("serving", argv),
        "rows": rows,
    }
    record(result, arguments.output)
    return 0


def _summary(rate: float, answers: Sequence[Answer], elapsed_s: float) -> dict[str, float]:
    latencies = sorted(answer.latency_s for answer in answers)
    return {
        "rate": rate,
        "answered": sum(answer.status == 200 for answer in answers),
        "p50_s": round(statistics.median(latencies), 2),
        "p95_s": round(latencies[int(0.95 * (len(latencies) - 1))], 2),
        "audio_s_per_s": round(sum(answer.audio_s for answer in answers) / elapsed_s, 2),
        "goodput": round(sum(answer.good for answer in answers) / len(answers), 3),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.25, 0.5, 1.0])
    parser.add_argument("--requests", type=int, default=40, help="for each rate")
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).parent / "results" / "serving.json"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
