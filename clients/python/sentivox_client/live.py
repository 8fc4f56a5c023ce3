"""Live sessions: audio is sent and events are received over one WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx2
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from sentivox_client.calls import origin, unknown_server
from sentivox_client.errors import NoAnswer, SentivoxError, error_in_session
from sentivox_client.live_events import LiveError, LiveEvent, read_event
from sentivox_client.live_messages import (
    CLEAR,
    COMMIT,
    FINISH,
    FINISH_EVENT_ID,
    PIECE_BYTES,
    LiveOptions,
    session_update,
)
from sentivox_client.live_socket import OPEN_TIMEOUT_S, close_error, close_socket, open_socket
from sentivox_client.results import Json
from sentivox_client.retries import Retries


@asynccontextmanager
async def live_session(
    http: httpx2.AsyncClient, retries: Retries, options: LiveOptions
) -> AsyncIterator[LiveSession]:
    """Open a session and set its options; raises RequestRefused for invalid options."""
    socket = await open_socket(http, retries)
    session = LiveSession(socket, http)
    try:
        await session.begin(options)
        yield session
    finally:
        await session.close()


class LiveSession:
    """A live session; iterate over it for the events.

    Events are queued, so the iteration may run in another task or begin after `finish()`.
    Every method and the iteration raise `SentivoxError` once the connection is lost.
    """

    def __init__(self, socket: ClientConnection, http: httpx2.AsyncClient) -> None:
        self._socket = socket
        self._request = http.build_request("GET", "/")
        self._finish_timeout_s = http.timeout.read
        self._events: asyncio.Queue[LiveEvent | None] = asyncio.Queue()
        """Events not yet returned by the iteration; None marks the end."""
        self._reader: asyncio.Task[None] | None = None
        self._uncompleted: set[str] = set()
        """Ids of committed items whose final text hasn't arrived."""
        self._all_read = False
        """Whether the server has read everything that was sent before `finish()`."""
        self._completed = asyncio.Event()
        self._closing = False
        self._failure: SentivoxError | None = None

    async def begin(self, options: LiveOptions) -> None:
        """Set the options and start to receive events; called by `AsyncSentivox.live`."""
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await self._send_event(session_update(options))
                while (event := await self._receive())["type"] != "session.updated":
                    if event["type"] == "error":
                        raise error_in_session(event["error"])
        except TimeoutError as error:
            raise self._timed_out() from error
        except (ValueError, KeyError, TypeError) as error:
            raise unknown_server(self._request) from error
        self._reader = asyncio.create_task(self._read())

    async def send(self, pcm: bytes) -> None:
        """Send audio: 24 kHz, 16-bit little-endian, mono, in pieces of any length.

        Waits while the connection's send buffer is full.
        """
        for at in range(0, len(pcm), PIECE_BYTES):
            await self._send(pcm[at : at + PIECE_BYTES])

    async def commit(self) -> None:
        """End the current turn; without speech in it, the server answers with a LiveError."""
        await self._send_event(COMMIT)

    async def clear(self) -> None:
        """Discard the audio of the current turn."""
        await self._send_event(CLEAR)

    async def finish(self) -> None:
        """End the current turn, wait for the final text of all turns, and close the session."""
        try:
            for message in FINISH:
                await self._send_event(message)
            async with asyncio.timeout(self._finish_timeout_s):
                await self._completed.wait()
        except TimeoutError as error:
            self._failure = self._timed_out()
            raise self._failure from error
        finally:
            await self.close()
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        """Close the session at once; leaving the `async with` block does the same."""
        self._closing = True
        await close_socket(self._socket)
        if self._reader is not None:
            await self._reader

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LiveEvent:
        event = await self._events.get()
        if event is not None:
            return event
        self._events.put_nowait(None)
        if self._failure is not None:
            raise self._failure
        raise StopAsyncIteration

    async def _read(self) -> None:
        try:
            while True:
                self._handle(await self._receive())
        except SentivoxError as error:
            if not self._closing:
                self._failure = error
        except (ValueError, KeyError, TypeError):
            self._failure = unknown_server(self._request)
            await close_socket(self._socket)
        finally:
            self._completed.set()
            self._events.put_nowait(None)

    def _handle(self, wire: Json) -> None:
        match wire["type"]:
            case "session.updated":
                self._all_read = True
            case "input_audio_buffer.committed":
                self._uncompleted.add(wire["item_id"])
            case (
                "conversation.item.input_audio_transcription.completed"
                | "conversation.item.input_audio_transcription.failed"
            ):
                self._uncompleted.discard(wire["item_id"])
        event = read_event(wire)
        if event is not None and not _is_empty_commit(event):
            self._events.put_nowait(event)
        if self._all_read and not self._uncompleted:
            self._completed.set()

    async def _receive(self) -> Json:
        try:
            event: Any = json.loads(await self._socket.recv())
        except ConnectionClosed as error:
            raise close_error(error, origin(self._request)) from error
        if not isinstance(event, dict):
            raise TypeError(event)
        return event

    async def _send_event(self, message: Json) -> None:
        await self._send(json.dumps(message))

    async def _send(self, message: str | bytes) -> None:
        try:
            await self._socket.send(message)
        except ConnectionClosed as error:
            if self._failure is not None:
                raise self._failure from error
            if self._closing:
                raise NoAnswer("This session is over.") from error
            raise close_error(error, origin(self._request)) from error

    def _timed_out(self) -> NoAnswer:
        return NoAnswer(f"The server at {origin(self._request)} took too long to answer.")


def _is_empty_commit(event: LiveEvent) -> bool:
    """Whether the event refuses the commit of `finish()`, which is sent even without speech."""
    return isinstance(event, LiveError) and event.raw["error"].get("event_id") == FINISH_EVENT_ID
