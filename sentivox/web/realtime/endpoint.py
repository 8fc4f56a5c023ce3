"""WS /v1/realtime: OpenAI's Realtime API for transcription sessions."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from starlette.websockets import WebSocket

from sentivox.errors import WrongOrigin
from sentivox.web.http.catalog import AUTO
from sentivox.web.realtime.connection import LiveConnection
from sentivox.web.service import SpeechService

SUBPROTOCOL = "realtime"
"""Browsers can't send headers: they offer this and the key as a second subprotocol."""


async def realtime(websocket: WebSocket) -> None:
    service: SpeechService = websocket.app.state.service()
    limits = service.settings.live
    _refuse_strange_pages(websocket, limits.allowed_origins)
    with service.session_limiter.session(limits.max_sessions):
        offered = websocket.scope.get("subprotocols", [])
        await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        model = websocket.query_params.get("model", AUTO)
        await LiveConnection(websocket, service, f"sess_{uuid.uuid4().hex}").run(model)


def _refuse_strange_pages(websocket: WebSocket, allowed: tuple[str, ...]) -> None:
    """Another site's page would speak with the key, or from the network, of whoever visits it."""
    origin = websocket.headers.get("origin")
    if origin is None or origin in allowed:
        return
    if urlsplit(origin).netloc != websocket.headers.get("host"):
        raise WrongOrigin(
            "Pages of other sites can't connect here. The operator can allow yours with the "
            "setting 'live.allowed_origins'."
        )
