"""One live stream for an hour: does memory stay, do times drift, is every word there?

    make speech-data && python -m benchmarks.long_stream --minutes 60

Real recordings, joined, go into one session as fast as the server takes them. Memory is that of the
replica that holds the session. Drift is how much later turns are said to begin, against the sound
itself, at the end of the stream than at its beginning.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import jiwer
import psutil
from rich.console import Console
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.accuracy import normalized
from benchmarks.paced_speech import PacedSpeech, paced_speech
from benchmarks.speech_data import Recording, recordings
from tests.serving import served
from training.machine import machine

RATE = 24_000
FRAME_S = 1.0
AHEAD_S = 20.0
"""How far the sound may run ahead of the words."""
RESULTS = Path(__file__).parent / "results" / "long-stream.json"


@dataclass(slots=True)
class Progress:
    heard_until: float = 0.0
    turns: list[tuple[float, float, str]] = field(default_factory=list)
    memory_mb: list[tuple[float, float]] = field(default_factory=list)
    """Seconds of the stream, and what the ingress takes."""


async def play(socket: ClientConnection, speech: PacedSpeech, progress: Progress) -> None:
    step = int(FRAME_S * speech.rate)
    for at in range(0, len(speech.pcm), step):
        while at / speech.rate - progress.heard_until > AHEAD_S:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await socket.send(speech.pcm[at : at + step].tobytes())
        await asyncio.sleep(0)


async def listen(url: str, speech: PacedSpeech, language: str, console: Console) -> Progress:
    progress = Progress()
    address = url.replace("http", "ws", 1) + "/v1/realtime"
    length = len(speech.pcm) / speech.rate
    async with connect(address) as socket:
        told = {"audio": {"input": {"transcription": {"language": language}}}}
        await socket.send(json.dumps({"type": "session.update", "session": told}))
        player = asyncio.create_task(play(socket, speech, progress))
        while progress.heard_until < speech.spoken[-1].end - 1:
            event = json.loads(await asyncio.wait_for(socket.recv(), 60))
            if event["type"] == "error":
                raise RuntimeError(event["error"]["message"])
            if "heard_until_ms" in event:
                progress.heard_until = max(progress.heard_until, event["heard_until_ms"] / 1000)
            elif event["type"].endswith("transcription.completed"):
                start, end = event["audio_start_ms"] / 1000, event["audio_end_ms"] / 1000
                progress.turns.append((start, end, event["transcript"]))
                progress.heard_until = max(progress.heard_until, end)
                progress.memory_mb.append((end, ingress_mb()))
                if len(progress.turns) % 50 == 0:
                    console.log(f"{end:.0f} of {length:.0f} s, {progress.memory_mb[-1][1]:.0f} MB")
        await player
    return progress


def ingress_mb() -> float:
    """Memory of the ingress replica that belongs to it alone."""
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if command.startswith("ray::ServeReplica") and "ingress" in command:
            return float(process.memory_full_info().uss / 2**20)
    raise RuntimeError("There is no ingress on this machine.")


def summary(speech: PacedSpeech, progress: Progress) -> dict[str, float]:
    onsets = [each.onset for each in speech.spoken]
    offsets = [min((start - onset for onset in onsets), key=abs) for start, _, _ in progress.turns]
    tenth = max(1, len(offsets) // 10)
    memory = [value for _, value in progress.memory_mb]
    reference = normalized(" ".join(each.clip.transcript for each in speech.spoken))
    text = normalized(" ".join(text for _, _, text in sorted(progress.turns)))
    return {
        "minutes": round(len(speech.pcm) / speech.rate / 60, 1),
        "turns": len(progress.turns),
        "wer": round(float(jiwer.wer(reference, text)), 4),
        "drift_ms": round(
            1000 * (statistics.median(offsets[-tenth:]) - statistics.median(offsets[:tenth]))
        ),
        "memory_mb_first_tenth": round(statistics.median(memory[:tenth]), 1),
        "memory_mb_last_tenth": round(statistics.median(memory[-tenth:]), 1),
    }


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    clips = recordings(arguments.language, at_least_s=2.0, most=100)
    speech = paced_speech(_enough(clips, arguments.minutes * 60), RATE)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server:
        server.reconfigure("ingress", live={"max_ahead_s": 1e6})
        progress = asyncio.run(listen(server.url, speech, arguments.language, console))
    result = {
        "benchmark": "long_stream",
        "command": " ".join(["python", "-m", "benchmarks.long_stream", *argv]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "language": arguments.language,
        **summary(speech, progress),
    }
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def _enough(clips: Sequence[Recording], seconds: float) -> list[Recording]:
    """The clips again and again until they last."""
    mean = statistics.mean(clip.seconds for clip in clips) + 2.0
    return list(islice(cycle(clips), int(seconds / mean) + 1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--language", default="en")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
