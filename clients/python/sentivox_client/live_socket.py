"""The WebSocket of a live session: opening with retries, closing, and its errors."""

from __future__ import annotations

import asyncio

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    InvalidURI,
)

from sentivox_client.calls import json_of, response_of, unknown_server
from sentivox_client.errors import NoAnswer, SentivoxError, error_at_close
from sentivox_client.retries import Retries

PATH = "/v1/realtime?intent=transcription"
OPEN_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 3.0
LARGEST_EVENT_BYTES = 16 << 20


async def open_socket(http: httpx2.AsyncClient, retries: Retries) -> ClientConnection:
    """Connect with the address and key of `http`; a refusal raises the error of its HTTP status."""
    request = http.build_request("GET", PATH)
    attempts = 1
    outcome = await _try(request)
    while not isinstance(outcome, ClientConnection):
        delay = retries.delay(attempts, outcome)
        if delay is None:
            json_of(response_of(outcome))
            raise unknown_server(request)
        await asyncio.sleep(delay)
        attempts += 1
        outcome = await _try(request)
    return outcome


async def close_socket(socket: ClientConnection) -> None:
    """Close with a handshake of at most CLOSE_TIMEOUT_S; after that, drop the connection."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await socket.close()
    except TimeoutError:
        socket.transport.abort()


def close_error(error: ConnectionClosed, request_origin: str) -> SentivoxError:
    """The error of a connection that was closed before the session was finished."""
    if error.rcvd is None:
        return NoAnswer(f"The connection to {request_origin} broke before the session was over.")
    return error_at_close(error.rcvd.code, error.rcvd.reason)


async def _try(
    request: httpx2.Request,
) -> ClientConnection | httpx2.Response | httpx2.TransportError:
    """Connect once; failures become HTTP responses and errors, which `Retries` understands."""
    secure = request.url.scheme == "https"
    key = request.headers.get("authorization")
    try:
        return await connect(
            str(request.url.copy_with(scheme="wss" if secure else "ws")),
            additional_headers={"authorization": key} if key else {},
            compression=None,  # PCM audio hardly compresses
            open_timeout=OPEN_TIMEOUT_S,
            max_size=LARGEST_EVENT_BYTES,
        )
    except InvalidStatus as error:
        refusal = error.response
        return httpx2.Response(
            refusal.status_code,
            headers=list(refusal.headers.raw_items()),
            content=bytes(refusal.body),
            request=request,
        )
    except TimeoutError as error:
        return httpx2.ConnectTimeout(str(error), request=request)
    except OSError as error:
        return httpx2.ConnectError(str(error), request=request)
    except InvalidMessage as error:
        if isinstance(error.__cause__, EOFError):
            return httpx2.RemoteProtocolError(str(error), request=request)
        raise unknown_server(request) from error
    except (InvalidHandshake, InvalidURI) as error:
        raise unknown_server(request) from error
