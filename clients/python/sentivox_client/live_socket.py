"""The WebSocket under a live session: how it is opened, and what is said when it ends."""

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

from sentivox_client.calls import another_program, answer, settled
from sentivox_client.errors import NoAnswer, SentivoxError, error_at_close
from sentivox_client.retries import Retries

PATH = "/v1/realtime?intent=transcription"
OPEN_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 3.0
LARGEST_EVENT_BYTES = 16 << 20


async def open_socket(http: httpx2.AsyncClient, retries: Retries) -> ClientConnection:
    """With `http`'s address and key; a refusal is what it would be for any other request."""
    request = http.build_request("GET", PATH)
    tries = 1
    outcome = await _try(request)
    while not isinstance(outcome, ClientConnection):
        pause = retries.pause(tries, outcome)
        if pause is None:
            answer(settled(outcome))
            raise another_program(request)
        await asyncio.sleep(pause)
        tries += 1
        outcome = await _try(request)
    return outcome


async def close_socket(socket: ClientConnection) -> None:
    """Says goodbye; not for long to somebody who doesn't even take what was sent before."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await socket.close()
    except TimeoutError:
        socket.transport.abort()


def ended(error: ConnectionClosed, request_origin: str) -> SentivoxError:
    if error.rcvd is None:
        return NoAnswer(f"The connection to {request_origin} broke before the session was over.")
    return error_at_close(error.rcvd.code, error.rcvd.reason)


async def _try(
    request: httpx2.Request,
) -> ClientConnection | httpx2.Response | httpx2.TransportError:
    """The outcome in HTTP's terms, so that one set of rules says what is tried again."""
    secure = request.url.scheme == "https"
    key = request.headers.get("authorization")
    try:
        return await connect(
            str(request.url.copy_with(scheme="wss" if secure else "ws")),
            additional_headers={"authorization": key} if key else {},
            compression=None,  # samples hardly shrink
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
        raise another_program(request) from error
    except (InvalidHandshake, InvalidURI) as error:
        raise another_program(request) from error
