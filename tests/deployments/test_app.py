"""The whole graph on a real cluster, asked by the official client."""

from __future__ import annotations

import asyncio
import time
import wave
from collections.abc import Iterator
from io import BytesIO

import httpx2
import numpy as np
import openai
import pytest

from deployments.object_store import SHORT_S, SMALL_BYTES
from sentivox.types import SAMPLE_RATE
from tests.audio.encoding import Encoding, encode
from tests.metrics import samples
from tests.voices import spoken, spoken_pcm

pytestmark = [pytest.mark.ray, pytest.mark.slow]

HAPPY = "The weather is lovely today, and I am very happy about it."
ANGRY = "This is terrible service, and nobody answers my calls."
NEUTRAL = "Please hold the line."
COUNTER = "ray_serve_deployment_request_counter_total"
BUCKETS = "ray_sentivox_windows_per_batch_bucket"
PUBLISHED_S = 3.0
"""After so long a number is surely in /metrics."""


@pytest.fixture(scope="module")
def client(server_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server_url}/v1", api_key="unused", max_retries=0) as client:
        yield client


def wav(samples: np.ndarray, rate: int = 16_000) -> bytes:
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype(np.int16).tobytes())
    return buffer.getvalue()


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


def test_every_stage_stands_on_its_own(server_url: str) -> None:
    stages = {stage["name"]: stage for stage in httpx2.get(f"{server_url}/ready").json()["stages"]}
    assert set(stages) == {
        "ingress",
        "audio_decoder",
        "language_id",
        "sentiment",
        "asr_multilingual",
    }
    assert all(stage["ready"] for stage in stages.values())


def test_speech_becomes_text_language_and_feeling(client: openai.OpenAI) -> None:
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
def test_a_file_is_heard_alike_however_it_travels(client: openai.OpenAI, way: str) -> None:
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
def test_every_plain_format_carries_the_words(client: openai.OpenAI, response_format: str) -> None:
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


def test_one_recogniser_serves_every_family_that_is_asked_for(client: openai.OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        model="germanic",
        file=("speech.wav", spoken(NEUTRAL)),
        response_format="verbose_json",
    )
    assert "hold the line" in answer.text.lower()
    assert (answer.model_extra or {})["routing"] == {"en": "multilingual"}


def test_digital_silence_has_no_words_and_no_language(client: openai.OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        model="auto",
        file=("speech.wav", wav(np.zeros(32_000))),
        response_format="verbose_json",
    )
    assert answer.text == ""
    assert answer.segments == []
    assert (answer.model_extra or {})["language_detection"]["abstained"]


async def test_ten_mixed_uploads_at_once_are_all_answered_in_shared_batches(
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
                for number in range(10)
            )
        )
    for number, answer in enumerate(answers):
        assert plain(answer.text) == plain(sentences[number % 3])
    assert await _batches_larger_than_one(server_url) > 0


def test_a_file_alone_is_heard_by_its_recogniser(server_url: str, client: openai.OpenAI) -> None:
    def calls() -> dict[str, float]:
        page = httpx2.get(f"{server_url}/metrics", timeout=30).text
        return {
            stage: sum(sample.value for sample in samples(page, COUNTER, stage))
            for stage in ("language_id", "asr_multilingual", "sentiment")
        }

    time.sleep(PUBLISHED_S)
    before = calls()
    answer = client.audio.transcriptions.create(
        model="auto", file=("speech.wav", spoken(HAPPY)), response_format="verbose_json"
    )
    assert plain(answer.text) == plain(HAPPY)
    assert answer.language == "english"
    time.sleep(PUBLISHED_S)
    added = {stage: count - before[stage] for stage, count in calls().items()}
    assert added == {"language_id": 0, "asr_multilingual": 1, "sentiment": 1}


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
