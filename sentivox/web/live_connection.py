"""One live client: what it sends goes into a StreamingSession, what comes out goes back to it.

Three kinds of tasks share a session. The reader takes messages off the socket at once, so that a
client that floods is noticed; the worker feeds them to the session in order; and every request to
the stages waits for its answer in a task of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress

from pydantic import BaseModel
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sentivox.errors import InvalidRequest, SpeechError, StageUnavailable
from sentivox.streaming.events import Action
from sentivox.streaming.hearing import Hearing, HearingRequest
from sentivox.streaming.live_audio import LIVE_FORMATS, LiveAudio
from sentivox.types import SAMPLE_RATE
from sentivox.web import live_events
from sentivox.web.errors import describe
from sentivox.web.live_config import LiveConfig
from sentivox.web.live_limits import Lead
from sentivox.web.live_messages import (
    Append,
    Clear,
    ClientMessage,
    Commit,
    Mistake,
    Update,
    parse_message,
    size_of,
)
from sentivox.web.live_wire import LiveWire
from sentivox.web.service import SpeechService

REQUESTS_AT_ONCE = 4
"""Of one session: a client that is ahead of real time waits for its own turn."""
PIECE_SECONDS = 1.0
"""Audio that is listened to in one go."""
SHORTEST_COMMIT_S = 0.1

TOO_LARGE, TOO_FAST, GOING_AWAY = 1009, 1008, 1001

_log = logging.getLogger("sentivox.web")


class LiveConnection:
    def __init__(self, websocket: WebSocket, service: SpeechService, session_id: str) -> None:
        self._websocket = websocket
        self._service = service
        self._limits = service.settings.live
        self._config = LiveConfig()
        self._session = service.listen(self._config.options, automatic=self._config.automatic)
        self._audio = LiveAudio(LIVE_FORMATS[self._config.audio.input.format.type])
        self._wire = LiveWire(session_id, self._config.options.top_languages)
        self._inbox: asyncio.Queue[ClientMessage] = asyncio.Queue()
        self._busy = asyncio.Lock()
        """Held while the session is used, and its events are sent in order."""
        self._requests: dict[asyncio.Task[None], int] = {}
        """With the turn that each one is for."""

    async def run(self, model: str) -> None:
        """Until the client goes away or breaks a limit; then everything of it is stopped."""
        worker = asyncio.create_task(self._work(model))
        reader = asyncio.create_task(self._read())
        try:
            await asyncio.wait({worker, reader}, return_when=asyncio.FIRST_COMPLETED)
            if worker.done() and not worker.cancelled() and worker.exception():
                await self._give_up(worker.exception())
        except asyncio.CancelledError:
            await asyncio.shield(self._close(GOING_AWAY, "The service is restarting."))
            raise
        finally:
            tasks = [worker, reader, *self._requests]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        lead = Lead(self._limits.max_ahead_s)
        while True:
            try:
                message = await asyncio.wait_for(
                    self._websocket.receive(), self._limits.idle_timeout_s
                )
            except TimeoutError:
                if not self._requests and self._inbox.empty():
                    seconds = self._limits.idle_timeout_s
                    await self._close(GOING_AWAY, f"Nothing was sent for {seconds:g} seconds.")
                    return
                continue
            if message["type"] == "websocket.disconnect":
                return
            if size_of(message) > self._limits.max_message_bytes:
                limit = self._limits.max_message_bytes // 1024
                await self._close(TOO_LARGE, f"A message may have {limit} KiB at most.")
                return
            parsed = parse_message(message)
            audio_s = 0.0
            if isinstance(parsed, Append):
                audio_s = LIVE_FORMATS[self._config.audio.input.format.type].seconds(
                    len(parsed.audio)
                )
            if not lead.add(audio_s):
                await self._close(
                    TOO_FAST,
                    f"Audio came more than {self._limits.max_ahead_s:g} s ahead of real time.",
                )
                return
            self._inbox.put_nowait(parsed)

    async def _work(self, model: str) -> None:
        await self._send(live_events.SessionCreated(session=self._described()))
        if model:
            await self._handle(
                Update({"audio": {"input": {"transcription": {"model": model}}}}), silent=True
            )
        while True:
            await self._handle(await self._inbox.get())

    async def _handle(self, message: ClientMessage, *, silent: bool = False) -> None:
        try:
            match message:
                case Append():
                    await self._append(message.audio)
                case Commit():
                    await self._commit()
                case Clear():
                    await self._clear()
                case Update():
                    await self._update(message.session, silent=silent)
                case Mistake():
                    raise message.error
        except SpeechError as error:
            _, body = describe(error)
            told = live_events.LiveErrorBody(**body.model_dump(), event_id=message.event_id)
            await self._send(live_events.LiveError(error=told))

    async def _append(self, data: bytes) -> None:
        pcm = self._audio.feed(data)
        step = int(PIECE_SECONDS * SAMPLE_RATE)
        for at in range(0, len(pcm), step):
            while len(self._requests) >= REQUESTS_AT_ONCE:
                await asyncio.wait(self._requests, return_when=asyncio.FIRST_COMPLETED)
            async with self._busy:
                piece = pcm[at : at + step]
                await self._act(await asyncio.to_thread(self._session.feed, piece))

    async def _commit(self) -> None:
        async with self._busy:
            if not self._session.can_commit(SHORTEST_COMMIT_S):
                raise InvalidRequest(
                    "There is nothing to commit: no speech since the last turn, or less than "
                    f"{SHORTEST_COMMIT_S:g} s of audio."
                )
            await self._act(self._session.commit())

    async def _clear(self) -> None:
        async with self._busy:
            for task, turn in self._requests.items():
                if turn == self._session.open_turn:
                    task.cancel()
            self._session.clear()
            await self._send(live_events.Cleared())

    async def _update(self, session: object, *, silent: bool) -> None:
        config = self._config.updated(session)
        if config.audio.input.format != self._config.audio.input.format:
            self._audio = LiveAudio(LIVE_FORMATS[config.audio.input.format.type])
        self._config = config
        self._wire.top_languages = config.options.top_languages
        async with self._busy:
            await self._act(self._session.update(config.options, automatic=config.automatic))
            if not silent:
                await self._send(live_events.SessionUpdated(session=self._described()))

    async def _act(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, HearingRequest):
                self._ask(action)
            else:
                for event in self._wire.told(action):
                    await self._send(event)

    def _ask(self, request: HearingRequest) -> None:
        task = asyncio.create_task(self._hear(request))
        self._requests[task] = request.turn
        task.add_done_callback(self._requests.pop)

    async def _hear(self, request: HearingRequest) -> None:
        heard: Hearing | SpeechError
        try:
            heard = await self._service.hear(request, self._config.options)
        except SpeechError as error:
            heard = error
        except Exception:
            _log.exception("Some live speech wasn't recognised")
            heard = StageUnavailable("This turn couldn't be recognised.")
        with suppress(WebSocketDisconnect):
            async with self._busy:
                await self._act(self._session.answer(request, heard))

    async def _send(self, event: BaseModel) -> None:
        await self._websocket.send_text(event.model_dump_json())

    async def _close(self, code: int, reason: str) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            await self._websocket.close(code, reason)

    async def _give_up(self, error: BaseException | None) -> None:
        if isinstance(error, WebSocketDisconnect):
            return
        _log.error("A live session failed", exc_info=error)
        await self._close(1011, "Something went wrong on our side. Connect again.")

    def _described(self) -> live_events.Session:
        return live_events.Session(id=self._wire.session_id, **dict(self._config))
