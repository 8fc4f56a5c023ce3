"""One upload and one live session through a real Ray Serve cluster."""

from __future__ import annotations

import socket
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import openai
import pytest

from tests.deployments.test_live import transcribe
from tests.voices import spoken
from tests.web.programs import curl
from tests.web.realtime.test_endpoint import speech

pytestmark = pytest.mark.ray

SENTENCE = "The weather is lovely today, and I am very happy about it."


def test_an_upload_gets_text_language_and_sentiment(server_url: str) -> None:
    with openai.OpenAI(base_url=f"{server_url}/v1", api_key="unused", max_retries=0) as client:
        answer = client.audio.transcriptions.create(
            model="whisper-1", file=("speech", spoken(SENTENCE)), response_format="verbose_json"
        )
    assert "lovely today" in answer.text
    assert answer.language == "english"
    assert (answer.model_extra or {})["sentiment"]["average"]["label"] == "positive"


async def test_a_live_session_gets_deltas_and_a_transcript(server_url: str) -> None:
    session = await transcribe(server_url, speech(SENTENCE))
    [done] = session.done
    assert "lovely" in done.transcript.lower()
    assert session.deltas[done.item_id] == done.transcript


def test_an_upload_that_offers_http2_keeps_its_body(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "speech").write_bytes(spoken(SENTENCE))
    text = curl(
        *("--http2", "-F", f"file=@{tmp_path / 'speech'}", "-F", "response_format=text"),
        f"{server_url}/v1/audio/transcriptions",
    )
    assert "lovely today" in text


def test_malformed_http_is_refused_in_openais_shape(server_url: str) -> None:
    address = urlsplit(server_url)
    with socket.create_connection((address.hostname or "", address.port or 80), 30) as connection:
        connection.sendall(b"garbage\r\n\r\n")
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.status == 400
        assert b'"type":"invalid_request_error"' in answer.read()


def test_the_page_and_the_api_description_are_served(server_url: str) -> None:
    for path in ("/", "/docs", "/openapi.json", "/metrics"):
        assert httpx2.get(f"{server_url}{path}", timeout=30).status_code == 200
