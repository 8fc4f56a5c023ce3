"""Live systems under test: one stream each, played at the pace it was spoken."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.inputs.paced_speech import PAUSE_S, PacedSpeech, Spoken

FRAME_S = 0.1
PATIENCE_S = 30.0
"""How long words that are owed are waited for, once all audio has been sent."""
QUIET_S = 3.0
"""A system that owes nothing and says nothing for so long has said everything."""
EDGE_S = 0.3
"""Whisper's times of words are no better than this."""
STOP = b""
"""WhisperLiveKit's sign for the end of the audio."""


@dataclass(slots=True)
class Moments:
    """When words came, in seconds of the stream."""

    speech_started: float | None = None
    """When the system said that somebody speaks."""
    first_text: float | None = None
    """Words that may still change count too."""
    first_stable: float | None = None
    final: float | None = None
    lags: list[float] = field(default_factory=list)
    """At every text, how long ago the sound was that it was heard in."""

    def add(self, more: Moments) -> None:
        """Those of other words of the same clip."""
        self.speech_started = _earliest(self.speech_started, more.speech_started)
        self.first_text = _earliest(self.first_text, more.first_text)
        self.first_stable = _earliest(self.first_stable, more.first_stable)
        self.final = _latest(self.final, more.final)
        self.lags += more.lags


@dataclass(slots=True)
class Heard:
    """What became of one clip."""

    spoken: Spoken
    moments: Moments = field(default_factory=Moments)

    @property
    def owed(self) -> bool:
        """Whether no words have come since its speech ended."""
        return self.moments.final is None or self.moments.final < self.spoken.end


@dataclass(slots=True)
class Stream:
    """The result of one stream."""

    clips: list[Heard]
    turns: list[tuple[float, str]] = field(default_factory=list)
    """Words, and where in the stream they begin; they may come out of order."""
    retractions: int = 0
    """How often words that had been given out as final were changed."""

    @property
    def text(self) -> str:
        return " ".join(words for _, words in sorted(self.turns))


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
        events = SentivoxEvents(speech.spoken)
        async with connect(self._url) as socket:
            told = {"audio": {"input": {"transcription": {"language": language}}}}
            await socket.send(json.dumps({"type": "session.update", "session": told}))
            async with _playing(socket, speech) as started:
                while True:
                    playing = max(0.0, started + speech.seconds - time.perf_counter())
                    patience = PATIENCE_S if events.owed else QUIET_S
                    try:
                        message = await asyncio.wait_for(socket.recv(), playing + patience)
                    except TimeoutError:
                        break
                    events.note(json.loads(message), time.perf_counter() - started)
        return events.stream


@dataclass(slots=True)
class _Turn:
    moments: Moments = field(default_factory=Moments)
    deltas: str = ""


class SentivoxEvents:
    """The events of a session, booked on the clips they are about.

    A turn is booked when it's complete: only then is it known where it lies, and that it has words.
    """

    def __init__(self, spoken: Sequence[Spoken]) -> None:
        self.stream = Stream([Heard(each) for each in spoken])
        self._open: dict[str, _Turn] = {}

    @property
    def owed(self) -> bool:
        """Whether words are to be expected. Audio that waits in a queue has no turn yet."""
        return bool(self._open) or any(clip.owed for clip in self.stream.clips)

    def note(self, event: dict[str, Any], now: float) -> None:
        """What came `now` seconds after the stream began. RuntimeError for one that failed."""
        kind = event["type"].rpartition(".")[2]
        if kind == "speech_started":
            self._turn(event).moments.speech_started = now
        elif kind == "delta":
            self._note_delta(self._turn(event), event, now)
        elif kind == "completed":
            self._complete(event, now)
        elif kind in {"failed", "error"}:
            raise RuntimeError(event["error"]["message"])

    def _turn(self, event: dict[str, Any]) -> _Turn:
        return self._open.setdefault(event["item_id"], _Turn())

    def _note_delta(self, turn: _Turn, event: dict[str, Any], now: float) -> None:
        turn.deltas += event["delta"]
        text = event["delta"] or event["pending"]
        turn.moments.add(
            Moments(
                first_text=now if text else None,
                first_stable=now if event["delta"] else None,
                lags=[now - event["transcribed_until_ms"] / 1000],
            )
        )

    def _complete(self, event: dict[str, Any], now: float) -> None:
        turn = self._turn(event)
        del self._open[event["item_id"]]
        self.stream.retractions += turn.deltas != event["transcript"]
        if not event["transcript"].strip():
            # A click or a breath: nobody waits for its words.
            return
        start, end = event["audio_start_ms"] / 1000, event["audio_end_ms"] / 1000
        self.stream.turns.append((start, event["transcript"]))
        turn.moments.final = now
        _clip_at(self.stream.clips, (start + end) / 2).moments.add(turn.moments)


