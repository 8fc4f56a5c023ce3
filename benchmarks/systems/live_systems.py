"""Live systems under test: each receives one stream at the speed of its audio."""

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
FINAL_WAIT_S = 30.0
"""Longest wait for expected text once all audio has been sent."""
QUIET_S = 3.0
"""Seconds without an event after which a stream without expected text is over."""
EDGE_S = 0.3
"""Precision of Whisper's word times, in seconds."""
STOP = b""
"""WhisperLiveKit's mark for the end of the audio."""


@dataclass(slots=True)
class Moments:
    """Times at which the text of a clip arrived, in seconds of the stream."""

    speech_started: float | None = None
    """Arrival of the event that speech has started."""
    first_text: float | None = None
    """Arrival of the first text, interim text included."""
    first_stable: float | None = None
    """Arrival of the first text that doesn't change any more."""
    final: float | None = None
    """Arrival of the last text."""
    lags: list[float] = field(default_factory=list)
    """Age of the latest audio that each text covers, at its arrival, in seconds."""

    def add(self, more: Moments) -> None:
        """Merges the moments of other text of the same clip."""
        self.speech_started = _earliest(self.speech_started, more.speech_started)
        self.first_text = _earliest(self.first_text, more.first_text)
        self.first_stable = _earliest(self.first_stable, more.first_stable)
        self.final = _latest(self.final, more.final)
        self.lags += more.lags


@dataclass(slots=True)
class ClipResult:
    """A clip of the stream and the arrival of its text."""

    spoken: Spoken
    moments: Moments = field(default_factory=Moments)

    @property
    def expected(self) -> bool:
        """Whether no text has arrived since the end of its speech."""
        return self.moments.final is None or self.moments.final < self.spoken.end


@dataclass(slots=True)
class Stream:
    """The result of one stream."""

    clips: list[ClipResult]
    turns: list[tuple[float, str]] = field(default_factory=list)
    """Start of each text in seconds of the stream, and the text; in any order."""
    retractions: int = 0
    """Number of times that text which had been final was changed."""

    @property
    def text(self) -> str:
        return " ".join(words for _, words in sorted(self.turns))


class LiveSystem(Protocol):
    """A system that transcribes live speech."""

    name: str
    rate: int
    """Sample rate of its input."""

    async def transcribe(self, speech: PacedSpeech, language: str | None) -> Stream:
        """Plays one stream; without `language` the system detects it."""


class Sentivox:
    """A server of this project, over its realtime API."""

    name = "sentivox"
    rate = 24_000

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/v1/realtime?intent=transcription"

    async def transcribe(self, speech: PacedSpeech, language: str | None) -> Stream:
        """See LiveSystem."""
        events = SentivoxEvents(speech.spoken)
        async with connect(self._url) as socket:
            session = {"audio": {"input": {"transcription": {"language": language}}}}
            await socket.send(json.dumps({"type": "session.update", "session": session}))
            async with _playing(socket, speech) as started:
                while True:
                    playing = max(0.0, started + speech.seconds - time.perf_counter())
                    wait_s = FINAL_WAIT_S if events.expected else QUIET_S
                    try:
                        message = await asyncio.wait_for(socket.recv(), playing + wait_s)
                    except TimeoutError:
                        break
                    events.note(json.loads(message), time.perf_counter() - started)
        return events.stream


@dataclass(slots=True)
class _Turn:
    moments: Moments = field(default_factory=Moments)
    deltas: str = ""


class SentivoxEvents:
    """Assigns the events of a session to clips.

    A turn is assigned when it is complete: only then its times are known, and whether it has words.
    """

    def __init__(self, spoken: Sequence[Spoken]) -> None:
        self.stream = Stream([ClipResult(each) for each in spoken])
        self._open: dict[str, _Turn] = {}

    @property
    def expected(self) -> bool:
        """Whether further text is expected. Audio that waits in a queue has no turn yet."""
        return bool(self._open) or any(clip.expected for clip in self.stream.clips)

    def note(self, event: dict[str, Any], now: float) -> None:
        """An event that arrived `now` seconds into the stream. Raises RuntimeError for an error."""
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
            # A click or a breath has no words to wait for.
            return
        start, end = event["audio_start_ms"] / 1000, event["audio_end_ms"] / 1000
        self.stream.turns.append((start, event["transcript"]))
        turn.moments.final = now
        _clip_at(self.stream.clips, (start + end) / 2).moments.add(turn.moments)


class WhisperLiveKit:
    """A server of WhisperLiveKit."""

    name = "whisperlivekit"
    rate = 16_000

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/asr"

    async def transcribe(self, speech: PacedSpeech, language: str | None) -> Stream:
        """See LiveSystem. The language is an option of the server, set when it starts."""
        states = WhisperLiveKitStates(speech.spoken, speech.seconds)
        async with connect(self._url, max_size=None) as socket:
            with suppress(TimeoutError):
                async with (
                    _playing(socket, speech, STOP) as started,
                    asyncio.timeout(speech.seconds + FINAL_WAIT_S),
                ):
                    async for message in socket:
                        state = json.loads(message)
                        if state.get("type") == "ready_to_stop":
                            break
                        if "lines" in state:
                            states.note(state, time.perf_counter() - started)
        return states.stream


class WhisperLiveKitStates:
    """Assigns the states of WhisperLiveKit to clips.

    Its server sends the whole state at every change; `lines` are committed words. A line grows over
    pauses, and only its ends have times. Committed words are assigned to every clip between the
    line's former end and its new one, clips without words included. Other words have no times: they
    are assigned to the clip at the end of the processed audio.
    """

    def __init__(self, spoken: Sequence[Spoken], seconds: float) -> None:
        self.stream = Stream([ClipResult(each) for each in spoken])
        self._seconds = seconds
        self._committed = ""
        self._committed_until = 0.0
        self._words_shown = 0

    def note(self, state: dict[str, Any], now: float) -> None:
        """A state that arrived `now` seconds after the start of the stream."""
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
        processed_until = min(now, self._seconds) - state["remaining_time_transcription_processing"]
        begun = [clip for clip in self.stream.clips if clip.spoken.onset <= processed_until]
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
    """Sends the frames at their times, then `last`; the context is the time of the first frame."""
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


def _clip_at(clips: Sequence[ClipResult], at: float) -> ClipResult:
    """The clip nearest to that time of the stream: turns extend into pauses."""
    begun = [clip for clip in clips if clip.spoken.begin - PAUSE_S / 2 <= at]
    return begun[-1] if begun else clips[0]


def _earliest(*moments: float | None) -> float | None:
    return min((each for each in moments if each is not None), default=None)


def _latest(*moments: float | None) -> float | None:
    return max((each for each in moments if each is not None), default=None)


def _seconds(clock: str) -> float:
    """Seconds of a time such as 0:01:02.34."""
    hours, minutes, seconds = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
