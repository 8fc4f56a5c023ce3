"""One live stream of an hour: memory, drift of times, and WER.

    make speech-data && python -m benchmarks.long_stream --minutes 60

Recordings, joined, go into one session as fast as the server recognises them. Memory is that of the
ingress replica that holds the session. Drift is the change of the offset between the start of a
turn and the start of its speech, from the first tenth of the stream to the last.
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
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import jiwer
import psutil
from rich.console import Console
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.inputs.paced_speech import PacedSpeech, paced_speech
from benchmarks.measures.outcome import RESULTS, header, record
from benchmarks.measures.text import normalized
from benchmarks.systems.system import ADAPTED_WEIGHTS
from preprocessing.speech_data import Recording, recordings
from tests.serving import served

RATE = 24_000
FRAME_S = 1.0
AHEAD_S = 20.0
"""Longest audio that was sent and isn't recognised yet, in seconds."""
UNLIMITED_S = 1e6
"""`max_ahead_s` that lets the whole stream arrive faster than real time."""
EVENT_TIMEOUT_S = 60.0
"""Longest wait for an event; after it the stream counts as lost."""


@dataclass(slots=True)
class Progress:
    """The events of a session so far."""

    recognized_until: float = 0.0
    """End of the recognised audio, in seconds of the stream."""
    turns: list[tuple[float, float, str]] = field(default_factory=list)
    """Start, end and text of complete turns, in any order."""
    open_deltas: dict[str, str] = field(default_factory=dict)
    """Text of turns that aren't complete, by item."""
    retractions: int = 0
    """Turns whose text isn't the text of their deltas together."""
    failed_turns: int = 0
    memory_mb: list[tuple[float, float]] = field(default_factory=list)
    """Seconds of the stream, and memory of the ingress in MiB."""

    @property
    def turns_until(self) -> float:
        """End of the latest complete turn, in seconds."""
        return max((end for _, end, _ in self.turns), default=0.0)

    def is_over(self, last_word_s: float) -> bool:
        """Whether every turn is complete; VAD rarely finds speech up to its very end."""
        return not self.open_deltas and self.turns_until >= last_word_s - 1

    def note(self, event: dict[str, Any]) -> None:
        """One event of the session. Raises RuntimeError for an error of the client."""
        kind = event["type"].rpartition(".")[2]
        if kind == "error":
            raise RuntimeError(event["error"]["message"])
        if kind == "speech_started":
            self.open_deltas.setdefault(event["item_id"], "")
        elif kind == "delta":
            self.open_deltas[event["item_id"]] += event["delta"]
            self.recognized_until = max(self.recognized_until, event["transcribed_until_ms"] / 1000)
        elif kind == "failed":
            self.failed_turns += 1
            del self.open_deltas[event["item_id"]]
        elif kind == "completed":
            start, end = event["audio_start_ms"] / 1000, event["audio_end_ms"] / 1000
            self.turns.append((start, end, event["transcript"]))
            self.retractions += self.open_deltas.pop(event["item_id"]) != event["transcript"]
            self.recognized_until = max(self.recognized_until, end)


async def play(socket: ClientConnection, speech: PacedSpeech, progress: Progress) -> None:
    """Sends the speech, at most AHEAD_S ahead of recognition."""
    step = int(FRAME_S * speech.rate)
    for at in range(0, len(speech.pcm), step):
        while at / speech.rate - progress.recognized_until > AHEAD_S:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await socket.send(speech.pcm[at : at + step].tobytes())
        await asyncio.sleep(0)


