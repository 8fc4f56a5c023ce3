"""What a running server answers to what it can't use; it must serve on after each."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from sentivox.web.auth import hash_key, new_key
from tests.serving import Server
from tests.voices import spoken

pytestmark = [pytest.mark.ray, pytest.mark.slow]

SPEECH = spoken("Please hold the line.")
PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nhttp://127.0.0.1:1/secret.ts\n"
SDP = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 0\r\n"
CONCAT = b"ffconcat version 1.0\nfile '/etc/passwd'\n"
DASH = b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>'


def a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("speech.wav", SPEECH)
    return buffer.getvalue()


def post(
    url: str, data: dict[str, Any] | None = None, audio: bytes = SPEECH, **extra: Any
) -> httpx2.Response:
    return httpx2.post(
        f"{url}/v1/audio/transcriptions",
        data={"model": "auto", "language": "en"} | (data or {}),
        files=extra.pop("files", {"file": ("speech.mp3", audio)}),
        timeout=120,
        **extra,
    )


def check(response: httpx2.Response, status: int) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert response.status_code == status, error
    assert set(error) == {"message", "type", "param", "code"}
    assert len(error["message"]) > 15
    assert "Traceback" not in response.text
    assert "/sentivox/" not in response.text
    assert response.headers["x-request-id"]
    return error


@pytest.fixture(autouse=True)
def it_serves_on(server_url: str) -> Iterator[None]:
    yield
    assert "hold the line" in post(server_url).json()["text"].lower()


@pytest.mark.parametrize(
    "audio",
    [
        b"Hello, this is text.",
        b"<html><body>Hi</body></html>",
        a_zip(),
        PLAYLIST,
        SDP,
        CONCAT,
        DASH,
    ],
    ids=["text", "html", "zip", "playlist", "sdp", "concat", "dash"],
)
def test_what_is_not_audio_is_refused_with_what_is_accepted(server_url: str, audio: bytes) -> None:
    error = check(post(server_url, audio=audio), 415)
    assert error["param"] == "file"
    assert "flac" in error["message"].lower()


@pytest.mark.parametrize("audio", [b"", SPEECH[:20]], ids=["empty", "header"])
def test_what_cannot_be_decoded_is_refused(server_url: str, audio: bytes) -> None:
    response = post(server_url, audio=audio)
    assert response.status_code in (415, 422)
    check(response, response.status_code)


def test_a_third_of_a_file_is_transcribed_with_a_warning(server_url: str) -> None:
    response = post(
        server_url, {"response_format": "verbose_json"}, audio=SPEECH[: len(SPEECH) // 3]
    )
    assert response.status_code == 200
    assert "truncated" in {warning["code"] for warning in response.json()["warnings"]}


def test_an_unknown_field_is_ignored_with_a_warning(server_url: str) -> None:
    answer = post(server_url, {"colour": "blue", "response_format": "verbose_json"}).json()
    assert "colour" in answer["warnings"][0]["message"]


@pytest.mark.parametrize(
    ("data", "status", "param"),
    [
        ({"language": "klingon"}, 400, "language"),
        ({"response_format": "yaml"}, 400, "response_format"),
        ({"temperature": "7"}, 400, "temperature"),
        ({"temperature": "warm"}, 400, "temperature"),
        ({"lid[top_k]": "many"}, 400, "lid[top_k]"),
        ({"chunking_strategy": '{"type": '}, 400, "chunking_strategy"),
        ({"sentiment": "perhaps"}, 400, "sentiment"),
        ({"model": "gpt-99"}, 404, "model"),
        ({"response_format": "diarized_json"}, 400, "response_format"),
        ({"keywords[]": "<b>bold</b>"}, 400, "keywords[]"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_field_is_named(
    server_url: str, data: dict[str, str], status: int, param: str
) -> None:
    assert check(post(server_url, data), status)["param"] == param


def test_two_files_and_no_file_and_too_many_fields_are_refused(server_url: str) -> None:
    two = [("file", ("a.wav", SPEECH)), ("file", ("b.wav", SPEECH))]
    check(post(server_url, files=two), 400)
    check(httpx2.post(f"{server_url}/v1/audio/transcriptions", data={"model": "auto"}), 400)
    check(post(server_url, {f"field{number}": "x" for number in range(70)}), 400)


def test_a_body_over_the_limit_is_refused_declared_or_not(server_url: str) -> None:
    large = bytes(27 * 1024 * 1024)
    check(post(server_url, audio=large), 413)
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    chunks = (part, *(large[at : at + 65_536] for at in range(0, len(large), 65_536)))
    response = httpx2.post(
        f"{server_url}/v1/audio/transcriptions",
        content=iter(chunks),
        headers={"content-type": "multipart/form-data; boundary=x"},
        timeout=60,
    )
    check(response, 413)


def test_pages_and_methods_that_are_not_there_say_so_in_the_same_shape(server_url: str) -> None:
    check(httpx2.get(f"{server_url}/v1/nothing"), 404)
    check(httpx2.delete(f"{server_url}/v1/models"), 405)


@pytest.mark.parametrize("path", ["/-/routes", "/-/nothing"])
def test_what_the_proxy_knows_stays_with_it(server_url: str, path: str) -> None:
    response = httpx2.get(f"{server_url}{path}")
    check(response, 404)
    assert "sentivox" not in response.text
    assert httpx2.get(f"{server_url}/-/healthz").status_code == 200


@pytest.mark.parametrize("offered", [b"", b"\xff\xfe", b"two words", b"x" * 5000])
def test_an_odd_request_id_is_replaced(server_url: str, offered: bytes) -> None:
    response = httpx2.get(f"{server_url}/v1/models", headers=[(b"x-request-id", offered)])
    assert response.status_code == 200
    [answered] = response.headers.get_list("x-request-id")
    assert re.fullmatch("[0-9a-f]{32}", answered)


def test_headers_do_not_steer_the_proxy(server_url: str) -> None:
    steering = {
        "x-request-timeout-seconds": "0.01",
        "x-request-disconnect-disabled": "?1",
        "serve_multiplexed_model_id": "a",
        "x-session-id": "b",
    }
    response = post(server_url, headers=steering | {"x-request-id": "mine"})
    assert "hold the line" in response.json()["text"].lower()
    assert response.headers.get_list("x-request-id") == ["mine"]


@pytest.fixture
def key(server: Server, tmp_path: Path) -> Iterator[str]:
    """The running server asks for this key until the test is over."""
    key = new_key()
    keys = tmp_path / "keys.txt"
    keys.write_text(f"tester:{hash_key(key)}\n")
    server.reconfigure("ingress", api_keys_file=str(keys))
    _wait_for_status(server.url, 401)
    yield key
    server.reconfigure("ingress", api_keys_file=None)
    _wait_for_status(server.url, 200)


@pytest.mark.skipif("SENTIVOX_TEST_URL" in os.environ, reason="the server isn't this test's own")
def test_without_the_right_key_only_health_docs_and_page_are_open(server: Server, key: str) -> None:
    check(post(server.url), 401)
    check(post(server.url, headers={"authorization": "Bearer wrong"}), 403)
    for path in ("/health", "/ready", "/docs", "/openapi.json", "/"):
        assert httpx2.get(f"{server.url}{path}").status_code == 200
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=key) as client:
        answer = client.audio.transcriptions.create(
            model="auto", file=("speech.wav", SPEECH), language="en"
        )
    assert "hold the line" in answer.text.lower()


def _wait_for_status(url: str, status: int) -> None:
    for _ in range(60):
        if httpx2.get(f"{url}/v1/models", timeout=10).status_code == status:
            return
        time.sleep(0.5)
    raise AssertionError(f"/v1/models never answered {status}")
