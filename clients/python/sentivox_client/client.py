"""The two clients: the same calls and answers, and only the waiting differs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    aclosing,
    asynccontextmanager,
    closing,
    contextmanager,
)
from functools import partial
from typing import Self, TypedDict, Unpack

import httpx2

from sentivox_client.calls import (
    Audio,
    Call,
    Channels,
    Task,
    answer,
    client_arguments,
    error_of,
    readiness,
    settled,
    transcription,
)
from sentivox_client.live import LiveSession, live_session
from sentivox_client.live_messages import LiveOptions
from sentivox_client.results import (
    Json,
    Language,
    Readiness,
    Transcript,
    read_languages,
    read_models,
)
from sentivox_client.retries import Retries
from sentivox_client.streams import AsyncSegmentStream, SegmentStream

MODELS = Call("GET", "/v1/models")
LANGUAGES = Call("GET", "/v1/languages")
READY = Call("GET", "/ready")

READ_TIMEOUT_S = 600.0
"""An hour of audio on a small machine may take this long."""


class Options(TypedDict, total=False):
    """What `transcribe` and `stream` can be told."""

    task: Task
    """"translate" answers in English."""
    model: str
    """"auto", or the id of one of `models()`."""
    language: str | None
    """A code from `languages()`; found out when it isn't given."""
    languages: list[str] | tuple[str, ...]
    """The only languages to choose from."""
    prompt: str | None
    """Words that came before, or names whose spelling to follow."""
    keywords: list[str] | tuple[str, ...]
    """Words to expect."""
    temperature: float | None
    words: bool
    """Times for each word too."""
    sentiment: bool
    """True unless given."""
    channels: Channels
    """"split" takes every channel for a speaker and tells who says what; "mix" unless given."""


class Sentivox:
    """A connection to one service; `SENTIVOX_URL` and `SENTIVOX_API_KEY` fill what isn't given.

    Every method raises `SentivoxError`; those that take a path also raise OSError.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = READ_TIMEOUT_S,
        retries: Retries | None = None,
    ) -> None:
        self._http = httpx2.Client(**client_arguments(base_url, api_key, timeout))
        self._retries = retries or Retries()

    def transcribe(self, file: Audio, **options: Unpack[Options]) -> Transcript:
        """A file in any usual format, streamed from disk when given by its path."""
        return Transcript.read(self._ask(transcription(file, **options)))

    def stream(self, file: Audio, **options: Unpack[Options]) -> SegmentStream:
        """Segments as they are recognised: `for segment in client.stream("talk.mp3"): ...`."""
        call = transcription(file, **options, stream=True)
        return SegmentStream(partial(self._streamed, call))

    def languages(self) -> tuple[Language, ...]:
        """Every language that can be transcribed."""
        return read_languages(self._ask(LANGUAGES))

    def models(self) -> tuple[str, ...]:
        """What `model` may be."""
        return read_models(self._ask(MODELS))

    def ready(self) -> Readiness:
        """How the service is right now; asked once, and not ready is an answer too."""
        return readiness(settled(self._try(READY)))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, call: Call) -> Json:
        return answer(self._send(call))

    @contextmanager
    def _streamed(self, call: Call) -> Iterator[httpx2.Response]:
        with closing(self._send(call, stream=True)) as response:
            if response.is_error:
                response.read()
                raise error_of(response)
            yield response

    def _send(self, call: Call, stream: bool = False) -> httpx2.Response:
        tries = 1
        outcome = self._try(call, stream)
        while (pause := self._retries.pause(tries, outcome)) is not None:
            if isinstance(outcome, httpx2.Response):
                outcome.close()
            time.sleep(pause)
            tries += 1
            outcome = self._try(call, stream)
        return settled(outcome)

    def _try(self, call: Call, stream: bool = False) -> httpx2.Response | httpx2.TransportError:
        try:
            with call.opened() as arguments:
                return self._http.send(self._http.build_request(**arguments), stream=stream)
        except httpx2.TransportError as error:
            return error


class AsyncSentivox:
    """`Sentivox` for asyncio: the same methods, awaited; and live sessions."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = READ_TIMEOUT_S,
        retries: Retries | None = None,
    ) -> None:
        self._http = httpx2.AsyncClient(**client_arguments(base_url, api_key, timeout))
        self._retries = retries or Retries()

    async def transcribe(self, file: Audio, **options: Unpack[Options]) -> Transcript:
        """A file in any usual format, streamed from disk when given by its path."""
        return Transcript.read(await self._ask(transcription(file, **options)))

    def stream(self, file: Audio, **options: Unpack[Options]) -> AsyncSegmentStream:
        """Segments as they are recognised: `async for segment in client.stream("talk.mp3")`."""
        call = transcription(file, **options, stream=True)
        return AsyncSegmentStream(partial(self._streamed, call))

    def live(self, **options: Unpack[LiveOptions]) -> AbstractAsyncContextManager[LiveSession]:
        """A conversation, heard while it goes on: `async with client.live() as session: ...`."""
        return live_session(self._http, self._retries, options)

    async def languages(self) -> tuple[Language, ...]:
        """Every language that can be transcribed."""
        return read_languages(await self._ask(LANGUAGES))

    async def models(self) -> tuple[str, ...]:
        """What `model` may be."""
        return read_models(await self._ask(MODELS))

    async def ready(self) -> Readiness:
        """How the service is right now; asked once, and not ready is an answer too."""
        return readiness(settled(await self._try(READY)))

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ask(self, call: Call) -> Json:
        return answer(await self._send(call))

    @asynccontextmanager
    async def _streamed(self, call: Call) -> AsyncIterator[httpx2.Response]:
        async with aclosing(await self._send(call, stream=True)) as response:
            if response.is_error:
                await response.aread()
                raise error_of(response)
            yield response

    async def _send(self, call: Call, stream: bool = False) -> httpx2.Response:
        tries = 1
        outcome = await self._try(call, stream)
        while (pause := self._retries.pause(tries, outcome)) is not None:
            if isinstance(outcome, httpx2.Response):
                await outcome.aclose()
            await asyncio.sleep(pause)
            tries += 1
            outcome = await self._try(call, stream)
        return settled(outcome)

    async def _try(
        self, call: Call, stream: bool = False
    ) -> httpx2.Response | httpx2.TransportError:
        try:
            with call.opened() as arguments:
                return await self._http.send(self._http.build_request(**arguments), stream=stream)
        except httpx2.TransportError as error:
            return error
