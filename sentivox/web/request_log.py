"""The id and the log line of each request."""

from __future__ import annotations

import logging
import re
import time
import uuid
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_VALID_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")

_log = logging.getLogger("sentivox.web")


def request_id_of(scope: Scope) -> str:
    """The client's `x-request-id` if it is short and printable, otherwise a new id."""
    offered = Headers(scope=scope).get("x-request-id", "")
    return offered if _VALID_REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex


class RequestLog:
    """Logs one line per request and answers its `x-request-id`.

    `answer_request_id` is False behind Ray Serve's proxy, which answers that header itself.
    """

    def __init__(self, app: ASGIApp, *, answer_request_id: bool) -> None:
        self.app = app
        self.answer_request_id = answer_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = "disconnected"

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "websocket.close":
                status = str(message["code"])
            elif message["type"].endswith("http.response.start"):
                status = str(message["status"])
                if self.answer_request_id:
                    MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        began = time.perf_counter()
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            # Quoted, since a decoded path may hold line breaks.
            path, seconds = quote(scope["path"]), time.perf_counter() - began
            method = scope.get("method", "WEBSOCKET")
            _log.info("%s %s %s %.3fs %s", method, path, status, seconds, request_id)
