"""The middleware around Serve's proxy, with proxies of a few lines."""

from __future__ import annotations

import asyncio
import re
import socket
import tracemalloc
from http.client import HTTPResponse
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from sentivox.web.body_limit import FORM_OVERHEAD_BYTES
from sentivox.web.edge import Edge
from tests.web.live_server import serving

LIMIT = 2**20
FRESH = "[0-9a-f]{32}"


def edge_of(app: ASGIApp) -> Edge:
    return Edge(app, max_upload_bytes=LIMIT)


def client_of(app: ASGIApp) -> TestClient:
    return TestClient(edge_of(app))


class RecordingProxy:
    """A proxy that keeps the scope of each request."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        await PlainTextResponse("answered")(scope, receive, send)

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.scopes[-1]["headers"] if key == name]


def refusal(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"].endswith(".")
    assert len(response.headers.get_list("x-request-id")) == 1
    return error


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (404, "invalid_request_error", "not_found"),
        (408, "server_error", "stage_unavailable"),
        (429, "rate_limit_error", "overloaded"),
        (503, "server_error", "stage_unavailable"),
    ],
)
def test_errors_of_the_proxy_get_openais_shape(status: int, kind: str, code: str) -> None:
    headers = {"retry-after": "7", "x-request-id": "from-the-proxy"}
    proxy = PlainTextResponse("num_queued_requests=9. Ping /-/routes", status, headers)
    response = client_of(proxy).get("/", headers={"x-request-id": "mine"})
    error = refusal(response, status)
    assert (error["type"], error["code"]) == (kind, code)
    assert response.headers["retry-after"] == "7"
    assert response.headers["x-request-id"] == "mine"
    assert "queued" not in response.text
    assert "/-/" not in response.text


@pytest.mark.parametrize("status", [200, 400, 404, 429, 503])
def test_answers_of_the_application_are_unchanged(status: int) -> None:
    response = client_of(JSONResponse({"its": "own"}, status, {"retry-after": "3"})).get("/")
    assert (response.status_code, response.json()) == (status, {"its": "own"})
    assert response.headers["retry-after"] == "3"
    assert re.fullmatch(FRESH, response.headers["x-request-id"])


def test_a_lost_answer_is_an_error_with_retry_after() -> None:
    async def dies(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    response = client_of(dies).get("/")
    refusal(response, 503)
    assert int(response.headers["retry-after"]) > 0


def test_an_unexpected_error_is_logged_and_its_answer_has_no_details(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "/secret")

    response = client_of(fails).get("/", headers={"x-request-id": "find-me"})
    assert refusal(response, 500)["code"] == "internal_error"
    assert "secret" not in response.text
    [record] = [record for record in caplog.records if record.exc_info]
    assert "find-me" in record.getMessage()


def test_an_error_after_the_start_of_an_answer_is_raised() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("midway")

    with pytest.raises(ValueError, match="midway"):
        client_of(fails).get("/")


@pytest.mark.parametrize("path", ["/-/routes", "/-/%72outes"])
def test_the_list_of_applications_is_not_found(path: str) -> None:
    proxy = RecordingProxy()
    refusal(client_of(proxy).get(path), 404)
    assert proxy.scopes == []


def test_the_health_route_of_the_proxy_is_open() -> None:
    assert client_of(RecordingProxy()).get("/-/healthz").text == "answered"


def test_control_headers_of_the_proxy_are_dropped() -> None:
    proxy = RecordingProxy()
    control_headers = {
        "x-request-timeout-seconds": "0.01",
        "X-Request-Disconnect-Disabled": "?1",
        "serve_multiplexed_model_id": "a",
        "serve-multiplexed-model-id": "b",
        "x-session-id": "c",
        "X_Session_Id": "d",
    }
    client_of(proxy).get("/", headers=control_headers | {"authorization": "Bearer k"})
    names = {name.replace(b"_", b"-") for name, _ in proxy.scopes[-1]["headers"]}
    assert names.isdisjoint(name.lower().replace("_", "-").encode() for name in control_headers)
    assert proxy.values(b"authorization") == [b"Bearer k"]


@pytest.mark.parametrize("offered", [b"", b"\xff\xfe", b"a b", b"x" * 129, b"x" * 60_000])
def test_an_invalid_request_id_is_replaced(offered: bytes) -> None:
    proxy = RecordingProxy()
    answer = client_of(proxy).get("/", headers=[(b"x-request-id", offered)])
    assert re.fullmatch(FRESH, answer.headers["x-request-id"])
    assert proxy.values(b"x-request-id") == [answer.headers["x-request-id"].encode()]


def test_the_first_of_two_request_ids_is_used() -> None:
    proxy = RecordingProxy()
    headers = [(b"x-request-id", b"one"), (b"x-request-id", b"two")]
    assert client_of(proxy).get("/", headers=headers).headers["x-request-id"] == "one"
    assert proxy.values(b"x-request-id") == [b"one"]


def test_a_declared_length_over_the_limit_is_refused_before_reading() -> None:
    proxy = RecordingProxy()
    too_long = str(LIMIT + FORM_OVERHEAD_BYTES + 1)
    response = client_of(proxy).post("/", content=b"", headers={"content-length": too_long})
    error = refusal(response, 413)
    assert error["code"] == "audio_too_large"
    assert "1 MiB" in error["message"]
    refusal(client_of(proxy).post("/", content=b"", headers={"content-length": "x"}), 400)
    assert proxy.scopes == []


def test_a_body_at_the_limit_is_accepted() -> None:
    async def counts(scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        await PlainTextResponse(str(size))(scope, receive, send)

    body = bytes(LIMIT + FORM_OVERHEAD_BYTES)
    with serving(edge_of(counts)) as port:
        assert _post(port, b"Content-Length: %d" % len(body), [body]) == (200, str(len(body)))


async def proxy_that_keeps_messages(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads like Serve's proxy, in a separate task, until the client disconnects."""
    kept: list[Message] = []

    async def read() -> None:
        while not kept or kept[-1]["type"] != "http.disconnect":
            kept.append(await receive())

    await asyncio.create_task(read())


