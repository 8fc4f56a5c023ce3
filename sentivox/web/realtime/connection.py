"""One live client: its messages go to a StreamingSession, and the session's events to the client.

A session has three kinds of tasks. The reader takes messages off the socket at once, so that a
client that sends too fast is noticed. The worker processes the messages in order. Each request to
the pipeline awaits its result in a task of its own.
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
from sentivox.streaming.live_audio import LIVE_FORMATS, LiveAudioDecoder, LiveFormat
from sentivox.types import TranscriptionOptions
from sentivox.web.errors import describe
from sentivox.web.realtime import events
from sentivox.web.realtime.config import LiveConfig
from sentivox.web.realtime.event_converter import EventConverter
from sentivox.web.realtime.limits import MessageQueue, RateLimiter, message_cost_s
from sentivox.web.realtime.messages import (
    Append,
    Clear,
    ClientMessage,
    Commit,
    InvalidMessage,
    Update,
    parse_message,
    size_of,
)
from sentivox.web.service import SpeechService

MAX_REQUESTS = 4
"""Requests of one session at the same time; more audio waits in the session's queue, so that a
client ahead of real time takes no capacity from other clients.
"""
CHUNK_SECONDS = 1.0
"""Audio fed to the session in one step."""
MIN_COMMIT_S = 0.1
"""Shortest audio that can be committed, as in OpenAI's Realtime API."""

TOO_LARGE, TOO_FAST, GOING_AWAY, SERVER_ERROR = 1009, 1008, 1001, 1011
"""Close codes of the WebSocket."""

_log = logging.getLogger("sentivox.web")


