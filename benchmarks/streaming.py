"""Live speech: how soon words come, how late the last ones, and how many streams two cores hold.

    make speech-data && make bench-streaming
    python -m benchmarks.streaming --streams 1 4 6 8 --languages en --clips 8
    python -m benchmarks.streaming --peer PATH/TO/whisperlivekit-server

Every stream plays real recordings at the pace they were spoken, in frames of 0.1 s. Times are
counted from the sound itself: a clip begins and ends with its loud frames. "First text" is the
first word shown, "first stable" the first that stays, "final" the last words after the end of
speech. Word error rate is beside that of the same clips uploaded to the same server.

The peer is WhisperLiveKit with the same weights (faster-whisper, local agreement) on the same
cores, in an environment of its own: `pip install whisperlivekit faster-whisper`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import jiwer
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import normalized
from benchmarks.live_systems import LiveSystem, Sentivox, Stream, WhisperLiveKit
from benchmarks.paced_speech import paced_speech
from benchmarks.speech_data import Recording, recordings
from sentivox.models.weights import resolve
from tests.serving import served
from training.machine import machine

RESULTS = Path(__file__).parent / "results" / "streaming.json"
PEER_PORT = 8765
WEIGHTS = "embedded:whisper-base"
COLUMNS = (
    "streams",
    "first text p50",
    "first stable p50",
    "lag p50",
    "final p50",
    "final p95",
    "retractions",
    "WER",
)


async def play(
    system: LiveSystem, streams: int, clips: Sequence[Recording], language: str | None
) -> list[Stream]:
    """All streams at once, each with the clips in an order of its own."""

    async def one(number: int) -> Stream:
        first = number * len(clips) // streams
        own = [*clips[first:], *clips[:first]]
        await asyncio.sleep(number * 0.37)
        return await system.listen(paced_speech(own, system.rate), language)

    return list(await asyncio.gather(*(one(number) for number in range(streams))))


def summary(streams: Sequence[Stream]) -> dict[str, float]:
    """Seconds, and word error rate over all clips of all streams."""
    clips = [clip for stream in streams for clip in stream.clips]
    lost = sum(clip.final is None for clip in clips)
    finals = [clip.final for clip in clips if clip.final is not None]
    references = [
        normalized(" ".join(c.spoken.clip.transcript for c in stream.clips)) for stream in streams
    ]
    texts = [normalized(" ".join(clip.text for clip in stream.clips)) for stream in streams]
    return {
        "streams": len(streams),
        "first_text_p50": _middle([c.first_text for c in clips if c.first_text is not None]),
        "first_stable_p50": _middle([c.first_stable for c in clips if c.first_stable is not None]),
        "lag_p50": _middle([lag for clip in clips for lag in clip.lags]),
        "final_p50": _middle(finals),
        "final_p95": round(sorted(finals)[int(0.95 * (len(finals) - 1))], 3) if finals else -1.0,
        "retractions": sum(stream.retractions for stream in streams),
        "wer": round(float(jiwer.wer(references, texts)), 4),
        "clips_without_text": lost,
    }


def offline_wer(url: str, clips: Sequence[Recording], language: str | None) -> float:
    """The same clips as uploads."""
    texts = []
    for clip in clips:
        speech = paced_speech([clip], 16_000)
        answer = httpx2.post(
            f"{url}/v1/audio/transcriptions",
            files={"file": ("speech.wav", _wav(speech.pcm.tobytes()))},
            data={"model": "auto", "response_format": "json"}
            | ({"language": language} if language else {}),
            timeout=120,
        )
        texts.append(normalized(answer.raise_for_status().json()["text"]))
    return round(float(jiwer.wer([normalized(clip.transcript) for clip in clips], texts)), 4)


def measure(
    system: LiveSystem,
    arguments: argparse.Namespace,
    clips: Sequence[Recording],
    console: Console,
) -> list[dict[str, float]]:
    """One row for each number of streams; the first clips of a run wake what sleeps."""
    language = arguments.language
    asyncio.run(play(system, 1, _one_of_each(clips), language))
    rows = []
    for count in arguments.streams:
        row = summary(asyncio.run(play(system, count, clips, language)))
        console.log(f"{system.name}: {row}")
        rows.append(row)
    return rows


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    clips = [
        clip
        for code in arguments.languages
        for clip in recordings(code, at_least_s=3.0, most=arguments.clips)
    ]
    result: dict[str, object] = {
        "benchmark": "streaming",
        "command": " ".join(["python", "-m", "benchmarks.streaming", *argv]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "languages": arguments.languages,
        "clips": len(clips),
        "clip_seconds": round(statistics.mean(clip.seconds for clip in clips), 2),
    }
    rows: dict[str, list[dict[str, float]]] = {}
    with _own_server(arguments.url) as url:
        rows["sentivox"] = measure(Sentivox(url), arguments, clips, console)
        result["offline_wer"] = offline_wer(url, clips, arguments.language)
    if arguments.peer:
        with _peer(arguments.peer, arguments.language or "auto") as url:
            rows["whisperlivekit"] = measure(WhisperLiveKit(url), arguments, clips, console)
    Console().print(_table(rows))
    result["systems"] = rows
    arguments.output.write_text(json.dumps(result, indent=2) + "\n")
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


@contextmanager
def _own_server(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server:
        yield server.url


@contextmanager
def _peer(program: Path, language: str) -> Iterator[str]:
    command = [str(program), "--port", str(PEER_PORT), "--pcm-input", "--lan", language]
    command += ["--backend", "faster-whisper", "--backend-policy", "localagreement"]
    command += ["--model_dir", str(resolve(WEIGHTS))]
    url = f"http://127.0.0.1:{PEER_PORT}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"{url}/health", process)
            yield url
        finally:
            process.terminate()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            if httpx2.get(url, timeout=5).json()["ready"]:
                return
        except httpx2.HTTPError:
            time.sleep(0.5)
    raise RuntimeError("The peer didn't start.")


def _one_of_each(clips: Sequence[Recording]) -> list[Recording]:
    return list({clip.language: clip for clip in clips}.values())


def _wav(data: bytes) -> bytes:
    size = len(data)
    head = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = b"\x01\x00\x01\x00" + (16_000).to_bytes(4, "little") + (32_000).to_bytes(4, "little")
    return head + form + b"\x02\x00\x10\x00data" + size.to_bytes(4, "little") + data


def _middle(values: Sequence[float]) -> float:
    return round(statistics.median(values), 3) if values else -1.0


def _table(rows: dict[str, list[dict[str, float]]]) -> Table:
    table = Table("system", *COLUMNS)
    for name, counts in rows.items():
        for row in counts:
            table.add_row(name, *(str(value) for value in list(row.values())[: len(COLUMNS)]))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--url", help="a server that runs already; otherwise one is started")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 6, 8])
    parser.add_argument("--languages", nargs="+", default=["en"])
    parser.add_argument("--clips", type=int, default=12, help="for each language")
    parser.add_argument("--language", help="told to the systems; found out when left out")
    parser.add_argument("--peer", type=Path, help="the program whisperlivekit-server")
    parser.add_argument("--output", type=Path, default=RESULTS)
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
