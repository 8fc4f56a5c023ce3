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
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.streaming.events import Action
from sentivox.streaming.live_audio import LIVE_FORMATS, LiveAudio, LiveFormat
from sentivox.types import TranscriptionOptions
from sentivox.web.errors import describe
from sentivox.web.realtime import events as live_events
from sentivox.web.realtime.config import LiveConfig
from sentivox.web.realtime.limits import Inbox, Lead, cost_s
from sentivox.web.realtime.messages import (
    Append,
    Clear,
    ClientMessage,
    Commit,
    Mistake,
    Update,
    parse_message,
    size_of,
)
from sentivox.web.realtime.wire import LiveWire
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
        self._audio = LiveAudio(self._format)
        self._wire = LiveWire(session_id, self._config.options.top_languages)
        self._inbox = Inbox(self._limits.max_ahead_s)
        self._in_hand = 0
        """Bytes of the message being listened to that are still to come."""
        self._busy = asyncio.Lock()
        """Held while the session is used, and its events are sent in order."""
        self._requests: dict[asyncio.Task[None], LiveRequest] = {}

    async def run(self, model: str) -> None:
        """Until the client goes away or breaks a limit; then everything of it is stopped."""
        worker = asyncio.create_task(self._work(model))
        reader = asyncio.create_task(self._read())
        seconds = self._limits.max_session_s
        try:
            done, _ = await asyncio.wait(
                {worker, reader}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                await self._give_up(task.exception())
            if not done:
                await self._close(
                    GOING_AWAY, f"A session may last {seconds:g} seconds. Connect again."
                )
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
                if not self._requests and self._inbox.empty:
                    seconds = self._limits.idle_timeout_s
                    await self._close(GOING_AWAY, f"Nothing was sent for {seconds:g} seconds.")
                    return
                continue
            if message["type"] == "websocket.disconnect":
                return
            size = size_of(message)
            if size > self._limits.max_message_bytes:
                limit = self._limits.max_message_bytes // 1024
                await self._close(TOO_LARGE, f"A message may have {limit} KiB at most.")
                return
            parsed = parse_message(message)
            audio = parsed.audio if isinstance(parsed, Append) else b""
            cost = cost_s(self._format.seconds(len(audio)), size)
            most = f"{self._limits.max_ahead_s:g} s"
            if not lead.add(cost):
                await self._close(TOO_FAST, f"Audio came more than {most} ahead of real time.")
                return
            if not self._inbox.put(parsed, cost):
                await self._close(
                    TOO_FAST,
                    f"More than {most} of audio wait: the service can't keep up right now.",
                )
                return

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
            await self._refuse(message, error)
        except WebSocketDisconnect:
            raise
        except Exception as error:
            _log.exception("A live event wasn't dealt with")
            await self._refuse(message, error)

    async def _refuse(self, message: ClientMessage, error: Exception) -> None:
        _, body = describe(error)
        told = live_events.LiveErrorBody(**body.model_dump(), event_id=message.event_id)
        await self._send(live_events.LiveError(error=told))

    async def _append(self, data: bytes) -> None:
        self._in_hand = len(data)
        step = int(PIECE_SECONDS * self._format.rate) * self._format.bytes_per_sample
        for at in range(0, len(data), step):
            while len(self._requests) >= REQUESTS_AT_ONCE:
                await asyncio.wait(self._requests, return_when=asyncio.FIRST_COMPLETED)
            async with self._busy:
                piece = data[at : at + step]
                self._in_hand = len(data) - at - len(piece)
                pcm = self._audio.feed(piece)
                await self._act(await asyncio.to_thread(self._session.feed, pcm))

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
            for task, request in self._requests.items():
                if request.turn == self._session.open_turn:
                    task.cancel()
            self._session.clear()
            await self._send(live_events.Cleared())

    async def _update(self, session: object, *, silent: bool) -> None:
        config = self._config.updated(session)
        async with self._busy:
            # A turn that ends here is asked for with the options it was spoken under.
            await self._act(self._session.update(config.options, automatic=config.automatic))
            former, self._config = self._format, config
            if self._format != former:
                self._audio = LiveAudio(self._format)
            self._wire.top_languages = config.options.top_languages
            if not silent:
                await self._send(live_events.SessionUpdated(session=self._described()))

    async def _act(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, LiveRequest):
                self._ask(action)
            else:
                waiting = self._inbox.audio_bytes + self._in_hand
                for event in self._wire.told(action, self._format.seconds(waiting)):
                    await self._send(event)

    def _ask(self, request: LiveRequest) -> None:
        """The session passes over the answer to an earlier request for the same window."""
        for task, earlier in self._requests.items():
            if _place(earlier) == _place(request) and task is not asyncio.current_task():
                task.cancel()
        task = asyncio.create_task(self._hear(request, self._config.options))
        self._requests[task] = request
        task.add_done_callback(self._requests.pop)

    async def _hear(self, request: LiveRequest, options: TranscriptionOptions) -> None:
        heard: LiveResult | SpeechError
        try:
            heard = await self._service.hear(request, options)
        except SpeechError as error:
            heard = error
        except Exception:
            _log.exception("Some live speech wasn't recognised")
            heard = StageUnavailable("This turn couldn't be recognised.")
        with suppress(WebSocketDisconnect):
            async with self._busy:
                await self._act(self._session.answer(request, heard))

    @property
    def _format(self) -> LiveFormat:
        return LIVE_FORMATS[self._config.audio.input.format.type]

    async def _send(self, event: BaseModel) -> None:
        if self._websocket.application_state is not WebSocketState.CONNECTED:
            # The reader has closed the session a moment ago.
            raise WebSocketDisconnect
        await self._websocket.send_text(event.model_dump_json())

    async def _close(self, code: int, reason: str) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):
                await self._websocket.close(code, reason)

    async def _give_up(self, error: BaseException | None) -> None:
        if error is None or isinstance(error, WebSocketDisconnect):
            return
        _log.error("A live session failed", exc_info=error)
        await self._close(1011, "Something went wrong on our side. Connect again.")

    def _described(self) -> live_events.Session:
        return live_events.Session(id=self._wire.session_id, **dict(self._config))


def _place(request: LiveRequest) -> tuple[int, int]:
    return request.turn, request.window.index
