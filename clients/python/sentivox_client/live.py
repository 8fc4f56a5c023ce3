"""A live session: audio in and words out at the same time, over one WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx2
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from sentivox_client.calls import another_program, origin
from sentivox_client.errors import NoAnswer, SentivoxError, error_in_session
from sentivox_client.live_events import LiveError, LiveEvent, read_event
from sentivox_client.live_messages import (
    CLEAR,
    COMMIT,
    FINISH,
    FINISHING,
    PIECE_BYTES,
    LiveOptions,
    set_up,
)
from sentivox_client.live_socket import OPEN_TIMEOUT_S, close_socket, ended, open_socket
from sentivox_client.results import Json
from sentivox_client.retries import Retries


@asynccontextmanager
async def live_session(
    http: httpx2.AsyncClient, retries: Retries, options: LiveOptions
) -> AsyncIterator[LiveSession]:
    """Connected and set up; raises what the service has against the options."""
    socket = await open_socket(http, retries)
    session = LiveSession(socket, http)
    try:
        await session.begin(options)
        yield session
    finally:
        await session.close()


class LiveSession:
    """Iterate over it for the events, in a task of its own or after `finish()`: they are kept.

    Every method, and the iteration, raises `SentivoxError` once the connection is lost.
    """

    def __init__(self, socket: ClientConnection, http: httpx2.AsyncClient) -> None:
        self._socket = socket
        self._request = http.build_request("GET", "/")
        self._patience_s = http.timeout.read
        self._events: asyncio.Queue[LiveEvent | None] = asyncio.Queue()
        """None is the end."""
        self._reader: asyncio.Task[None] | None = None
        self._awaited: set[str] = set()
        """Items that are committed and whose words are still to come."""
        self._all_taken_in = False
        """Whether the service has dealt with everything that was sent."""
        self._settled = asyncio.Event()
        self._closing = False
        self._failure: SentivoxError | None = None

    async def begin(self, options: LiveOptions) -> None:
        """Done by `AsyncSentivox.live`."""
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await self._say(set_up(options))
                while (event := await self._hear())["type"] != "session.updated":
                    if event["type"] == "error":
                        raise error_in_session(event["error"])
        except TimeoutError as error:
            raise self._too_slow() from error
        except (ValueError, KeyError, TypeError) as error:
            raise another_program(self._request) from error
        self._reader = asyncio.create_task(self._read())

    async def send(self, pcm: bytes) -> None:
        """Audio: 24 kHz, 16-bit little-endian, mono, in pieces of any length.

        Waits while the network takes no more.
        """
        for at in range(0, len(pcm), PIECE_BYTES):
            await self._send(pcm[at : at + PIECE_BYTES])

    async def commit(self) -> None:
        """The turn ends now. With nothing said, a LiveError tells so."""
        await self._say(COMMIT)

    async def clear(self) -> None:
        """Forget the turn that is open."""
        await self._say(CLEAR)

    async def finish(self) -> None:
        """Ends the turn, waits for all words that are still to come, and closes."""
        try:
            for message in FINISH:
                await self._say(message)
            async with asyncio.timeout(self._patience_s):
                await self._settled.wait()
        except TimeoutError as error:
            self._failure = self._too_slow()
            raise self._failure from error
        finally:
            await self.close()
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        """Ends the session at once; leaving `async with` does it too."""
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
                self._take(await self._hear())
        except SentivoxError as error:
            if not self._closing:
                self._failure = error
        except (ValueError, KeyError, TypeError):
            self._failure = another_program(self._request)
            await close_socket(self._socket)
        finally:
            self._settled.set()
            self._events.put_nowait(None)

    def _take(self, wire: Json) -> None:
        match wire["type"]:
            case "session.updated":
                self._all_taken_in = True
            case "input_audio_buffer.committed":
                self._awaited.add(wire["item_id"])
            case (
                "conversation.item.input_audio_transcription.completed"
                | "conversation.item.input_audio_transcription.failed"
            ):
                self._awaited.discard(wire["item_id"])
        event = read_event(wire)
        if event is not None and not _nothing_to_commit(event):
            self._events.put_nowait(event)
        if self._all_taken_in and not self._awaited:
            self._settled.set()

    async def _hear(self) -> Json:
        try:
            event: Any = json.loads(await self._socket.recv())
        except ConnectionClosed as error:
            raise ended(error, origin(self._request)) from error
        if not isinstance(event, dict):
            raise TypeError(event)
        return event

    async def _say(self, message: Json) -> None:
        await self._send(json.dumps(message))

    async def _send(self, message: str | bytes) -> None:
        try:
            await self._socket.send(message)
        except ConnectionClosed as error:
            if self._failure is not None:
                raise self._failure from error
            if self._closing:
                raise NoAnswer("This session is over.") from error
            raise ended(error, origin(self._request)) from error

    def _too_slow(self) -> NoAnswer:
        return NoAnswer(f"The service at {origin(self._request)} took too long to answer.")


def _nothing_to_commit(event: LiveEvent) -> bool:
    """`finish()` commits whether or not somebody has spoken."""
    return isinstance(event, LiveError) and event.raw["error"].get("event_id") == FINISHING
