"""The whole graph on a real Ray cluster, with the official OpenAI client."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import openai
import pytest
from sentivox_client import Sentivox

from deployments.object_store import SHORT_S, SMALL_BYTES
from sentivox import Transcriber
from sentivox.types import SAMPLE_RATE
from tests.audio.encoding import Encoding, encode, wav
from tests.metrics import samples
from tests.voices import spoken, spoken_pcm

pytestmark = [pytest.mark.ray, pytest.mark.slow]

HAPPY = "The weather is lovely today, and I am very happy about it."
ANGRY = "This is terrible service, and nobody answers my calls."
NEUTRAL = "Please hold the line."
BUCKETS = "ray_sentivox_windows_per_batch_bucket"


@pytest.fixture(scope="module")
def client(server_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server_url}/v1", api_key="unused", max_retries=0) as client:
        yield client


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


def test_every_stage_is_a_deployment(server_url: str) -> None:
    stages = {stage["name"]: stage for stage in httpx2.get(f"{server_url}/ready").json()["stages"]}
    assert set(stages) == {
        "ingress",
        "audio_decoder",
        "language_id",
        "sentiment",
        "asr_multilingual",
    }
    assert all(stage["ready"] for stage in stages.values())


def test_an_upload_gets_text_language_and_sentiment(client: openai.OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        model="whisper-1",
        file=("anything.bin", spoken(HAPPY + " " + NEUTRAL)),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert plain(answer.text) == plain(HAPPY + " " + NEUTRAL)
    assert answer.language == "english"
    extra = answer.model_extra or {}
    assert extra["language_detection"]["language"] == "en"
    assert extra["language_detection"]["confidence"] > 0.9
    assert extra["sentiment"]["average"]["label"] == "positive"
    assert answer.segments
    assert answer.words
    assert answer.words[0].word == "The"
    assert answer.segments[0].model_extra["sentiment"]["score"] > 0.3  # type: ignore[index]
    assert {"audio_decoder", "language_id", "asr", "sentiment"} <= set(extra["timings"])


@pytest.mark.parametrize("way", ["by value", "by reference", "small but long"])
def test_a_file_has_the_same_text_by_value_and_by_reference(
    client: openai.OpenAI, way: str
) -> None:
    pcm = spoken_pcm(HAPPY if way != "small but long" else " ".join([HAPPY, ANGRY, NEUTRAL]))
    rate = 96_000 if way == "by reference" else 16_000
    file = encode(pcm, Encoding("wav", "wav", "pcm_s16le", rate))
    if way == "small but long":
        file = encode(pcm, Encoding("ogg", "ogg", "libopus", 48_000))
    assert (len(file) > SMALL_BYTES) == (way == "by reference")
    assert (len(pcm) / SAMPLE_RATE > SHORT_S) == (way == "small but long")
    answer = client.audio.transcriptions.create(
        model="auto", file=("speech", file), response_format="verbose_json"
    )
    assert plain(answer.text).startswith(plain(HAPPY))
    assert answer.language == "english"


@pytest.mark.parametrize("response_format", ["json", "text", "srt", "vtt"])
def test_every_plain_format_has_the_text(client: openai.OpenAI, response_format: str) -> None:
    answer = client.audio.transcriptions.create(  # type: ignore[call-overload]
        model="auto",
        file=("speech.wav", spoken(NEUTRAL)),
        language="en",
        response_format=response_format,
    )
    text = answer if isinstance(answer, str) else answer.text
    assert "hold the line" in text.lower()


def test_a_stream_adds_up_to_the_transcript(client: openai.OpenAI) -> None:
    events = list(
        client.audio.transcriptions.create(
            model="auto", file=("speech.wav", spoken(HAPPY)), language="en", stream=True
        )
    )
    deltas = "".join(event.delta for event in events if event.type == "transcript.text.delta")
    assert events[-1].type == "transcript.text.done"
    assert deltas == events[-1].text
    assert plain(deltas) == plain(HAPPY)


@pytest.mark.filterwarnings(
    "ignore:deprecated:DeprecationWarning"
)  # openai's own, of `translations`
def test_translations_and_models_answer(client: openai.OpenAI) -> None:
    answer = client.audio.translations.create(model="auto", file=("speech.wav", spoken(NEUTRAL)))
    assert "hold the line" in answer.text.lower()
    ids = {model.id for model in client.models.list()}
    assert {"auto", "germanic", "slavic"} <= ids


def test_one_recogniser_serves_every_requested_family(client: openai.OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        model="germanic",
        file=("speech.wav", spoken(NEUTRAL)),
        response_format="verbose_json",
    )
    assert "hold the line" in answer.text.lower()
    assert (answer.model_extra or {})["routing"] == {"en": "multilingual"}


def test_digital_silence_has_no_text_and_no_language(client: openai.OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        model="auto",
        file=("speech.wav", wav(np.zeros(32_000, np.int16))),
        response_format="verbose_json",
    )
    assert answer.text == ""
    assert answer.segments == []
    assert (answer.model_extra or {})["language_detection"]["abstained"]


async def test_concurrent_uploads_share_batches(
    server_url: str,
) -> None:
    sentences = [HAPPY, ANGRY, NEUTRAL]
    async with openai.AsyncOpenAI(
        base_url=f"{server_url}/v1", api_key="unused", timeout=300
    ) as client:
        answers = await asyncio.gather(
            *(
                client.audio.transcriptions.create(
                    model="auto",
                    file=(f"{number}.wav", spoken(sentences[number % 3])),
                    language="en" if number % 2 else openai.omit,
                )
                for number in range(20)
            )
        )
    for number, answer in enumerate(answers):
        assert plain(answer.text) == plain(sentences[number % 3])
    assert await _batches_larger_than_one(server_url) > 0


async def _batches_larger_than_one(server_url: str) -> float:
    """Ray's agents publish metrics every few seconds, so this asks until they have."""
    async with httpx2.AsyncClient(base_url=server_url, timeout=30) as client:
        for _ in range(30):
            page = (await client.get("/metrics")).text
            buckets = {
                sample.labels["le"]: sample.value
                for sample in samples(page, BUCKETS, "asr_multilingual")
            }
            if buckets and (larger := buckets["+Inf"] - buckets["1.0"]) > 0:
                return larger
            await asyncio.sleep(1)
    return 0.0


def test_the_library_and_the_command_line_give_the_text_of_the_server(
    server_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "speech.wav"
    file.write_bytes(spoken(f"{HAPPY} {ANGRY}"))
    with Sentivox(server_url) as client:
        served = client.transcribe(file).text
    command = [str(Path(sys.executable).with_name("sentivox")), "transcribe", "--local", str(file)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert printed.stdout.strip() == served
    with Transcriber() as transcriber:
        assert transcriber.transcribe(file).text == served
