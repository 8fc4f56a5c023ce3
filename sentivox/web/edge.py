"""What the server in front of the application needs around it: Ray Serve's proxy.

Left alone it obeys headers from anyone, holds a body in memory whatever its size, and refuses in
plain text that speaks of its own affairs.
"""

from __future__ import annotations

import logging
import os

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentivox.errors import NotFound, Overloaded, SpeechError, StageUnavailable
from sentivox.settings import IngressSettings
from sentivox.web.body_limit import FORM_OVERHEAD_BYTES, declared_length, too_large
from sentivox.web.errors import describe, error_response
from sentivox.web.request_log import request_id_of

STEERING_HEADERS = frozenset(
    {
        b"x-request-timeout-seconds",
        b"x-request-disconnect-disabled",
        b"serve-multiplexed-model-id",
        b"x-session-id",
    }
)
"""Obeyed by the proxy, which takes `_` for `-` in some of them."""

ROUTES_PATH = "/-/routes"
"""Where the proxy lists its applications."""

_REFUSALS: dict[int, SpeechError] = {
    404: NotFound("There is nothing at this address. See /docs for what there is."),
    408: StageUnavailable("The answer took too long. Try again, or send a shorter recording."),
    429: Overloaded("Too many requests are waiting right now. Try again in a few seconds."),
    503: StageUnavailable("The service can't answer right now. Try again in a few seconds."),
}
"""What the proxy means by the statuses of its own."""

_BROKEN_OFF = StageUnavailable("What was working on this request broke off. Try again.")

_log = logging.getLogger("sentivox.web")


class Edge:
    """Requests lose what would steer the proxy; every answer has OpenAI's shape and a name.

    `max_upload_bytes` is a file's; a body may be larger by FORM_OVERHEAD_BYTES.
    """

    def __init__(self, app: ASGIApp, *, max_upload_bytes: int) -> None:
        self.app = app
        self.max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        scope = {**scope, "headers": _harmless(scope["headers"], request_id)}

        async def send_named(message: Message) -> None:
            if message["type"].endswith("http.response.start"):
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        answer = _Answer(scope, receive, send_named)
        if scope["type"] == "websocket":
            await self.app(scope, receive, answer.send)
        elif failure := await self._failure(scope, receive, answer):
            if describe(failure)[0] == 500:
                _log.error("Request %s failed", request_id, exc_info=failure)
            await error_response(failure)(scope, receive, send_named)

    async def _failure(self, scope: Scope, receive: Receive, answer: _Answer) -> Exception | None:
        """Why there was no answer, or None where there was one."""
        body = _Body(receive, self.max_upload_bytes + FORM_OVERHEAD_BYTES)
        failure: Exception = _BROKEN_OFF
        try:
            self._refuse(scope)
            await self.app(scope, body.receive, answer.send)
        except Exception as error:
            if answer.started:
                raise
            failure = error
        if answer.started:
            return None
        return too_large(self.max_upload_bytes) if body.too_large else failure

    def _refuse(self, scope: Scope) -> None:
        """Raises what can be told before a byte of the body is read."""
        if scope["path"].endswith(ROUTES_PATH):
            raise NotFound(_REFUSALS[404].detail)
        if declared_length(scope) > self.max_upload_bytes + FORM_OVERHEAD_BYTES:
            raise too_large(self.max_upload_bytes)


def _harmless(headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    """Without those that steer, and with one name for the request, fit to be logged."""
    dropped = STEERING_HEADERS | {b"x-request-id"}
    kept = [each for each in headers if each[0].lower().replace(b"_", b"-") not in dropped]
    return [*kept, (b"x-request-id", request_id.encode())]


class _Body:
    """At the byte that is one too many, the client is said to have gone away.

    An exception would end in the task in which the proxy reads, and reach nobody.
    """

    def __init__(self, receive: Receive, most: int) -> None:
        self.too_large = False
        self._receive = receive
        self._left = most

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.too_large = True
            return {"type": "http.disconnect"}
        return message


class _Answer:
    """Passed on as it comes, but for refusals of the proxy's own: the application's are JSON."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.started = False
        self._replaced = False
        self._scope = scope
        self._receive = receive
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            if refusal := _in_our_words(message):
                self._replaced = True
                await refusal(self._scope, self._receive, self._send)
        if not self._replaced:
            await self._send(message)


def _in_our_words(message: Message) -> Response | None:
    """The proxy's refusal in OpenAI's shape, with its status and headers, such as Retry-After."""
    status, headers = message["status"], Headers(raw=message["headers"])
    if status not in _REFUSALS or headers.get("content-type") == "application/json":
        return None
    response = error_response(_REFUSALS[status])
    response.status_code = status
    for name, value in headers.items():
        if name not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def middlewares() -> list[Middleware]:
    """What Ray Serve's proxy puts around itself on every node.

    Serve calls this function because RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH names it.
    SENTIVOX_MAX_UPLOAD_BYTES should be no less than the ingress' `max_upload_bytes`.
    """
    default = IngressSettings().max_upload_bytes
    limit = int(os.environ.get("SENTIVOX_MAX_UPLOAD_BYTES", default))
    return [Middleware(Edge, max_upload_bytes=limit)]
