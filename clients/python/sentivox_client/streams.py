"""Streamed transcripts: segments that arrive as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager

import httpx2

from sentivox_client.calls import no_answer
from sentivox_client.errors import NoAnswer, error_in_stream
from sentivox_client.results import Segment, Transcript


class _Events:
    """Reader of the events of one response."""

    transcript: Transcript | None = None
    """The whole transcript; None until the last segment has arrived."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []

    def _read(self, event: httpx2.ServerSentEvent, response: httpx2.Response) -> Segment | None:
        """The segment in an event; None for any other event."""
        content = json.loads(event.data)
        if error := content.get("error"):
            raise error_in_stream(error, response.headers.get("x-request-id"))
        if content["type"] == "transcript.text.segment":
            self._segments.append(Segment.read(content))
            return self._segments[-1]
        if content["type"] == "transcript.text.done":
            self.transcript = Transcript.read(content, tuple(self._segments))
        return None

    def _check_complete(self) -> None:
        if self.transcript is None:
            raise NoAnswer("The server ended the stream before the transcript was complete.")


class SegmentStream(_Events):
    """Segments of a transcript, iterated over once; `transcript` is set at the end."""

    def __init__(self, open_: Callable[[], AbstractContextManager[httpx2.Response]]) -> None:
        super().__init__()
        self._open = open_

    def __iter__(self) -> Iterator[Segment]:
        with self._open() as response:
            try:
                for event in httpx2.EventSource(response):
                    if (segment := self._read(event, response)) is not None:
                        yield segment
            except httpx2.TransportError as error:
                raise no_answer(error) from error
        self._check_complete()


class AsyncSegmentStream(_Events):
    """Segments of a transcript, iterated over once; `transcript` is set at the end."""

    def __init__(self, open_: Callable[[], AbstractAsyncContextManager[httpx2.Response]]) -> None:
        super().__init__()
        self._open = open_

    async def __aiter__(self) -> AsyncIterator[Segment]:
        async with self._open() as response:
            try:
                async for event in httpx2.EventSource(response):
                    if (segment := self._read(event, response)) is not None:
                        yield segment
            except httpx2.TransportError as error:
                raise no_answer(error) from error
        self._check_complete()
