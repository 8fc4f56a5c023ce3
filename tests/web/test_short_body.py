"""A short body goes with the head, through a proxy that passes nothing but scopes."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from sentivox.errors import InvalidRequest
from sentivox.web.edge import Edge
from sentivox.web.short_body import EXTENSION, MOST_BYTES, ShortBody, with_short_body

LONG = bytes(MOST_BYTES + 1)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(body)(scope, receive, send)


async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
    """Ray Serve's sends the scope to another process, and the body only when asked."""
    known = {name: scope[name] for name in ("type", "method", "headers", "extensions")}
    came_along = EXTENSION in scope["extensions"]

    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"].append((b"came-along", b"%d" % came_along))
        await send(message)

    await ShortBody(echo)(deepcopy(known), receive, send_marked)


@pytest.mark.parametrize(
    ("body", "came_along"), [(b"a few words", True), (LONG[1:], True), (LONG, False), (b"", False)]
)
def test_the_application_reads_the_same_whether_or_not_it_came_along(
    body: bytes, came_along: bool
) -> None:
    client = TestClient(Edge(proxy, max_upload_bytes=2 * MOST_BYTES))
    answer = client.post("/", content=body)
    assert answer.content == body
    assert answer.headers["came-along"] == str(int(came_along))


def test_a_body_of_unknown_length_comes_when_it_is_asked_for() -> None:
    client = TestClient(Edge(proxy, max_upload_bytes=MOST_BYTES))
    answer = client.post("/", content=iter([b"a few ", b"words"]))
    assert answer.content == b"a few words"
    assert answer.headers["came-along"] == "0"


async def test_pieces_are_put_together() -> None:
    scope = await with_short_body(_head(6), _receiving([_piece(b"abc", True), _piece(b"def")]))
    assert scope["extensions"] == {EXTENSION: b"abcdef"}


async def test_whoever_leaves_midway_has_sent_nothing() -> None:
    messages = [_piece(b"abc", True), {"type": "http.disconnect"}]
    assert "extensions" not in await with_short_body(_head(6), _receiving(messages))


async def test_a_length_that_is_no_number_is_refused() -> None:
    head = _head(6) | {"headers": [(b"content-length", b"six")]}
    with pytest.raises(InvalidRequest, match="Content-Length"):
        await with_short_body(head, _receiving([]))


async def test_after_the_body_comes_what_the_server_has_to_say() -> None:
    heard: list[Message] = []

    async def listens(scope: Scope, receive: Receive, send: Send) -> None:
        heard.extend([await receive(), await receive()])

    scope = _head(3) | {"extensions": {EXTENSION: b"abc"}}
    await ShortBody(listens)(scope, _receiving([{"type": "http.disconnect"}]), _nowhere)
    assert heard == [_piece(b"abc"), {"type": "http.disconnect"}]


def _head(length: int) -> dict[str, Any]:
    return {"type": "http", "headers": [(b"content-length", b"%d" % length)]}


def _piece(body: bytes, more_body: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more_body}


def _receiving(messages: Sequence[Message]) -> Receive:
    rest = iter(messages)

    async def receive() -> Message:
        return next(rest)

    return receive


async def _nowhere(_: Message) -> None:
    pass