def test_a_chunked_body_over_the_limit_is_refused_in_bounded_memory() -> None:
    with serving(edge_of(proxy_that_keeps_messages)) as port:
        tracemalloc.start()
        try:
            chunk = b"%x\r\n%s\r\n" % (2**20, bytes(2**20))
            chunks = [*[chunk] * 32, b"0\r\n\r\n"]
            status, answer = _post(port, b"Transfer-Encoding: chunked", chunks)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert status == 413
    assert "audio_too_large" in answer
    assert peak < 10 * LIMIT


def _post(port: int, header: bytes, body: list[bytes]) -> tuple[int, str]:
    """Status and text of the answer to a body that is sent piece by piece."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: here\r\n" + header + b"\r\n\r\n")
        for piece in body:
            connection.sendall(piece)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read().decode()


async def test_a_streamed_answer_is_not_buffered() -> None:
    passed: list[Message] = []

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"data", "more_body": True})
            assert len(passed) == number + 2
        await send({"type": "http.response.body"})

    await _call(edge_of(proxy), passed)
    assert len(passed) == 5


async def _call(app: ASGIApp, passed: list[Message]) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        passed.append(message)

    await app({"type": "http", "path": "/", "headers": []}, receive, send)


def test_a_websocket_loses_control_headers_and_nothing_else() -> None:
    scopes: list[Scope] = []

    async def echoes(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(scope)
        assert await receive() == {"type": "websocket.connect"}
        await send({"type": "websocket.accept"})
        large = await receive()
        await send({"type": "websocket.send", "bytes": large["bytes"]})
        await send({"type": "websocket.close", "code": 4000})

    large = bytes(2 * LIMIT)
    headers = {"x-session-id": "steer", "x-request-id": "\xff"}
    with (
        serving(edge_of(echoes)) as port,
        connect(f"ws://127.0.0.1:{port}/", additional_headers=headers, max_size=None) as session,
    ):
        session.send(large)
        assert session.recv() == large
    names = [name for name, _ in scopes[0]["headers"]]
    assert b"x-session-id" not in names
    [request_id] = [value for name, value in scopes[0]["headers"] if name == b"x-request-id"]
    assert re.fullmatch(FRESH, request_id.decode())


def test_a_websocket_refused_by_the_proxy_gets_openais_shape() -> None:
    proxy = PlainTextResponse("dropped due to backpressure", 429, {"retry-after": "7"})

    async def refuses(scope: Scope, receive: Receive, send: Send) -> None:
        await proxy({"type": "http"}, receive, send)

    with (
        serving(edge_of(refuses)) as port,
        pytest.raises(InvalidStatus) as caught,
        connect(f"ws://127.0.0.1:{port}/"),
    ):
        pass
    refused = caught.value.response
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert b"overloaded" in refused.body
    assert refused.headers["x-request-id"]


def test_lifespan_messages_pass() -> None:
    with TestClient(edge_of(Starlette())) as client:
        refusal(client.get("/"), 404)
