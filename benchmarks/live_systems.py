"""Live systems under test: one stream each, played at the pace it was spoken."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.paced_speech import PacedSpeech, Spoken

FRAME_S = 0.1
PATIENCE_S = 30.0
"""How long after the last frame late words are waited for."""


@dataclass(slots=True)
class Heard:
    """What became of one clip; times in seconds after its onset or its end."""

    spoken: Spoken
    text: str = ""
    first_text: float | None = None
    first_stable: float | None = None
    final: float | None = None
    lags: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Stream:
    """The result of one stream."""

    clips: list[Heard]
    retractions: int = 0
    """How often words that had been given out as final were changed."""


class LiveSystem(Protocol):
    name: str
    rate: int
    """Samples per second that it takes."""

    async def listen(self, speech: PacedSpeech, language: str | None) -> Stream: ...


class Sentivox:
    name = "sentivox"
    rate = 24_000

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/v1/realtime?intent=transcription"

    async def listen(self, speech: PacedSpeech, language: str | None) -> Stream:
        stream = Stream([Heard(spoken) for spoken in speech.spoken])
        deltas: dict[str, str] = {}
        open_items: set[str] = set()
        async with connect(self._url) as socket:
            told = {"audio": {"input": {"transcription": {"language": language}}}}
            await socket.send(json.dumps({"type": "session.update", "session": told}))
            async with _playing(socket, speech) as started:
                while True:
                    try:
                        event = json.loads(
                            await asyncio.wait_for(
                                socket.recv(), _left(speech, started, open_items)
                            )
                        )
                    except TimeoutError:
                        break
                    self._note(event, stream, time.perf_counter() - started, deltas, open_items)
        return stream

    def _note(
        self,
        event: dict[str, Any],
        stream: Stream,
        now: float,
        deltas: dict[str, str],
        open_items: set[str],
    ) -> None:
        kind = event["type"].rpartition(".")[2]
        if kind == "speech_started":
            open_items.add(event["item_id"])
        elif kind == "delta":
            heard = _clip_at(stream, event["heard_until_ms"] / 1000)
            deltas[event["item_id"]] = deltas.get(event["item_id"], "") + event["delta"]
            heard.lags.append(now - event["heard_until_ms"] / 1000)
            since = now - heard.spoken.onset
            if heard.first_text is None and (event["delta"] or event["pending"]):
                heard.first_text = since
            if heard.first_stable is None and event["delta"]:
                heard.first_stable = since
        elif kind == "completed":
            open_items.discard(event["item_id"])
            stream.retractions += deltas.get(event["item_id"], "") != event["transcript"]
            middle = (event["audio_start_ms"] + event["audio_end_ms"]) / 2000
            heard = _clip_at(stream, middle)
            heard.text += " " + event["transcript"]
            heard.final = now - heard.spoken.end
        elif kind in {"failed", "error"}:
            raise RuntimeError(event["error"]["message"])


class WhisperLiveKit:
    """Its server sends the whole state at every change; `lines` are words that are committed."""

    name = "whisperlivekit"
    rate = 16_000

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/asr"

    async def listen(self, speech: PacedSpeech, language: str | None) -> Stream:
        stream = Stream([Heard(spoken) for spoken in speech.spoken])
        shown, committed = "", ""
        async with connect(self._url, max_size=None) as socket, _playing(socket, speech) as started:
            while True:
                try:
                    left = _left(speech, started, set())
                    state = json.loads(await asyncio.wait_for(socket.recv(), left))
                except TimeoutError:
                    break
                if "lines" not in state:
                    continue
                now = time.perf_counter() - started
                lines = " ".join(line["text"] or "" for line in state["lines"]).strip()
                text = f"{lines} {state['buffer_transcription']}".strip()
                heard = _last_begun(stream, now)
                if heard and text != shown and heard.first_text is None:
                    heard.first_text = now - heard.spoken.onset
                if heard and lines != committed:
                    heard.final = now - heard.spoken.end
                    if heard.first_stable is None:
                        heard.first_stable = now - heard.spoken.onset
                stream.retractions += not lines.startswith(committed)
                shown, committed = text, lines
        stream.clips[0].text = shown
        return stream


@asynccontextmanager
async def _playing(socket: ClientConnection, speech: PacedSpeech) -> AsyncIterator[float]:
    """Frames go out at their times; the moment of the first one."""
    started = time.perf_counter()
    player = asyncio.create_task(_play(socket, speech, started))
    try:
        yield started
    finally:
        player.cancel()
        await asyncio.gather(player, return_exceptions=True)


async def _play(socket: ClientConnection, speech: PacedSpeech, started: float) -> None:
    step = int(FRAME_S * speech.rate)
    for at in range(0, len(speech.pcm), step):
        # A frame can be sent once its last sample has been spoken.
        due = started + min(at + step, len(speech.pcm)) / speech.rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await socket.send(speech.pcm[at : at + step].tobytes())


def _left(speech: PacedSpeech, started: float, open_items: set[str]) -> float:
    """How much longer to listen: to the end of the audio, and for words that are owed."""
    playing = started + len(speech.pcm) / speech.rate - time.perf_counter()
    return max(0.05, playing + (PATIENCE_S if open_items else 3.0))


def _clip_at(stream: Stream, at: float) -> Heard:
    """The clip spoken at that time of the stream, or just before."""
    begun = [heard for heard in stream.clips if heard.spoken.onset - 0.5 <= at]
    return begun[-1] if begun else stream.clips[0]


def _last_begun(stream: Stream, now: float) -> Heard | None:
    begun = [heard for heard in stream.clips if heard.spoken.onset <= now]
    return begun[-1] if begun else None
