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
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import jiwer
import psutil
from rich.console import Console
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.accuracy import normalized
from benchmarks.measures.outcome import header, record
from benchmarks.inputs.paced_speech import PacedSpeech, paced_speech
from preprocessing.speech_data import Recording, recordings
from tests.serving import served

RATE = 24_000
FRAME_S = 1.0
AHEAD_S = 20.0
"""How far the sound may run ahead of the words."""
UNLIMITED_S = 1e6
"""The whole stream may come ahead of real time."""
PATIENCE_S = 60.0
"""A server that says nothing for so long has lost the rest."""
RESULTS = Path(__file__).parent / "results" / "long-stream.json"


@dataclass(slots=True)
class Progress:
    heard_until: float = 0.0
    turns: list[tuple[float, float, str]] = field(default_factory=list)
    """Start, end and words of those that are complete; they may come out of order."""
    open_deltas: dict[str, str] = field(default_factory=dict)
    """Of turns that aren't."""
    retractions: int = 0
    """Turns whose words weren't exactly their deltas."""
    failed_turns: int = 0
    memory_mb: list[tuple[float, float]] = field(default_factory=list)
    """Seconds of the stream, and what the ingress takes."""

    @property
    def turns_until(self) -> float:
        """Where the latest turn ends that is complete."""
        return max((end for _, end, _ in self.turns), default=0.0)

    def is_over(self, last_word_s: float) -> bool:
        """Whether every turn is complete; a voice is rarely heard to the very end."""
        return not self.open_deltas and self.turns_until >= last_word_s - 1

    def note(self, event: dict[str, Any]) -> None:
        """One event of the session. RuntimeError for a mistake of ours."""
        kind = event["type"].rpartition(".")[2]
        if kind == "error":
            raise RuntimeError(event["error"]["message"])
        if kind == "speech_started":
            self.open_deltas.setdefault(event["item_id"], "")
        elif kind == "delta":
            self.open_deltas[event["item_id"]] += event["delta"]
            self.heard_until = max(self.heard_until, event["transcribed_until_ms"] / 1000)
        elif kind == "failed":
            self.failed_turns += 1
            del self.open_deltas[event["item_id"]]
        elif kind == "completed":
            start, end = event["audio_start_ms"] / 1000, event["audio_end_ms"] / 1000
            self.turns.append((start, end, event["transcript"]))
            self.retractions += self.open_deltas.pop(event["item_id"]) != event["transcript"]
            self.heard_until = max(self.heard_until, end)


async def play(socket: ClientConnection, speech: PacedSpeech, progress: Progress) -> None:
    step = int(FRAME_S * speech.rate)
    for at in range(0, len(speech.pcm), step):
        while at / speech.rate - progress.heard_until > AHEAD_S:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await socket.send(speech.pcm[at : at + step].tobytes())
        await asyncio.sleep(0)


async def listen(url: str, speech: PacedSpeech, language: str, console: Console) -> Progress:
    """Until every turn is complete, or nothing comes any more."""
    progress = Progress()
    ingress = newest_ingress()
    address = url.replace("http", "ws", 1) + "/v1/realtime"
    async with connect(address) as socket:
        told = {"audio": {"input": {"transcription": {"language": language}}}}
        await socket.send(json.dumps({"type": "session.update", "session": told}))
        player = asyncio.create_task(play(socket, speech, progress))
        while not progress.is_over(speech.spoken[-1].end):
            try:
                event = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
            except TimeoutError:
                console.log(f"Nothing came for {PATIENCE_S:.0f} s.")
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
    """The ingress replica that began last: others on this machine are of other clusters."""
    found = [
        process
        for process in psutil.process_iter(["cmdline", "create_time"])
        if (command := " ".join(process.info["cmdline"] or ())).startswith("ray::ServeReplica")
        and "ingress" in command
    ]
    if not found:
        raise RuntimeError("There is no ingress on this machine.")
    return max(found, key=lambda process: process.info["create_time"])


def summary(speech: PacedSpeech, progress: Progress) -> dict[str, float | None]:
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
        "every_turn_heard": progress.is_over(speech.spoken[-1].end),
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
    """How fast the values of (seconds, value) grow, once caches have filled in the first tenth."""
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
    # Before the start: a connection keeps the limits that it began with.
    limits = {"live": {"max_ahead_s": UNLIMITED_S}}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), ingress=limits) as server:
        progress = asyncio.run(listen(server.url, speech, arguments.language, console))
    result = {
        **header("long_stream", argv),
        "language": arguments.language,
        **summary(speech, progress),
    }
    record(result, RESULTS)
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
