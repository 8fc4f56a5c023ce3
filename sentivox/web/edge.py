"""Middleware around Ray Serve's proxy, which receives requests before the application does.

Without it the proxy obeys control headers of any client, keeps bodies of any size in memory, and
sends errors as plain text with internal details.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import HTTP_PROTOCOLS

from sentivox.errors import NotFound, Overloaded, SpeechError, StageUnavailable
from sentivox.settings import IngressSettings
from sentivox.settings.ingress import check_origin
from sentivox.web.body_limit import FORM_OVERHEAD_BYTES, declared_length, too_large
from sentivox.web.cors import make_readable
from sentivox.web.errors import describe, error_response
from sentivox.web.request_log import request_id_of

CONTROL_HEADERS = frozenset(
    {
        b"x-request-timeout-seconds",
        b"x-request-disconnect-disabled",
        b"serve-multiplexed-model-id",
        b"x-session-id",
    }
)
"""Headers that control the proxy, which accepts `_` for `-` in some of them."""

HTTP_PROTOCOL = "sentivox.web.http_protocol:HttpProtocol"
"""The protocol class of uvicorn in the proxy."""

ROUTES_PATH = "/-/routes"
"""Path at which the proxy lists its applications."""

_ERRORS: dict[int, SpeechError] = {
    404: NotFound("There is nothing at this address. See /docs for what there is."),
    408: StageUnavailable("The answer took too long. Try again, or send a shorter recording."),
    429: Overloaded("Too many requests are waiting right now. Try again in a few seconds."),
    503: StageUnavailable("The service can't answer right now. Try again in a few seconds."),
}
"""Errors to send in place of the proxy's own, by status."""

_NO_ANSWER = StageUnavailable("What was working on this request broke off. Try again.")

_log = logging.getLogger("sentivox.web")


class Edge:
    """Removes control headers from requests, adds `x-request-id` to answers, and sends errors in
    OpenAI's shape.

    `max_upload_bytes` limits a file; a body may be larger by FORM_OVERHEAD_BYTES. Pages of
    `allowed_origins` may read these errors.
    """

    def __init__(
        self, app: ASGIApp, *, max_upload_bytes: int, allowed_origins: Collection[str] = ()
    ) -> None:
        self.app = app
        self.max_upload_bytes = max_upload_bytes
        self.allowed_origins = allowed_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        scope = {**scope, "headers": _sanitized(scope["headers"], request_id)}

        async def send_with_id(message: Message) -> None:
            if message["type"].endswith("http.response.start"):
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                make_readable(headers, scope, self.allowed_origins)
            await send(message)

        answer = _Answer(scope, receive, send_with_id)
        if scope["type"] == "websocket":
            await self.app(scope, receive, answer.send)
        elif failure := await self._failure(scope, receive, answer):
            if describe(failure)[0] == 500:
                _log.error("Request %s failed", request_id, exc_info=failure)
            await error_response(failure)(scope, receive, send_with_id)

    async def _failure(self, scope: Scope, receive: Receive, answer: _Answer) -> Exception | None:
        """The error to answer with; None if an answer was sent."""
        body = _LimitedBody(receive, self.max_upload_bytes + FORM_OVERHEAD_BYTES)
        failure: Exception = _NO_ANSWER
        try:
            self._check(scope)
            await self.app(scope, body.receive, answer.send)
        except Exception as error:
            if answer.started:
                raise
            failure = error
        if answer.started:
            return None
        return too_large(self.max_upload_bytes) if body.too_large else failure

    def _check(self, scope: Scope) -> None:
        """Refuse a request by its path or declared length, before its body is read."""
        if scope["path"].endswith(ROUTES_PATH):
            raise NotFound(_ERRORS[404].detail)
        if declared_length(scope) > self.max_upload_bytes + FORM_OVERHEAD_BYTES:
            raise too_large(self.max_upload_bytes)


def _sanitized(headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers without control headers, and with one valid `x-request-id`."""
    dropped = CONTROL_HEADERS | {b"x-request-id"}
    kept = [each for each in headers if each[0].lower().replace(b"_", b"-") not in dropped]
    return [*kept, (b"x-request-id", request_id.encode())]


class _LimitedBody:
    """A body that ends with a disconnect message after `max_bytes`.

    An exception would be lost in the proxy's task that reads the body.
    """

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self.too_large = False
        self._receive = receive
        self._left = max_bytes

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.too_large = True
            return {"type": "http.disconnect"}
        return message


class _Answer:
    """An answer with errors of the proxy rewritten; errors of the application are JSON and stay."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.started = False
        self._replaced = False
        self._scope = scope
        self._receive = receive
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            if error := _rewritten(message):
                self._replaced = True
                await error(self._scope, self._receive, self._send)
        if not self._replaced:
            await self._send(message)


def _rewritten(message: Message) -> Response | None:
    """An error of the proxy in OpenAI's shape, with its status and its headers, such as
    Retry-After; None for other answers.
    """
    status, headers = message["status"], Headers(raw=message["headers"])
    if status not in _ERRORS or headers.get("content-type") == "application/json":
        return None
    response = error_response(_ERRORS[status])
    response.status_code = status
    for name, value in headers.items():
        if name not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def middlewares() -> list[Middleware]:
    """The middleware of Ray Serve's proxy on every node.

    RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH names this function for Serve, which calls it before
    it starts uvicorn; that is the only place to choose the protocol class. As the ingress has
    them, SENTIVOX_MAX_UPLOAD_BYTES should be at least `max_upload_bytes`, and
    SENTIVOX_ALLOWED_ORIGINS should be `allowed_origins`, between commas.
    """
    HTTP_PROTOCOLS["auto"] = HTTP_PROTOCOL
    default = IngressSettings().max_upload_bytes
    limit = int(os.environ.get("SENTIVOX_MAX_UPLOAD_BYTES", default))
    listed = os.environ.get("SENTIVOX_ALLOWED_ORIGINS", "").replace(",", " ").split()
    origins = frozenset(map(check_origin, listed))
    return [Middleware(Edge, max_upload_bytes=limit, allowed_origins=origins)]
