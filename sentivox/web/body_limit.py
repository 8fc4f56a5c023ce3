"""The limit on the size of a request's body."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentivox.errors import AudioTooLarge, InvalidRequest
from sentivox.settings import IngressSettings

SettingsGetter = Callable[[], IngressSettings]

FORM_OVERHEAD_BYTES = 256 * 1024
"""Bytes that a body may have besides its file."""

_LENGTH = re.compile(r"[0-9]{1,18}")


class BodyLimit:
    """Middleware that refuses a body over the limit, by its declared or its counted length."""

    def __init__(self, app: ASGIApp, *, settings: SettingsGetter) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.settings().max_upload_bytes
        max_bytes = limit + FORM_OVERHEAD_BYTES
        if declared_length(scope) > max_bytes:
            raise too_large(limit)
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise too_large(limit)
            return message

        await self.app(scope, receive_counted, send)


def too_large(limit: int) -> AudioTooLarge:
    """The error for an upload over `limit` bytes."""
    return AudioTooLarge(
        f"The upload is larger than the {limit / 2**20:.4g} MiB accepted here. "
        "Send a shorter recording, or a compressed format such as Opus or MP3."
    )


def declared_length(scope: Scope) -> int:
    """The header Content-Length; 0 without it. Raises InvalidRequest for other than a number."""
    declared = Headers(scope=scope).get("content-length", "0")
    if not _LENGTH.fullmatch(declared):
        raise InvalidRequest("The header Content-Length isn't a number.")
    return int(declared)
