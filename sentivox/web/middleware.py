"""Middleware of every route; `stack` has the order with reasons.

Plain ASGI, because Starlette's BaseHTTPMiddleware hides a client's disconnect from a stream.
"""

from __future__ import annotations

import logging
from functools import cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from sentivox.web.auth import KeyFile
from sentivox.web.body_limit import BodyLimit, SettingsGetter
from sentivox.web.cors import Cors
from sentivox.web.errors import describe, error_response
from sentivox.web.request_log import RequestLog

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

KEY_SUBPROTOCOL = "openai-insecure-api-key."

_PUBLIC_PATHS = frozenset({"/", "/health", "/ready", "/docs", "/openapi.json"})
_PUBLIC_PREFIX = "/static/"

_log = logging.getLogger("sentivox.web")


def stack(settings: SettingsGetter, *, answer_request_id: bool) -> list[Middleware]:
    """The middleware from the outermost to the innermost."""
    return [
        # 1. Request id and log line, first so that every answer has them.
        Middleware(RequestLog, answer_request_id=answer_request_id),
        # 2. Security headers, on errors too.
        Middleware(SecurityHeaders),
        # 3. Pages of allowed origins may read errors too, and preflight requests have no key.
        Middleware(Cors, origins=lambda: settings().allowed_origins),
        # 4. Errors become answers, with the headers of 1 to 3.
        Middleware(ErrorAnswers),
        # 5. Requests without a valid key are refused before their body is read.
        Middleware(Authentication, settings=settings),
        # 6. Innermost, because it counts the bytes that the route reads.
        Middleware(BodyLimit, settings=settings),
    ]


class SecurityHeaders:
    """Adds SECURITY_HEADERS to every answer that doesn't set them."""

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
    """Turns exceptions into answers; logs those with status 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_record(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_record)
        except ClientDisconnect:
            return
        except Exception as error:
            if describe(error)[0] == 500:
                _log.exception("Request %s failed", scope["state"]["request_id"])
            if started:
                raise
            if scope["type"] == "websocket":
                await _deny(error, scope, receive, send)
            else:
                await error_response(error)(scope, receive, send)


async def _deny(error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a WebSocket before its handshake: with an HTTP answer if the server supports that."""
    if "websocket.http.response" in scope.get("extensions", {}):
        await WebSocket(scope, receive, send).send_denial_response(error_response(error))
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": ""})


class Authentication:
    """Requires an API key, except for the page, the API document and health checks."""

    def __init__(self, app: ASGIApp, *, settings: SettingsGetter) -> None:
        self.app = app
        self.settings = settings
        self._key_file = cache(KeyFile)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and not _is_public(scope["path"]):
            path = self.settings().api_keys_file
            if path is not None:
                await self._key_file(path).check(_authorization(scope))
        await self.app(scope, receive, send)


def _authorization(scope: Scope) -> str | None:
    """The header Authorization, or the key among the subprotocols of a browser's WebSocket, which
    can't send headers.
    """
    header = Headers(scope=scope).get("authorization")
    if header is None:
        for offered in scope.get("subprotocols", []):
            if offered.startswith(KEY_SUBPROTOCOL):
                return f"Bearer {offered.removeprefix(KEY_SUBPROTOCOL)}"
    return header


def _is_public(path: str) -> bool:
    return path in _PUBLIC_PATHS or path.startswith(_PUBLIC_PREFIX)
