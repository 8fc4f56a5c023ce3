"""The size of a request's body, declared or counted."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentivox.errors import AudioTooLarge, InvalidRequest
from sentivox.settings import IngressSettings

SettingsGetter = Callable[[], IngressSettings]

FORM_OVERHEAD_BYTES = 256 * 1024
"""Room in a body for everything but the file."""

_LENGTH = re.compile(r"[0-9]{1,18}")


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
        if declared_length(scope) > room:
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


def declared_length(scope: Scope) -> int:
    """0 where none is declared. Raises InvalidRequest."""
    declared = Headers(scope=scope).get("content-length", "0")
    if not _LENGTH.fullmatch(declared):
        raise InvalidRequest("The header Content-Length isn't a number.")
    return int(declared)
