"""POST /v1/audio/transcriptions and /v1/audio/translations."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sentivox.types import Task
from sentivox.web.http.cancellation import while_connected
from sentivox.web.http.formats import render
from sentivox.web.http.forms import parse_form, to_options
from sentivox.web.http.sse import EventStream, first_of, to_events
from sentivox.web.http.upload import read_upload
from sentivox.web.service import SpeechService


async def transcribe(request: Request) -> Response:
    """Answer `POST /v1/audio/transcriptions`."""
    return await _answer(request, "transcribe")


async def translate(request: Request) -> Response:
    """Answer `POST /v1/audio/translations`."""
    return await _answer(request, "translate")


async def _answer(request: Request, task: Task) -> Response:
    service: SpeechService = request.app.state.service()
    upload = await read_upload(request, service.settings)
    form = parse_form(upload.fields, strict=service.settings.strict_fields)
    options = to_options(form, task)
    if not form.stream:
        work = service.transcribe(upload.audio, options)
        return render(await while_connected(request.receive, work), form)
    source = service.stream(upload.audio, options)
    first = await while_connected(request.receive, first_of(source))
    return EventStream(to_events(first, source, form, request.state.request_id), source)
