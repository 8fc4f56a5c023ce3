"""Whether the same file and the same live speech have the same answer at any load.

    make speech-data && make bench-same-answers
    python -m benchmarks.correctness.same_answers --files 60 --clients 1 4 16 32 --streams 6

Uploads: short and medium files in random order, sent by so many clients at a time, with a new
server each time. An answer is the whole `verbose_json` with words but without `timings`, its
numbers to three digits; it is compared with that of the first clients. A refused request is sent
again after Retry-After.

Live: streams of several recordings, one after the other and then all at the same time. The text of
each turn is compared.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from benchmarks.inputs.paced_speech import PacedSpeech, paced_speech
from benchmarks.inputs.workloads import in_turn, medium, reported, short
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.http_clients import PATH, closed_loop
from benchmarks.systems.live_systems import Sentivox, Stream
from benchmarks.systems.server import running
from benchmarks.systems.system import AudioFile
from preprocessing.speech_data import languages

FORM = {
    "response_format": "verbose_json",
    "timestamp_granularities[]": ["word", "segment"],
}
DIGITS = 3
STREAM_CLIPS = 8
"""Recordings of a live stream."""
SEED = 1


@dataclass(frozen=True, slots=True)
class Row:
    """The answers at one load, beside those at the first."""

    clients: int
    answers: int
    refused: int
    """Requests that were refused and sent again."""
    other_words: int
    other_numbers: int
    """Answers with the same words, and any other number or label."""


@dataclass(frozen=True, slots=True)
class LiveRow:
    """Live streams by themselves and at the same time."""

    streams: int
    turns: int
    other_turns: int
    """Turns of all streams together whose text no turn of the stream by itself has."""


class Uploads:
    """Sends files and counts the refusals."""

    def __init__(self) -> None:
        self.refused = 0

    async def ask(self, connection: httpx2.AsyncClient, file: AudioFile) -> Any:
        """The answer to one file."""
        while True:
            files = {"file": ("speech.wav", file.audio)}
            response = await connection.post(PATH, files=files, data=FORM)
            if response.status_code not in (429, 503):
                answer = response.raise_for_status().json()
                del answer["timings"]
                return rounded(answer)
            self.refused += 1
            await asyncio.sleep(float(response.headers["retry-after"]))


def rounded(answer: Any) -> Any:
    """An answer with its numbers to DIGITS digits after the point."""
    if isinstance(answer, dict):
        return {key: rounded(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [rounded(each) for each in answer]
    return round(answer, DIGITS) if isinstance(answer, float) else answer


def compared(first: Sequence[Any], answers: Sequence[Any], clients: int, refused: int) -> Row:
    """The row of one load."""
    pairs = list(zip(first, answers, strict=True))
    words = sum(one["text"] != other["text"] for one, other in pairs)
    return Row(clients, len(pairs), refused, words, sum(a != b for a, b in pairs) - words)


def uploads(files: Sequence[AudioFile], loads: Sequence[int], console: Console) -> list[Row]:
    """A row for each number of clients."""
    chance = random.Random(SEED)  # noqa: S311 - an order
    first: list[Any] = []
    rows = []
    for clients in loads:
        order = chance.sample(range(len(files)), len(files))
        asking = Uploads()
        with running(None) as url:
            sent = [files[place] for place in order]
            found = asyncio.run(closed_loop(url, sent, clients, asking.ask))
        answers = [answer for _, answer in sorted(zip(order, found, strict=True), key=_place)]
        first = first or answers
        rows.append(compared(first, answers, clients, asking.refused))
        console.log(rows[-1])
    return rows


def live(streams: Sequence[PacedSpeech]) -> LiveRow:
    """The turns of streams by themselves and at the same time."""
    with running(None) as url:
        alone, together = asyncio.run(_played(Sentivox(url), streams))
    others = sum(
        text not in one for one, other in zip(alone, together, strict=True) for text in other
    )
    return LiveRow(len(streams), sum(map(len, together)), others)


async def _played(
    system: Sentivox, streams: Sequence[PacedSpeech]
) -> tuple[list[list[str]], list[list[str]]]:
    alone = [await system.transcribe(stream, None) for stream in streams]
    together = await asyncio.gather(*(system.transcribe(stream, None) for stream in streams))
    return _texts(alone), _texts(together)


def _texts(streams: Sequence[Stream]) -> list[list[str]]:
    """The texts of the turns of each stream."""
    return [[text for _, text in sorted(stream.turns)] for stream in streams]


def _place(pair: tuple[int, Any]) -> int:
    return pair[0]


def _streams(count: int) -> list[PacedSpeech]:
    codes = languages()
    clips = in_turn([reported(code, STREAM_CLIPS) for code in codes])
    return [
        paced_speech(clips[first::count][:STREAM_CLIPS], Sentivox.rate) for first in range(count)
    ]


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    files = in_turn([short(arguments.files // 2), medium(arguments.files // 2)])
    rows = uploads(files, arguments.clients, console)
    result = {**header("correctness.same_answers", argv), "uploads": [asdict(row) for row in rows]}
    table = Table("clients", "answers", "refused, sent again", "other words", "other numbers")
    for row in rows:
        table.add_row(*map(str, asdict(row).values()))
    show(table)
    if arguments.streams:
        streams = live(_streams(arguments.streams))
        result["live"] = asdict(streams)
        console.log(streams)
    record(result, arguments.output)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 1, 4, 16, 32])
    parser.add_argument("--streams", type=int, default=6, help="live streams; 0 for none")
    parser.add_argument("--output", type=Path, default=RESULTS / "same-answers.json")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
