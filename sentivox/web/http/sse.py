"""A transcript as server-sent events: only `data:` lines, as OpenAI sends them."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from sentivox.transcript.appended_text import AppendedText
from sentivox.types import TranscribedSegment, Transcript
from sentivox.web import schemas, wire
from sentivox.web.errors import describe
from sentivox.web.http.cancellation import while_connected
from sentivox.web.http.formats import to_done
from sentivox.web.http.forms import TranscriptionForm

Items = AsyncGenerator[TranscribedSegment | Transcript]
Events = AsyncGenerator[BaseModel]

_log = logging.getLogger("sentivox.web")


class EventStream(StreamingResponse):
    """An answer that sends events as they come. Closes `events` and `source`, from which they are
    made, also when the client disconnects.
    """

    media_type = "text/event-stream"

    def __init__(self, events: Events, source: Items) -> None:
        self.lines = (f"data: {event.model_dump_json()}\n\n" async for event in events)
        super().__init__(self.lines, headers={"x-accel-buffering": "no"})
        self.events = events
        self.source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self.source), aclosing(self.events), aclosing(self.lines):
            await while_connected(receive, self.stream_response(send))


async def first_of(source: Items) -> TranscribedSegment | Transcript:
    """The first item of a stream. Awaited before the answer begins, so that an error until then
    has an HTTP status.
    """
    try:
        return await anext(source)
    except BaseException:
        await source.aclose()
        raise


async def to_events(
    first: TranscribedSegment | Transcript,
    source: Items,
    form: TranscriptionForm,
    request_id: str,
) -> Events:
    """Events of deltas and segments, then `done`. After an error the last event is the error."""
    sent = AppendedText()
    number = 0
    item = first
    try:
        while not isinstance(item, Transcript):
            if delta := sent.add(item.text):
                logprobs = wire.logprobs([item]) if form.logprobs else None
                yield schemas.TextDelta(delta=delta, logprobs=logprobs)
            yield wire.text_segment(
                number, item, with_sentiment=form.sentiment, with_words=form.words
            )
            number += 1
            item = await anext(source)
        yield to_done(item, form, sent.text)
    except Exception as error:
        status, body = describe(error)
        level = logging.ERROR if status == 500 else logging.WARNING
        _log.log(level, "Request %s failed midway", request_id, exc_info=status == 500)
        yield schemas.ErrorResponse(error=body)
