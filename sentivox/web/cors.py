"""Cross-origin requests (CORS): pages of allowed origins may use the API from a browser.

No origin is allowed by default, and answers never allow credentials: a key is sent in the header
Authorization, which a page has to set itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OriginsGetter = Callable[[], Collection[str]]

METHODS = "GET, HEAD, POST"
EXPOSED_HEADERS = "Retry-After, X-Request-Id, Server-Timing"
"""Headers of answers that a page may read beside those that it always may."""

PREFLIGHT_SECONDS = 600
"""How long a browser may keep the answer to a preflight request."""


class Cors:
    """Answers preflight requests of allowed origins, and lets their pages read every answer."""

    def __init__(self, app: ASGIApp, *, origins: OriginsGetter) -> None:
        self.app = app
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = self.origins()
        if scope["type"] != "http" or not allowed:
            await self.app(scope, receive, send)
            return

        async def send_readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                make_readable(MutableHeaders(scope=message), scope, allowed)
            await send(message)

        if is_preflight(scope) and origin_of(scope) in allowed:
            await _preflight(scope)(scope, receive, send_readable)
        else:
            await self.app(scope, receive, send_readable)


def make_readable(answer: MutableHeaders, request: Scope, allowed: Collection[str]) -> None:
    """Add the headers by which pages of `allowed` origins may read an answer."""
    if not allowed:
        return
    if "origin" not in answer.get("vary", "").lower():
        answer.add_vary_header("Origin")
    if (origin := origin_of(request)) in allowed:
        answer["access-control-allow-origin"] = origin
        answer["access-control-expose-headers"] = EXPOSED_HEADERS


def origin_of(request: Scope) -> str:
    """The header Origin; empty without one."""
    return Headers(scope=request).get("origin", "")


def is_preflight(request: Scope) -> bool:
    """Whether a browser asks what a page may send."""
    return request["method"] == "OPTIONS" and "access-control-request-method" in Headers(
        scope=request
    )


def _preflight(request: Scope) -> Response:
    headers = {
        "access-control-allow-methods": METHODS,
        "access-control-max-age": str(PREFLIGHT_SECONDS),
    }
    # OpenAI's clients send headers of their own; an allowed page may send any.
    if wanted := Headers(scope=request).get("access-control-request-headers"):
        headers["access-control-allow-headers"] = wanted
    return Response(None, 204, headers)
