"""What happens to every request around its route. `stack` has the order and its reasons.

Plain ASGI: Starlette's BaseHTTPMiddleware would sit between a stream and its client's going away.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentivox.errors import AudioTooLarge, InvalidRequest
from sentivox.settings import IngressSettings
from sentivox.web.auth import KeyFile
from sentivox.web.errors import describe, error_response

SettingsGetter = Callable[[], IngressSettings]

FORM_OVERHEAD_BYTES = 256 * 1024
"""Room in a body for everything but the file."""

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; media-src 'self' blob:; img-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

_OPEN_PATHS = frozenset({"/", "/health", "/ready", "/docs", "/openapi.json"})
_OPEN_PREFIX = "/static/"
_LENGTH = re.compile(r"[0-9]{1,18}")
_SANE_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")

_log = logging.getLogger("sentivox.web")


def stack(settings: SettingsGetter, *, answer_request_id: bool) -> list[Middleware]:
    return [
        # 1. The request's name and its log line, first so that every answer has them.
        Middleware(RequestLog, answer_request_id=answer_request_id),
        # 2. Headers for browsers, on refusals too.
        Middleware(SecurityHeaders),
        # 3. Errors become answers, with the headers of 1 and 2.
        Middleware(ErrorAnswers),
        # 4. Strangers are refused before a byte of their body is read.
        Middleware(Authentication, settings=settings),
        # 5. Nearest to the route, since it counts what the route reads.
        Middleware(BodyLimit, settings=settings),
    ]


class RequestLog:
    """One line a request, and `x-request-id`: the client's when it is fit to be logged.

    Ray Serve's proxy names requests and answers the header itself; behind it `answer_request_id`
    is False, or the header would be there twice.
    """

    def __init__(self, app: ASGIApp, *, answer_request_id: bool) -> None:
        self.app = app
        self.answer_request_id = answer_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        offered = Headers(scope=scope).get("x-request-id", "")
        request_id = offered if _SANE_REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = "disconnected"

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
                if self.answer_request_id:
                    MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        began = time.perf_counter()
        try:
            await self.app(scope, receive, send_named)
        finally:
            # Quoted, since a decoded path may hold line breaks.
            path, seconds = quote(scope["path"]), time.perf_counter() - began
            _log.info("%s %s %s %.3fs %s", scope["method"], path, status, seconds, request_id)


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_secured)


class ErrorAnswers:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception as error:
            if describe(error)[0] == 500:
                _log.exception("Request %s failed", scope["state"]["request_id"])
            if started:
                raise
            await error_response(error)(scope, receive, send)


class Authentication:
    """Asks for a key everywhere but on the page, its documents and what load balancers probe."""

    def __init__(self, app: ASGIApp, *, settings: SettingsGetter) -> None:
        self.app = app
        self.settings = settings
        self._keys: KeyFile | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and not _is_open(scope["path"]):
            path = self.settings().api_keys_file
            if path is not None:
                await self._key_file(path).check(Headers(scope=scope).get("authorization"))
        await self.app(scope, receive, send)

    def _key_file(self, path: Path) -> KeyFile:
        if self._keys is None or self._keys.path != path:
            self._keys = KeyFile(path)
        return self._keys


def _is_open(path: str) -> bool:
    return path in _OPEN_PATHS or path.startswith(_OPEN_PREFIX)


class BodyLimit:
    """Refuses a body by its declared length, or at the byte that is one too many."""

    def __init__(self, app: ASGIApp, *, settings: SettingsGetter) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.settings().max_upload_bytes
        room = limit + FORM_OVERHEAD_BYTES
        if _declared_length(scope) > room:
            raise too_large(limit)
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > room:
                raise too_large(limit)
            return message

        await self.app(scope, receive_counted, send)


def too_large(limit: int) -> AudioTooLarge:
    return AudioTooLarge(
        f"The upload is larger than the {limit / 2**20:.4g} MiB accepted here. "
        "Send a shorter recording, or a compressed format such as Opus or MP3."
    )


def _declared_length(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "0")
    if not _LENGTH.fullmatch(declared):
        raise InvalidRequest("The header Content-Length isn't a number.")
    return int(declared)
