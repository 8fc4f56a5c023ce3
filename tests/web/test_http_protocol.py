"""HTTP as Serve's proxy speaks it, byte by byte, over real sockets."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from websockets.sync.client import connect

from sentivox.web.app import create_app
from sentivox.web.edge import Edge
from tests.web.fake_service import FakeService
from tests.web.live_server import serving
from tests.web.programs import curl

UPLOAD = "/v1/audio/transcriptions"
POST = b"POST / HTTP/1.1\r\nHost: here\r\n"
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
LARGE = bytes(range(256)) * 4096


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers the body of a request, and the names of its headers in `x-names`."""
    request = Request(scope, receive)
    names = {"x-names": " ".join(request.headers)}
    await PlainTextResponse(await request.body(), headers=names)(scope, receive, send)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(echo) as port:
        yield port


def asked(connection: socket.socket) -> tuple[HTTPResponse, bytes]:
    answer = HTTPResponse(connection)
    answer.begin()
    return answer, answer.read()


def ask(port: int, *pieces: bytes) -> tuple[HTTPResponse, bytes]:
    """The answer to a request that is sent piece by piece."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return asked(connection)


@pytest.mark.parametrize(
    "upgrade",
    [
        H2C,
        b"Upgrade: h2c\r\nConnection: upgrade\r\n",
        b"Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.0, HTTP/2.0\r\n",
        b"Connection: Upgrade\r\nUpgrade: something-else\r\n",
    ],
)
@pytest.mark.parametrize("body", [b"", b"RIFF", LARGE])
def test_an_offer_of_another_protocol_keeps_the_body(
    port: int, upgrade: bytes, body: bytes
) -> None:
    head = POST + upgrade + b"Content-Length: %d\r\n\r\n" % len(body)
    answer, found = ask(port, head + body)
    assert (answer.status, found) == (200, body)
    assert "upgrade" not in (answer.getheader("x-names") or "")


def test_a_chunked_body_is_kept_too(port: int) -> None:
    head = POST + H2C + b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = [b"4\r\nRIFF\r\n", b"%x\r\n%s\r\n" % (len(LARGE), LARGE), b"0\r\n\r\n"]
    assert ask(port, head, *chunks)[1] == b"RIFF" + LARGE


def test_a_request_with_an_offer_may_come_in_single_bytes(port: int) -> None:
    request = POST + H2C + b"Content-Length: 4\r\n\r\nRIFF"
    assert ask(port, *(request[at : at + 1] for at in range(len(request))))[1] == b"RIFF"


def test_a_connection_serves_on_after_an_offer(port: int) -> None:
    request = POST + H2C + b"Content-Length: 4\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        for word in (b"RIFF", b"WAVE", b"data"):
            connection.sendall(request + word)
            assert asked(connection)[1] == word


def test_requests_before_and_after_an_offer_may_be_sent_at_once(port: int) -> None:
    plain = POST + b"Content-Length: 3\r\n\r\none"
    offer = POST + H2C + b"Content-Length: 3\r\n\r\ntwo"
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(plain + offer + plain)
        received = b""
        while received.count(b"HTTP/1.1 200") < 3 or not received.endswith(b"one"):
            received += connection.recv(65_536)
    assert re.findall(rb"\r\n\r\n(one|two)", received) == [b"one", b"two", b"one"]


def test_work_is_cancelled_when_a_client_with_an_offer_disconnects() -> None:
    service = FakeService(hangs=True)
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF\r\n--b--\r\n'
    )
    head = b"POST %s HTTP/1.1\r\nHost: here\r\n" % UPLOAD.encode() + H2C
    kind = b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n"
    with serving(create_app(lambda: service)) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head + kind % len(body) + body)
            assert service.began.wait(30)
        assert service.ended.wait(30)


def test_websockets_still_open() -> None:
    async def greets(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "hello"})
        await send({"type": "websocket.close"})

    with serving(greets) as port, connect(f"ws://127.0.0.1:{port}/") as session:
        assert session.recv() == "hello"


@pytest.mark.parametrize(
    "request_",
    [
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/3.7\r\nHost: here\r\n\r\n",
        b"GET \xff HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: \x00\r\n\r\n",
        b"CONNECT here:80 HTTP/1.1\r\nHost: here\r\n\r\n",
        b"CONNECT here:80 HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        POST + b"Content-Length: four\r\n\r\n",
        POST + b"Content-Length: -4\r\n\r\n",
        POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n",
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        POST + H2C + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_malformed_http_is_refused_in_openais_shape(request_: bytes) -> None:
    with serving(Edge(create_app(FakeService), max_upload_bytes=2**20)) as port:
        answer, body = ask(port, request_)
    assert answer.status == 400
    assert answer.getheader("content-type") == "application/json"
    assert answer.getheader("connection") == "close"
    assert answer.getheader("x-request-id")
    assert re.fullmatch(
        rb'\{"error":\{"message":".+\.","type":"invalid_request_error",.+\}\}', body
    )


def test_a_head_without_end_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.settimeout(0.01)
        connection.sendall(POST)
        received = b""
        while not received:
            connection.sendall(b"x" * 1024)
            with suppress(TimeoutError):
                received = connection.recv(12)
        assert received == b"HTTP/1.1 400"


def test_a_broken_body_behind_the_start_of_an_answer_ends_the_connection() -> None:
    async def answers_first(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    with (
        serving(answers_first) as port,
        socket.create_connection(("127.0.0.1", port), 30) as connection,
    ):
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        received = b""
        while b"begun" not in received:
            received += connection.recv(65_536)
        connection.sendall(b"zz\r\n")
        while piece := connection.recv(65_536):
            received += piece
    assert b"400" not in received


def test_curl_with_http2_gets_a_transcript(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF" + LARGE)
    service = FakeService()
    with serving(create_app(lambda: service)) as port:
        printed = curl(
            *("--http2", "-F", f"file=@{tmp_path / 'a.wav'}", "-F", "response_format=text"),
            f"http://127.0.0.1:{port}{UPLOAD}",
        )
    assert printed == "Das ist schön. <b>Das</b> nicht & nie.\n"
    assert service.requests[0][0] == b"RIFF" + LARGE
