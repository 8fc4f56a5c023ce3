"""The library call, with the models of `make serve` in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import httpx2
import pytest

from sentivox import Transcriber
from sentivox.errors import InvalidRequest, UnsupportedAudio
from sentivox.local_service import InProcessService
from sentivox.web.app import create_app
from tests.voices import spoken

SENTENCE = "The weather is lovely today, and I am very happy about it."


@pytest.fixture(scope="module")
def transcriber() -> Iterator[Transcriber]:
    with Transcriber() as transcriber:
        yield transcriber


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


def test_a_file_gets_text_language_and_sentiment(transcriber: Transcriber, tmp_path: Path) -> None:
    file = tmp_path / "speech.wav"
    file.write_bytes(spoken(SENTENCE))
    transcript = transcriber.transcribe(file, words=True)
    assert plain(transcript.text) == plain(SENTENCE)
    assert transcript.language == "en"
    assert transcript.sentiment
    assert transcript.sentiment.label == "positive"
    assert transcript.segments[0].words[0].word.strip() == "The"


def test_bytes_and_open_files_are_accepted_too(transcriber: Transcriber) -> None:
    audio = spoken(SENTENCE)
    for source in (audio, BytesIO(audio)):
        assert plain(transcriber.transcribe(source, language="en").text) == plain(SENTENCE)


def test_it_can_be_called_where_an_event_loop_runs(transcriber: Transcriber) -> None:
    async def call() -> str:
        return transcriber.transcribe(spoken(SENTENCE)).text

    assert plain(asyncio.run(call())) == plain(SENTENCE)


def test_several_threads_may_call_it(transcriber: Transcriber) -> None:
    with ThreadPoolExecutor(4) as pool:
        texts = [each.text for each in pool.map(transcriber.transcribe, [spoken(SENTENCE)] * 4)]
    assert {plain(text) for text in texts} == {plain(SENTENCE)}


def test_a_language_may_be_a_tag(transcriber: Transcriber) -> None:
    assert plain(transcriber.transcribe(spoken(SENTENCE), language="en-GB").text) == plain(SENTENCE)


def test_a_language_that_isnt_spoken_has_a_warning(transcriber: Transcriber) -> None:
    audio = spoken(SENTENCE)
    [warning] = transcriber.transcribe(audio, language="ru").warnings
    assert warning.code == "language_mismatch"
    assert "likely English" in warning.message
    assert transcriber.transcribe(audio, language="en").warnings == ()
    assert transcriber.transcribe(audio, language="en", task="translate").warnings == ()


def test_errors_are_those_of_the_server(transcriber: Transcriber, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        transcriber.transcribe(tmp_path / "nothing.wav")
    with pytest.raises(UnsupportedAudio, match="flac"):
        transcriber.transcribe(b"Hello, this is text.")
    with pytest.raises(InvalidRequest, match="language"):
        transcriber.transcribe(spoken(SENTENCE), language="xx")


async def test_the_web_application_runs_over_models_in_this_process() -> None:
    service = InProcessService()
    app = create_app(lambda: service)
    try:
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://local", timeout=60
        ) as client:
            response = await client.post(
                "/v1/audio/transcriptions",
                data={"model": "auto", "response_format": "verbose_json"},
                files={"file": ("speech.wav", spoken(SENTENCE))},
            )
            ready = await client.get("/ready")
    finally:
        service.close()
    assert plain(response.json()["text"]) == plain(SENTENCE)
    assert ready.json()["ready"]
