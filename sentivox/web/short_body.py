"""Short bodies travel with the head of their request.

Ray Serve's proxy hands an application the head alone, and the application asks the proxy for the
body: a call more, and four milliseconds, before a file is read
(docs/decisions/0022-short-files-by-value.md). What the proxy has around it puts a short body into
the scope, and the application reads it from there.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentivox.web.body_limit import declared_length

EXTENSION = "sentivox.body"
MOST_BYTES = 2**20
"""What takes long to arrive or to copy isn't short."""


async def with_short_body(scope: Scope, receive: Receive) -> Scope:
    """The scope with all of the body, if that is declared to be short and arrives.

    Raises InvalidRequest where what is declared isn't a length.
    """
    if not 0 < declared_length(scope) <= MOST_BYTES:
        return scope
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return scope
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return {**scope, "extensions": scope.get("extensions", {}) | {EXTENSION: b"".join(parts)}}


class ShortBody:
    """The application's end: a body that came with the head is what is received first."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = scope.get("extensions", {}).get(EXTENSION)

        async def receive_body_first() -> Message:
            nonlocal body
            if body is None:
                return await receive()
            message = {"type": "http.request", "body": body, "more_body": False}
            body = None
            return message

        await self.app(scope, receive_body_first, send)
