"""A call on two channels through the whole graph, with the official OpenAI client."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import openai
import pytest
from openai.types.audio import TranscriptionDiarized
from sentivox_client import Sentivox

from tests.calls import as_wav, call, spoken_by
from tests.voices import spoken

pytestmark = [pytest.mark.ray, pytest.mark.slow]

FILE = ("call.wav", as_wav(call()))
NAMES = ["A", "B", "A", "B"]


@pytest.fixture(scope="module")
def client(server_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server_url}/v1", api_key="unused", max_retries=0) as client:
        yield client


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


def without_repeats(names: list[str]) -> list[str]:
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


@pytest.mark.parametrize("bleed_db", [None, -20])
def test_each_speaker_says_their_own_words_once_in_order_of_time(
    client: openai.OpenAI, bleed_db: float | None
) -> None:
    samples = call() if bleed_db is None else call(bleed_db)
    answer = client.audio.transcriptions.create(
        model="auto",
        file=("call.wav", as_wav(samples)),
        response_format="verbose_json",
        timestamp_granularities=["segment", "word"],
        extra_body={"channels": "split"},
    )
    assert answer.segments
    extras = [segment.model_extra or {} for segment in answer.segments]
    names = [extra["speaker"] for extra in extras]
    assert without_repeats(names) == NAMES
    starts = [segment.start for segment in answer.segments]
    assert starts == sorted(starts)
    for name in "AB":
        own = [s.text for s, n in zip(answer.segments, names, strict=True) if n == name]
        assert plain("".join(own)) == plain(spoken_by(name))
        words = [w.word for w in answer.words or () if (w.model_extra or {})["speaker"] == name]
        assert plain(" ".join(words)) == plain(spoken_by(name))
    extra = answer.model_extra or {}
    assert [each["speaker"] for each in extra["speakers"]] == ["A", "B"]
    assert all(each["sentiment"] for each in extra["speakers"])
    reasons = {each["reason"] for each in extra["suppressed"]}
    assert reasons == (set() if bleed_db is None else {"crosstalk"})


def test_diarized_json_takes_channels_for_speakers(client: openai.OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        model="gpt-4o-transcribe-diarize", file=FILE, response_format="diarized_json"
    )
    assert isinstance(answer, TranscriptionDiarized)
    assert without_repeats([segment.speaker for segment in answer.segments]) == NAMES


def test_a_stream_names_the_speakers(client: openai.OpenAI) -> None:
    events = list(
        client.audio.transcriptions.create(
            model="auto",
            file=FILE,
            language="en",
            response_format="diarized_json",
            stream=True,
        )
    )
    segments = [event for event in events if event.type == "transcript.text.segment"]
    assert without_repeats([segment.speaker for segment in segments]) == NAMES
    deltas = "".join(event.delta for event in events if event.type == "transcript.text.delta")
    assert events[-1].type == "transcript.text.done"
    assert deltas == events[-1].text


def test_text_and_subtitles_name_the_speakers(client: openai.OpenAI) -> None:
    for name, marks in (("text", ("A: Good", "\nB: My")), ("vtt", ("<v A>Good", "<v B>My"))):
        answer = client.audio.transcriptions.create(  # type: ignore[call-overload]
            model="auto", file=FILE, response_format=name, extra_body={"channels": "split"}
        )
        assert all(mark in answer for mark in marks)


def test_mixed_channels_have_no_speakers(client: openai.OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        model="auto", file=FILE, response_format="verbose_json"
    )
    assert answer.segments
    assert all("speaker" not in (segment.model_extra or {}) for segment in answer.segments)


@pytest.mark.parametrize("doubled", [False, True])
def test_speech_on_one_channel_is_one_speaker_and_no_diarization(
    client: openai.OpenAI, doubled: bool
) -> None:
    mono = call().sum(axis=1, dtype=np.int16, keepdims=True)
    file = ("mono.wav", as_wav(np.repeat(mono, 2 if doubled else 1, axis=1)))
    answer = client.audio.transcriptions.create(
        model="auto",
        file=file,
        response_format="verbose_json",
        extra_body={"channels": "split"},
    )
    assert answer.segments
    assert {(segment.model_extra or {})["speaker"] for segment in answer.segments} == {"A"}
    with pytest.raises(openai.BadRequestError, match="on one"):
        client.audio.transcriptions.create(model="auto", file=file, response_format="diarized_json")


def test_a_silent_file_is_an_empty_conversation(client: openai.OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        model="auto",
        file=("silence.wav", as_wav(np.zeros((16_000, 2), np.int16))),
        response_format="diarized_json",
    )
    assert isinstance(answer, TranscriptionDiarized)
    assert (answer.text, answer.segments) == ("", [])


def test_the_python_client_reads_speakers(server_url: str) -> None:
    with Sentivox(server_url) as client:
        transcript = client.transcribe(FILE[1], channels="split", words=True)
        alone = client.transcribe(spoken("Please hold the line."), channels="split")
    assert [each.speaker for each in transcript.speakers] == ["A", "B"]
    assert transcript.to_text().startswith("A: Good morning")
    assert [each.speaker for each in alone.speakers] == ["A"]
