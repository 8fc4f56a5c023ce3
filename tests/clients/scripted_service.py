"""A server on the loopback that sends scripted answers, over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SEGMENTS = [
    {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": 1.5,
        "text": " What a lovely day.",
        "tokens": [1, 2],
        "temperature": 0.0,
        "avg_logprob": -0.2,
        "compression_ratio": 0.9,
        "no_speech_prob": 0.01,
        "language": "en",
        "sentiment": {
            "label": "positive",
            "score": 0.9,
            "scores": {"negative": 0.03, "neutral": 0.04, "positive": 0.93},
            "supported": True,
        },
    },
    {
        "id": 1,
        "seek": 0,
        "start": 1.5,
        "end": 63.25,
        "text": " The <train> is late.",
        "tokens": [3],
        "temperature": 0.0,
        "avg_logprob": -0.3,
        "compression_ratio": 0.9,
        "no_speech_prob": 0.01,
        "language": "en",
        "sentiment": {
            "label": "negative",
            "score": -0.7,
            "scores": {"negative": 0.8, "neutral": 0.1, "positive": 0.1},
            "supported": True,
        },
    },
]

ANSWER: dict[str, Any] = {
    "task": "transcribe",
    "language": "english",
    "duration": 63.25,
    "text": "What a lovely day. The <train> is late.",
    "segments": SEGMENTS,
    "words": [{"word": " What", "start": 0.0, "end": 0.3, "probability": 0.98}],
    "suppressed": [],
    "timings": {"decode": 0.1},
    "usage": {"type": "duration", "seconds": 64},
    "sentiment": {
        "average": SEGMENTS[1]["sentiment"],
        "shifts": [{"at": 1.5, "before": "positive", "after": "negative"}],
    },
    "language_detection": {
        "language": "en",
        "confidence": 0.97,
        "alternatives": [
            {"language": "en", "confidence": 0.97},
            {"language": "de", "confidence": 0.02},
        ],
        "abstained": False,
    },
    "warnings": [{"code": "x_missing", "message": "A part is missing."}],
}


def error(status: int, headers: dict[str, str] | None = None, **body: str | None) -> Response:
    content = {"message": "No.", "type": "server_error", "param": None, "code": None} | body
    return JSONResponse({"error": content}, status, {"x-request-id": "req-7"} | (headers or {}))


@dataclass
class ScriptedService:
    """Sends `replies` one after the other; the last one is repeated."""

    replies: list[Response | dict[str, Any]] = field(default_factory=lambda: [ANSWER])
    requests: list[Request] = field(default_factory=list)
    forms: list[list[tuple[str, str]]] = field(default_factory=list)
    files: list[tuple[str | None, bytes]] = field(default_factory=list)
    url: str = ""

    def forget(self) -> None:
        self.replies = [ANSWER]
        self.requests, self.forms, self.files = [], [], []

    async def reply(self, request: Request) -> Response:
        self.requests.append(request)
        if request.method == "POST":
            await self._keep(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply if isinstance(reply, Response) else JSONResponse(reply)

    async def _keep(self, request: Request) -> None:
        async with request.form() as form:
            items = form.multi_items()
            self.forms.append([(name, part) for name, part in items if isinstance(part, str)])
            for _, part in items:
                if isinstance(part, UploadFile):
                    self.files.append((part.filename, await part.read()))


@contextmanager
def serving(service: ScriptedService) -> Iterator[ScriptedService]:
    app = Starlette(routes=[Route("/{path:path}", service.reply, methods=["GET", "POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        service.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", ws="none", lifespan="off", access_log=False)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield service
        finally:
            server.should_exit = True
            thread.join()
