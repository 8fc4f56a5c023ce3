"""The middleware of every route."""

from __future__ import annotations

import logging
import re
import socket
import tracemalloc
from http.client import HTTPConnection
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sentivox.settings import IngressSettings
from sentivox.web.app import create_app
from sentivox.web.auth import hash_key, new_key
from tests.web.fake_service import FakeService
from tests.web.live_server import serving

PATH = "/v1/audio/transcriptions"
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=b\r\n"
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF\r\n'


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(FakeService))


@pytest.mark.parametrize("path", ["/health", "/nope", PATH])
def test_a_valid_request_id_is_answered(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"x-request-id": "abc-123"})
    assert answer.headers["x-request-id"] == "abc-123"


@pytest.mark.parametrize("offered", ["", "a b", "x" * 129, "tab\there", "ü"])
def test_an_invalid_request_id_is_replaced(client: TestClient, offered: str) -> None:
    answer = client.get("/health", headers=[(b"x-request-id", offered.encode())])
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_no_request_id_is_answered_behind_a_server_that_adds_it() -> None:
    client = TestClient(create_app(FakeService, answer_request_id=False))
    assert "x-request-id" not in client.get("/health").headers


@pytest.mark.parametrize("path", ["/", "/health", "/nope"])
def test_every_answer_has_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "microphone=(self)" in headers["permissions-policy"]


def test_the_log_line_has_no_file_name_and_no_line_break(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sentivox.web")
    files = {"file": ("private.wav", b"RIFF")}
    client.post(PATH + "%0aforged", files=files, headers={"x-request-id": "r1"})
    [line] = [record.getMessage() for record in caplog.records if record.name == "sentivox.web"]
    assert re.fullmatch(r"POST /v1/audio/transcriptions%0Aforged 404 \d+\.\d{3}s r1", line)


def test_the_api_needs_a_key_and_the_page_does_not(tmp_path: Path) -> None:
    key = new_key()
    keys = tmp_path / "keys"
    keys.write_text(f"# people\n\nada:{hash_key(key).upper()}\nbroken line\n")
    service = FakeService(settings=IngressSettings(api_keys_file=keys))
    (tmp_path / "page").mkdir()
    for name in ("index.html", "docs.html", "app.js"):
        (tmp_path / "page" / name).write_text("x")
    client = TestClient(create_app(lambda: service, page_folder=tmp_path / "page"))
    for path in ("/", "/docs", "/health", "/ready", "/openapi.json", "/static/app.js"):
        assert client.get(path).status_code == 200, path
    for path in ("/v1/models", "/v1/languages", "/metrics", "/nope"):
        refused = client.get(path)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer"), path
        assert refused.json()["error"]["code"] == "missing_api_key"
    for offered in ("Bearer wrong", f"Bearer {key}x", f"bearer {hash_key(key)}"):
        assert client.get("/v1/models", headers={"authorization": offered}).status_code == 403
    for offered in ("Bearer", "Bearer ", f"Basic {key}", key):
        assert client.get("/v1/models", headers={"authorization": offered}).status_code == 401
    assert client.get("/v1/models", headers={"authorization": f"Bearer {key}"}).status_code == 200


def test_a_changed_key_file_is_read_again_and_a_missing_one_refuses_all(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"ada:{hash_key('first')}\n")
    service = FakeService(settings=IngressSettings(api_keys_file=keys))
    client = TestClient(create_app(lambda: service))
    headers = {"authorization": "Bearer second"}
    assert client.get("/v1/models", headers=headers).status_code == 403
    keys.write_text(f"ada:{hash_key('first')}\nbob:{hash_key('second')}\n")
    assert client.get("/v1/models", headers=headers).status_code == 200
    keys.unlink()
    answer = client.get("/v1/models", headers=headers)
    assert answer.status_code == 503
    assert str(keys) not in answer.text


def test_a_chunked_body_over_the_limit_is_refused_in_bounded_memory() -> None:
    limit = 4 * 2**20
    service = FakeService(settings=IngressSettings(max_upload_bytes=limit))
    with (
        serving(create_app(lambda: service)) as port,
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        connection.settimeout(30)
        connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        tracemalloc.start()
        try:
            _send_chunk(connection, FORM[: FORM.index(b"RIFF")])
            chunk = bytes(2**20)
            for _ in range(64):
                _send_chunk(connection, chunk)
            connection.sendall(b"0\r\n\r\n")
            answer = connection.recv(65_536)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert answer.startswith(b"HTTP/1.1 413")
    assert peak < 4 * limit
    assert service.requests == []


def _send_chunk(connection: socket.socket, data: bytes) -> None:
    connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))


@pytest.mark.parametrize("stream", ["true", "false"])
def test_work_is_cancelled_when_the_client_disconnects(stream: str) -> None:
    service = FakeService(hangs=True)
    part = f'--b\r\nContent-Disposition: form-data; name="stream"\r\n\r\n{stream}\r\n--b--\r\n'
    body = FORM + part.encode()
    with serving(create_app(lambda: service)) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert service.began.wait(30)
            assert not service.ended.is_set()
        assert service.ended.wait(30)


def test_an_incomplete_upload_is_not_transcribed() -> None:
    service = FakeService()
    with serving(create_app(lambda: service)) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n".encode() + FORM)
        later = HTTPConnection("127.0.0.1", port, timeout=30)
        later.request("GET", "/health")
        assert later.getresponse().status == 200
        later.close()
    assert service.requests == []
