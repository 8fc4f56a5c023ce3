"""The clients: `Sentivox`, and `AsyncSentivox` with the same methods for asyncio."""

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
    client_arguments,
    error_of,
    json_of,
    readiness,
    response_of,
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
"""Default limit of a response, in seconds: an hour of audio on a small machine takes this long."""


class Options(TypedDict, total=False):
    """Options of `transcribe` and `stream`."""

    task: Task
    """"translate" gives English text; default "transcribe"."""
    model: str
    """An id from `models()`; default "auto"."""
    language: str | None
    """A code from `languages()`, or a tag such as "zh-TW"; default None: detected."""
    languages: list[str] | tuple[str, ...]
    """Language detection chooses among these codes only; default: among all."""
    prompt: str | None
    """Text before the audio, or names whose spelling to follow."""
    keywords: list[str] | tuple[str, ...]
    """Words that are likely to occur."""
    temperature: float | None
    """Sampling temperature of the decoder; default None: the server's fallback ladder."""
    words: bool
    """Whether to return the time of each word; default False."""
    sentiment: bool
    """Whether to return the sentiment of each segment; default True."""
    channels: Channels
    """"split" takes each channel for a speaker; default "mix": all channels are one recording."""
    audio_track: int | None
    """Number of the audio track of a film, from 1; default None: the one with speech."""


class Sentivox:
    """Connection to a server; the defaults are `SENTIVOX_URL` and `SENTIVOX_API_KEY`.

    Every method raises `SentivoxError`; methods that take a path also raise OSError.
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
        """Transcribe an audio file in any usual format; a path is streamed from disk."""
        return Transcript.read(self._ask(transcription(file, **options)))

    def stream(self, file: Audio, **options: Unpack[Options]) -> SegmentStream:
        """Transcribe and yield segments: `for segment in client.stream("talk.mp3"): ...`."""
        call = transcription(file, **options, stream=True)
        return SegmentStream(partial(self._streamed, call))

    def languages(self) -> tuple[Language, ...]:
        """Languages that can be transcribed."""
        return read_languages(self._ask(LANGUAGES))

    def models(self) -> tuple[str, ...]:
        """Values of the option `model`."""
        return read_models(self._ask(MODELS))

    def ready(self) -> Readiness:
        """Whether the server and each of its stages is ready; not retried."""
        return readiness(response_of(self._try(READY)))

    def close(self) -> None:
        """Close the connection; leaving the `with` block does the same."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, call: Call) -> Json:
        return json_of(self._send(call))

    @contextmanager
    def _streamed(self, call: Call) -> Iterator[httpx2.Response]:
        with closing(self._send(call, stream=True)) as response:
            if response.is_error:
                response.read()
                raise error_of(response)
            yield response

    def _send(self, call: Call, stream: bool = False) -> httpx2.Response:
        attempts = 1
        outcome = self._try(call, stream)
        while (delay := self._retries.delay(attempts, outcome)) is not None:
            if isinstance(outcome, httpx2.Response):
                outcome.close()
            time.sleep(delay)
            attempts += 1
            outcome = self._try(call, stream)
        return response_of(outcome)

    def _try(self, call: Call, stream: bool = False) -> httpx2.Response | httpx2.TransportError:
        try:
            with call.opened() as arguments:
                return self._http.send(self._http.build_request(**arguments), stream=stream)
        except httpx2.TransportError as error:
            return error


class AsyncSentivox:
    """`Sentivox` for asyncio, with the same methods, and live sessions."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = READ_TIMEOUT_S,
        retries: Retries | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """`transport` carries the requests in place of the network."""
        arguments = client_arguments(base_url, api_key, timeout)
        self._http = httpx2.AsyncClient(**arguments, transport=transport)
        self._retries = retries or Retries()

    async def transcribe(self, file: Audio, **options: Unpack[Options]) -> Transcript:
        """Transcribe an audio file in any usual format; a path is streamed from disk."""
        return Transcript.read(await self._ask(transcription(file, **options)))

    def stream(self, file: Audio, **options: Unpack[Options]) -> AsyncSegmentStream:
        """Transcribe and yield segments: `async for segment in client.stream("talk.mp3"): ...`."""
        call = transcription(file, **options, stream=True)
        return AsyncSegmentStream(partial(self._streamed, call))

    def live(self, **options: Unpack[LiveOptions]) -> AbstractAsyncContextManager[LiveSession]:
        """Transcribe audio while it is spoken: `async with client.live() as session: ...`."""
        return live_session(self._http, self._retries, options)

    async def languages(self) -> tuple[Language, ...]:
        """Languages that can be transcribed."""
        return read_languages(await self._ask(LANGUAGES))

    async def models(self) -> tuple[str, ...]:
        """Values of the option `model`."""
        return read_models(await self._ask(MODELS))

    async def ready(self) -> Readiness:
        """Whether the server and each of its stages is ready; not retried."""
        return readiness(response_of(await self._try(READY)))

    async def close(self) -> None:
        """Close the connection; leaving the `async with` block does the same."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ask(self, call: Call) -> Json:
        return json_of(await self._send(call))

    @asynccontextmanager
    async def _streamed(self, call: Call) -> AsyncIterator[httpx2.Response]:
        async with aclosing(await self._send(call, stream=True)) as response:
            if response.is_error:
                await response.aread()
                raise error_of(response)
            yield response

    async def _send(self, call: Call, stream: bool = False) -> httpx2.Response:
        attempts = 1
        outcome = await self._try(call, stream)
        while (delay := self._retries.delay(attempts, outcome)) is not None:
            if isinstance(outcome, httpx2.Response):
                await outcome.aclose()
            await asyncio.sleep(delay)
            attempts += 1
            outcome = await self._try(call, stream)
        return response_of(outcome)

    async def _try(
        self, call: Call, stream: bool = False
    ) -> httpx2.Response | httpx2.TransportError:
        try:
            with call.opened() as arguments:
                return await self._http.send(self._http.build_request(**arguments), stream=stream)
        except httpx2.TransportError as error:
            return error