async def transcribe(url: str, speech: PacedSpeech, language: str, console: Console) -> Progress:
    """Plays the speech until every turn is complete, or no event arrives any more."""
    progress = Progress()
    ingress = newest_ingress()
    address = url.replace("http", "ws", 1) + "/v1/realtime"
    async with connect(address) as socket:
        session = {"audio": {"input": {"transcription": {"language": language}}}}
        await socket.send(json.dumps({"type": "session.update", "session": session}))
        player = asyncio.create_task(play(socket, speech, progress))
        while not progress.is_over(speech.spoken[-1].end):
            try:
                event = json.loads(await asyncio.wait_for(socket.recv(), EVENT_TIMEOUT_S))
            except TimeoutError:
                console.log(f"No event for {EVENT_TIMEOUT_S:.0f} s.")
                break
            progress.note(event)
            if event["type"].endswith("transcription.completed"):
                taken = float(ingress.memory_full_info().uss / 2**20)
                progress.memory_mb.append((progress.turns_until, taken))
                if len(progress.turns) % 50 == 0:
                    at = progress.turns_until
                    console.log(f"{at:.0f} of {speech.seconds:.0f} s, {taken:.0f} MB")
        player.cancel()
        await asyncio.gather(player, return_exceptions=True)
    return progress


def newest_ingress() -> psutil.Process:
    """The ingress replica that started last: others on this machine belong to other clusters."""
    found = [
        process
        for process in psutil.process_iter(["cmdline", "create_time"])
        if (command := " ".join(process.info["cmdline"] or ())).startswith("ray::ServeReplica")
        and "ingress" in command
    ]
    if not found:
        raise RuntimeError("There is no ingress replica on this machine.")
    return max(found, key=lambda process: process.info["create_time"])


def summary(speech: PacedSpeech, progress: Progress) -> dict[str, float | None]:
    """The measures of the stream."""
    turns = sorted(turn for turn in progress.turns if turn[2].strip())
    onsets = [each.onset for each in speech.spoken]
    offsets = [min((start - onset for onset in onsets), key=abs) for start, _, _ in turns]
    tenth = max(1, len(offsets) // 10)
    memory = [value for _, value in progress.memory_mb]
    reference = normalized(" ".join(each.clip.transcript for each in speech.spoken))
    text = normalized(" ".join(text for _, _, text in turns))
    return {
        "minutes": round(speech.seconds / 60, 1),
        "turns": len(progress.turns),
        "complete": progress.is_over(speech.spoken[-1].end),
        "failed_turns": progress.failed_turns,
        "retractions": progress.retractions,
        "wer": round(float(jiwer.wer(reference, text)), 4),
        "drift_ms": round(
            1000 * (statistics.median(offsets[-tenth:]) - statistics.median(offsets[:tenth]))
        ),
        "memory_mb_first_tenth": round(statistics.median(memory[:tenth]), 1),
        "memory_mb_last_tenth": round(statistics.median(memory[-tenth:]), 1),
        "memory_mb_per_hour_of_audio": slope_per_hour(progress.memory_mb),
    }


def slope_per_hour(samples: Sequence[tuple[float, float]]) -> float | None:
    """Growth per hour of (seconds, value) samples, without the first tenth: there caches fill."""
    later = samples[len(samples) // 10 :]
    if len({at for at, _ in later}) < 2:
        return None
    hours = [at / 3600 for at, _ in later]
    return round(statistics.linear_regression(hours, [value for _, value in later]).slope, 1)


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    clips = recordings(arguments.language, base_s=2.0, most=100)
    speech = paced_speech(_enough(clips, arguments.minutes * 60), RATE)
    # Set before the start: a connection keeps the limits of its beginning.
    limits = {"live": {"max_ahead_s": UNLIMITED_S}}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), ingress=limits) as server:
        progress = asyncio.run(transcribe(server.url, speech, arguments.language, console))
    result = {
        **header("long_stream", argv),
        "weights": ADAPTED_WEIGHTS,
        "language": arguments.language,
        **summary(speech, progress),
    }
    record(result, RESULTS / "long-stream.json")
    return 0


def _enough(clips: Sequence[Recording], seconds: float) -> list[Recording]:
    """The clips, repeated until they are that long."""
    mean = statistics.mean(clip.seconds for clip in clips) + 2.0
    return list(islice(cycle(clips), int(seconds / mean) + 1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--language", default="en")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
