"""WS /v1/realtime: transcription sessions as in OpenAI's Realtime API."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from starlette.websockets import WebSocket

from sentivox.errors import WrongOrigin
from sentivox.web.model_names import AUTO
from sentivox.web.realtime.connection import LiveConnection
from sentivox.web.service import SpeechService

SUBPROTOCOL = "realtime"
"""Subprotocol that browsers offer beside the API key, since their WebSockets can't send headers."""


async def realtime(websocket: WebSocket) -> None:
    """Serve one session. Raises WrongOrigin and Overloaded before the handshake."""
    service: SpeechService = websocket.app.state.service()
    limits = service.settings.live
    _check_origin(websocket, service.settings.allowed_origins)
    with service.session_limiter.session(limits.max_sessions):
        offered = websocket.scope.get("subprotocols", [])
        await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        model = websocket.query_params.get("model", AUTO)
        await LiveConnection(websocket, service, f"sess_{uuid.uuid4().hex}").run(model)


def _check_origin(websocket: WebSocket, allowed: tuple[str, ...]) -> None:
    """Refuse pages of other sites, which would use the visitor's network or key."""
    origin = websocket.headers.get("origin")
    if origin is None or origin in allowed:
        return
    if urlsplit(origin).netloc != websocket.headers.get("host"):
        raise WrongOrigin(
            "Pages of other sites can't connect here. The operator can allow yours with the "
            "setting 'allowed_origins'."
        )