class WhisperLiveKit:
    name = "whisperlivekit"
    rate = 16_000

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/asr"

    async def listen(self, speech: PacedSpeech, language: str | None) -> Stream:
        """Until it says that it has heard everything. The server was told the language."""
        states = WhisperLiveKitStates(speech.spoken, speech.seconds)
        async with connect(self._url, max_size=None) as socket:
            with suppress(TimeoutError):
                async with (
                    _playing(socket, speech, STOP) as started,
                    asyncio.timeout(speech.seconds + PATIENCE_S),
                ):
                    async for message in socket:
                        state = json.loads(message)
                        if state.get("type") == "ready_to_stop":
                            break
                        if "lines" in state:
                            states.note(state, time.perf_counter() - started)
        return states.stream


class WhisperLiveKitStates:
    """Its server sends the whole state at every change; `lines` are words that are committed.

    A line grows over pauses, and only its ends have times. So words are booked by the stretch that
    the line grew by: on every clip in it, even one that was passed over. Words that aren't
    committed have no times: they are booked by how much of the audio has been heard.
    """

    def __init__(self, spoken: Sequence[Spoken], seconds: float) -> None:
        self.stream = Stream([Heard(each) for each in spoken])
        self._seconds = seconds
        self._committed = ""
        self._committed_until = 0.0
        self._words_shown = 0

    def note(self, state: dict[str, Any], now: float) -> None:
        """The state that came `now` seconds after the stream began."""
        lines = [line for line in state["lines"] if line["text"]]
        committed = " ".join(line["text"].strip() for line in lines)
        shown = f"{committed} {state['buffer_transcription']}".strip()
        self._note_shown(len(shown.split()), state, now)
        if committed != self._committed and lines:
            self._note_committed(max(_seconds(line["end"]) for line in lines), now)
        self.stream.retractions += not committed.startswith(self._committed)
        self.stream.turns = [(0.0, shown)]
        self._committed = committed

    def _note_shown(self, words: int, state: dict[str, Any], now: float) -> None:
        heard_until = min(now, self._seconds) - state["remaining_time_transcription_processing"]
        begun = [clip for clip in self.stream.clips if clip.spoken.onset <= heard_until]
        if begun and words > self._words_shown:
            begun[-1].moments.add(Moments(first_text=now))
        self._words_shown = words

    def _note_committed(self, until: float, now: float) -> None:
        since, self._committed_until = self._committed_until, until
        clips = [
            clip
            for clip in self.stream.clips
            if min(until, clip.spoken.end) - max(since, clip.spoken.onset) > EDGE_S
        ]
        for clip in clips or [_clip_at(self.stream.clips, until)]:
            clip.moments.add(Moments(first_stable=now, final=now))


@asynccontextmanager
async def _playing(
    socket: ClientConnection, speech: PacedSpeech, last: bytes | None = None
) -> AsyncIterator[float]:
    """Frames go out at their times, and `last` behind them; the moment of the first one."""
    started = time.perf_counter()
    player = asyncio.create_task(_play(socket, speech, started, last))
    try:
        yield started
    finally:
        player.cancel()
        await asyncio.gather(player, return_exceptions=True)


async def _play(
    socket: ClientConnection, speech: PacedSpeech, started: float, last: bytes | None
) -> None:
    step = int(FRAME_S * speech.rate)
    for at in range(0, len(speech.pcm), step):
        # A frame can be sent once its last sample has been spoken.
        due = started + min(at + step, len(speech.pcm)) / speech.rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await socket.send(speech.pcm[at : at + step].tobytes())
    if last is not None:
        await socket.send(last)


def _clip_at(clips: Sequence[Heard], at: float) -> Heard:
    """The clip that is nearest to that time of the stream: turns reach into the pauses."""
    begun = [clip for clip in clips if clip.spoken.begin - PAUSE_S / 2 <= at]
    return begun[-1] if begun else clips[0]


def _earliest(*moments: float | None) -> float | None:
    return min((each for each in moments if each is not None), default=None)


def _latest(*moments: float | None) -> float | None:
    return max((each for each in moments if each is not None), default=None)


def _seconds(clock: str) -> float:
    """Of a time like 0:01:02.34."""
    hours, minutes, seconds = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