class LiveConnection:
    """The connection of one client; `run` serves it until its end."""

    def __init__(self, websocket: WebSocket, service: SpeechService, session_id: str) -> None:
        self._websocket = websocket
        self._service = service
        self._limits = service.settings.live
        self._config = LiveConfig()
        options = self._config.options
        self._session = service.new_session(options, automatic=self._config.automatic)
        self._decoder = LiveAudioDecoder(self._format)
        self._converter = EventConverter(session_id, options.top_languages)
        self._rate_limiter = RateLimiter(self._limits.max_ahead_s)
        self._queue = MessageQueue(self._limits.max_ahead_s)
        self._unfed_bytes = 0
        """Bytes of the current message that aren't fed to the session yet."""
        self._session_lock = asyncio.Lock()
        """Held while the session is used and its events are sent, so that they stay in order."""
        self._requests: dict[asyncio.Task[None], LiveRequest] = {}

    async def run(self, model: str) -> None:
        """Serve the client until it disconnects or breaks a limit, then cancel all its tasks."""
        worker = asyncio.create_task(self._process_messages(model))
        reader = asyncio.create_task(self._read_messages())
        max_session_s = self._limits.max_session_s
        try:
            done, _ = await asyncio.wait(
                {worker, reader}, timeout=max_session_s, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                error = task.exception()
                if error is not None and not isinstance(error, WebSocketDisconnect):
                    _log.error("A live session failed", exc_info=error)
                    await self._close(
                        SERVER_ERROR, "Something went wrong on our side. Connect again."
                    )
            if not done:
                await self._close(
                    GOING_AWAY, f"A session may last {max_session_s:g} seconds. Connect again."
                )
        finally:
            tasks = [worker, reader, *self._requests]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_messages(self) -> None:
        """Move messages from the socket to the queue until the client disconnects or breaks a
        limit.
        """
        while True:
            try:
                message = await asyncio.wait_for(
                    self._websocket.receive(), self._limits.idle_timeout_s
                )
            except TimeoutError:
                if not self._requests and self._queue.empty:
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
            if refusal := self._enqueue(parse_message(message), size):
                await self._close(TOO_FAST, refusal)
                return

    def _enqueue(self, message: ClientMessage, size: int) -> str | None:
        """Queue a message of `size` bytes. The reason to close if the client is too fast."""
        audio = message.audio if isinstance(message, Append) else b""
        cost_s = message_cost_s(self._format.seconds(len(audio)), size)
        most = f"{self._limits.max_ahead_s:g} s"
        if not self._rate_limiter.add(cost_s):
            return f"Audio came more than {most} ahead of real time."
        if not self._queue.put(message, cost_s):
            return f"More than {most} of audio wait: the service can't keep up right now."
        return None

    async def _process_messages(self, model: str) -> None:
        await self._send(events.SessionCreated(session=self._session_settings()))
        if model:
            await self._process(
                Update({"audio": {"input": {"transcription": {"model": model}}}}), silent=True
            )
        while True:
            await self._process(await self._queue.get())

    async def _process(self, message: ClientMessage, *, silent: bool = False) -> None:
        """Process one message; an error is sent to the client. `silent` sends no confirmation."""
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
                case InvalidMessage():
                    raise message.error
        except SpeechError as error:
            await self._send_error(message, error)
        except WebSocketDisconnect:
            raise
        except Exception as error:
            _log.exception("A message of a live session failed")
            await self._send_error(message, error)

    async def _send_error(self, message: ClientMessage, error: Exception) -> None:
        _, body = describe(error)
        live_body = events.LiveErrorBody(**body.model_dump(), event_id=message.event_id)
        await self._send(events.LiveError(error=live_body))

    async def _append(self, data: bytes) -> None:
        self._unfed_bytes = len(data)
        step = int(CHUNK_SECONDS * self._format.rate) * self._format.bytes_per_sample
        for at in range(0, len(data), step):
            while len(self._requests) >= MAX_REQUESTS:
                await asyncio.wait(self._requests, return_when=asyncio.FIRST_COMPLETED)
            async with self._session_lock:
                chunk = data[at : at + step]
                self._unfed_bytes = len(data) - at - len(chunk)
                pcm = self._decoder.feed(chunk)
                await self._act(await asyncio.to_thread(self._session.feed, pcm))

    async def _commit(self) -> None:
        async with self._session_lock:
            if not self._session.can_commit(MIN_COMMIT_S):
                raise InvalidRequest(
                    "There is nothing to commit: no speech since the last turn, or less than "
                    f"{MIN_COMMIT_S:g} s of audio."
                )
            await self._act(self._session.commit())

    async def _clear(self) -> None:
        async with self._session_lock:
            for task, request in self._requests.items():
                if request.turn == self._session.open_turn:
                    task.cancel()
            self._session.clear()
            await self._send(events.Cleared())

    async def _update(self, settings: object, *, silent: bool) -> None:
        config = self._config.updated(settings)
        async with self._session_lock:
            # The final request of a turn that ends here has the former options.
            await self._act(self._session.update(config.options, automatic=config.automatic))
            former_format, self._config = self._format, config
            if self._format != former_format:
                self._decoder = LiveAudioDecoder(self._format)
            self._converter.top_languages = config.options.top_languages
            if not silent:
                await self._send(events.SessionUpdated(session=self._session_settings()))

    async def _act(self, actions: Iterable[Action]) -> None:
        """Send the session's events to the client and its requests to the service."""
        for action in actions:
            if isinstance(action, LiveRequest):
                self._start_request(action)
            else:
                queued_s = self._format.seconds(self._queue.audio_bytes + self._unfed_bytes)
                for event in self._converter.convert(action, queued_s):
                    await self._send(event)

    def _start_request(self, request: LiveRequest) -> None:
        """Start a request and cancel an earlier one for its window, whose result the session would
        ignore.
        """
        for task, earlier in self._requests.items():
            same_window = (
                earlier.turn == request.turn and earlier.window.index == request.window.index
            )
            if same_window and task is not asyncio.current_task():
                task.cancel()
        task = asyncio.create_task(self._recognize(request, self._config.options))
        self._requests[task] = request
        task.add_done_callback(self._requests.pop)

    async def _recognize(self, request: LiveRequest, options: TranscriptionOptions) -> None:
        result: LiveResult | SpeechError
        try:
            result = await self._service.recognize_live(request, options)
        except SpeechError as error:
            result = error
        except Exception:
            _log.exception("A request of a live session failed")
            result = StageUnavailable("This turn couldn't be recognised.")
        with suppress(WebSocketDisconnect):
            async with self._session_lock:
                await self._act(self._session.answer(request, result))

    @property
    def _format(self) -> LiveFormat:
        return LIVE_FORMATS[self._config.audio.input.format.type]

    def _session_settings(self) -> events.Session:
        return events.Session(id=self._converter.session_id, **dict(self._config))

    async def _send(self, event: BaseModel) -> None:
        if self._websocket.application_state is not WebSocketState.CONNECTED:
            # The reader has just closed the connection.
            raise WebSocketDisconnect
        await self._websocket.send_text(event.model_dump_json())

    async def _close(self, code: int, reason: str) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):
                await self._websocket.close(code, reason)
