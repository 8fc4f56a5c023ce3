"""Answers to uploads in every format."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from sentivox.languages import LANGUAGES
from sentivox.settings import IngressSettings
from sentivox.types import (
    AudioInfo,
    LanguageDetection,
    LanguageProbability,
    Sentiment,
    Transcript,
    TranscriptionWarning,
)
from sentivox.web.app import create_app
from sentivox.web.service import StageStatus
from tests.web.fake_service import CALL, SEGMENTS, STAGES, TRANSCRIPT, FakeService

SILENCE = Transcript(AudioInfo(2.0, "wav", "pcm", 16_000, 1, -90.0), "transcribe", None, None, ())


def client_of(service: FakeService) -> TestClient:
    return TestClient(create_app(lambda: service))


def answer(transcript: Transcript = TRANSCRIPT, /, **fields: str) -> dict[str, Any]:
    response = client_of(FakeService(transcript)).post(
        "/v1/audio/transcriptions", files={"file": ("a.wav", b"RIFF")}, data=fields
    )
    assert response.status_code == 200, response.text
    decoded: dict[str, Any] = response.json()
    return decoded


def events(transcript: Transcript, /, **fields: str) -> list[dict[str, Any]]:
    response = client_of(FakeService(transcript)).post(
        "/v1/audio/transcriptions",
        files={"file": ("a.wav", b"RIFF")},
        data={"stream": "true", **fields},
    )
    lines = [line for line in response.text.split("\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_routing_has_the_family_of_each_language() -> None:
    transcript = replace(TRANSCRIPT, routing={"nl": "germanic", "ru": "slavic"})
    body = answer(transcript, response_format="verbose_json")
    assert body["routing"] == {"nl": "germanic", "ru": "slavic"}


def test_text_outside_ascii_is_not_escaped() -> None:
    response = client_of(FakeService()).post(
        "/v1/audio/transcriptions", files={"file": ("a.wav", b"RIFF")}
    )
    assert "schön" in response.content.decode()
    assert response.headers["server-timing"] == "audio_decoder;dur=12.3, asr;dur=500.0"


def test_json_has_the_overall_sentiment_and_the_language() -> None:
    body = answer()
    assert body["sentiment"]["average"]["label"] == "mixed"
    assert sum(body["sentiment"]["average"]["scores"].values()) == pytest.approx(1)
    assert body["sentiment"]["shifts"] == [{"at": 1.5, "before": "positive", "after": "negative"}]
    assert body["language_detection"] == {
        "language": "de",
        "confidence": 0.9,
        "alternatives": [
            {"language": "de", "confidence": 0.9},
            {"language": "nl", "confidence": 0.05},
        ],
        "abstained": False,
    }
    assert body["warnings"][0]["code"] == "sentiment_partial"
    assert "segments" not in body


def test_extensions_can_be_turned_off() -> None:
    body = answer(sentiment="false", **{"lid[top_k]": "0"})
    assert not {"sentiment", "language_detection"} & set(body)


def test_top_k_limits_the_listed_languages() -> None:
    assert len(answer(**{"lid[top_k]": "1"})["language_detection"]["alternatives"]) == 1


def test_an_abstained_detection_has_no_language() -> None:
    unsure = LanguageDetection((LanguageProbability("de", 0.3),), abstained=True)
    body = answer(replace(TRANSCRIPT, detection=unsure))
    assert body["languages"] == []
    assert body["language_detection"]["language"] is None


def test_segments_have_all_fields_of_openai_and_extensions() -> None:
    body = answer(response_format="verbose_json")
    wanted = "id seek start end text tokens temperature avg_logprob compression_ratio"
    for segment in body["segments"]:
        assert {*wanted.split(), "no_speech_prob", "language", "sentiment"} == set(segment)
    assert (body["task"], body["language"], body["usage"]["seconds"]) == ("transcribe", "german", 4)
    assert body["suppressed"][0]["reason"] == "no_speech"
    assert body["timings"]["asr"] == 0.5
    assert "words" not in body


def test_word_granularity_alone_has_no_segments() -> None:
    body = answer(response_format="verbose_json", **{"timestamp_granularities[]": "word"})
    assert "segments" not in body
    word = {"word": "Das", "start": 0.0, "end": 0.4, "probability": 0.9, "language": "de"}
    assert body["words"][0] == word


def test_silence_has_an_empty_transcript() -> None:
    body = answer(SILENCE, response_format="verbose_json")
    assert (body["text"], body["language"], body["segments"]) == ("", "unknown", [])
    [done] = events(SILENCE)
    assert (done["type"], done["text"]) == ("transcript.text.done", "")


def test_sentiment_in_assemblyais_format() -> None:
    body = answer(sentiment_format="assemblyai")
    assert "sentiment" not in body
    assert body["sentiment_analysis_results"][1] == {
        "text": "<b>Das</b> nicht & nie.",
        "start": 1500,
        "end": 3200,
        "sentiment": "NEGATIVE",
        "confidence": 0.8,
        "label": "negative",
        "speaker": None,
    }


def test_a_mixed_sentiment_is_neutral_in_assemblyais_format() -> None:
    segment = replace(TRANSCRIPT.segments[0], sentiment=Sentiment(0.45, 0.15, 0.4))
    body = answer(replace(TRANSCRIPT, segments=(segment,)), sentiment_format="assemblyai")
    [found] = body["sentiment_analysis_results"]
    assert (found["sentiment"], found["confidence"], found["label"]) == ("NEUTRAL", 0.15, "mixed")


def test_sentiment_in_deepgrams_format() -> None:
    body = answer(sentiment_format="deepgram")["sentiments"]
    first, second = body["segments"]
    assert (first["start_word"], first["end_word"]) == (0, 2)
    assert (second["start_word"], second["end_word"]) == (3, 6)
    assert [first["sentiment"], second["sentiment"]] == ["positive", "negative"]
    assert body["average"]["sentiment"] == "neutral"


@pytest.mark.parametrize(
    ("fields", "split", "several"),
    [
        ({}, False, False),
        ({"channels": "mix"}, False, False),
        ({"channels": "split"}, True, False),
        ({"response_format": "diarized_json"}, True, True),
        ({"response_format": "diarized_json", "channels": "split"}, True, False),
    ],
)
def test_channels_are_split_on_request_and_for_diarized_json(
    fields: dict[str, str], split: bool, several: bool
) -> None:
    service = FakeService(CALL)
    client_of(service).post(
        "/v1/audio/transcriptions", files={"file": ("a.wav", b"RIFF")}, data=fields
    )
    options = service.requests[0][1]
    assert (options.split_channels, options.several_speakers) == (split, several)


def test_segments_and_words_have_a_speaker() -> None:
    body = answer(
        CALL,
        response_format="verbose_json",
        channels="split",
        **{"timestamp_granularities[]": "word"},
    )
    assert [word["speaker"] for word in body["words"]] == ["A", "A", "A", "B", "B"]
    body = answer(CALL, response_format="verbose_json", channels="split")
    assert [segment["speaker"] for segment in body["segments"]] == ["A", "B"]
    assert body["suppressed"] == [
        {"start": 0.2, "end": 1.2, "text": "", "reason": "crosstalk", "speaker": "B"}
    ]


@pytest.mark.parametrize("response_format", ["json", "verbose_json", "diarized_json"])
def test_every_speaker_has_a_duration_and_a_sentiment(response_format: str) -> None:
    first, second = answer(CALL, response_format=response_format, channels="split")["speakers"]
    assert (first["speaker"], first["seconds"]) == ("A", 1.5)
    assert first["sentiment"]["label"] == "positive"
    assert second["sentiment"]["label"] == "negative"


def test_mixed_channels_have_no_speakers() -> None:
    for body in (answer(), answer(response_format="verbose_json")):
        assert "speaker" not in json.dumps(body)


def test_segments_of_diarized_json_equal_those_of_events() -> None:
    body = answer(CALL, response_format="diarized_json")
    assert (body["task"], body["duration"]) == ("transcribe", 3.2)
    assert (
        body["segments"][1].items()
        > {
            "type": "transcript.text.segment",
            "id": "seg_1",
            "start": 1.0,
            "end": 3.2,
            "text": " <b>Das</b> nicht & nie.",
            "speaker": "B",
        }.items()
    )
    streamed = [
        event
        for event in events(CALL, response_format="diarized_json")
        if event["type"] == "transcript.text.segment"
    ]
    assert streamed == body["segments"]


def test_text_has_one_line_per_turn() -> None:
    segments = (SEGMENTS[0], SEGMENTS[0], SEGMENTS[1], SEGMENTS[0])
    transcript = replace(
        CALL,
        segments=tuple(
            replace(segment, speaker=name) for segment, name in zip(segments, "AABA", strict=True)
        ),
    )
    response = client_of(FakeService(transcript)).post(
        "/v1/audio/transcriptions",
        files={"file": ("a.wav", b"RIFF")},
        data={"response_format": "text", "channels": "split"},
    )
    assert response.text == (
        "A: Das ist schön. Das ist schön.\nB: <b>Das</b> nicht & nie.\nA: Das ist schön.\n"
    )


def test_sentiment_in_assemblyais_format_has_speakers() -> None:
    body = answer(CALL, channels="split", sentiment_format="assemblyai")
    assert [each["speaker"] for each in body["sentiment_analysis_results"]] == ["A", "B"]


def test_joined_deltas_are_the_text_for_any_white_space() -> None:
    texts = ["  Well, ", "", "   ", " yes.\n", "And\tno.", "  "]
    segments = tuple(replace(SEGMENTS[0], text=text) for text in texts)
    transcript = replace(TRANSCRIPT, segments=segments)
    found = events(transcript)
    deltas = [event["delta"] for event in found if event["type"] == "transcript.text.delta"]
    assert "".join(deltas) == found[-1]["text"] == transcript.text
    assert all(deltas)


def test_events_have_the_extensions_of_answers() -> None:
    found = events(
        TRANSCRIPT, response_format="verbose_json", **{"timestamp_granularities[]": "word"}
    )
    segment, done = found[1], found[-1]
    assert segment["sentiment"]["label"] == "positive"
    assert [word["word"] for word in segment["words"]] == ["Das", "ist", "schön."]
    whole = answer(response_format="verbose_json", **{"timestamp_granularities[]": "word"})
    assert {key: value for key, value in done.items() if key != "type"} == whole


def test_subtitles_need_words_and_no_sentiment() -> None:
    service = FakeService()
    client_of(service).post(
        "/v1/audio/transcriptions",
        files={"file": ("a.wav", b"RIFF")},
        data={"response_format": "srt"},
    )
    options = service.requests[0][1]
    assert (options.words, options.sentiment) == (True, False)


@pytest.mark.parametrize(
    ("fields", "partial"),
    [
        ({}, True),
        ({"response_format": "verbose_json"}, True),
        ({"response_format": "text"}, False),
        ({"response_format": "srt"}, False),
        ({"response_format": "vtt"}, False),
        ({"response_format": "text", "stream": "true"}, True),
    ],
)
def test_only_formats_with_warnings_may_be_partial(fields: dict[str, str], partial: bool) -> None:
    service = FakeService()
    client_of(service).post(
        "/v1/audio/transcriptions", files={"file": ("a.wav", b"RIFF")}, data=fields
    )
    assert service.requests[0][1].partial is partial


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("text", "text/plain; charset=utf-8"),
        ("srt", "application/x-subrip; charset=utf-8"),
        ("vtt", "text/vtt; charset=utf-8"),
        ("json", "application/json"),
    ],
)
def test_every_format_has_its_media_type(name: str, media_type: str) -> None:
    response = client_of(FakeService()).post(
        "/v1/audio/transcriptions",
        files={"file": ("a.wav", b"RIFF")},
        data={"response_format": name},
    )
    assert response.headers["content-type"] == media_type


def test_languages_are_listed_by_their_own_names() -> None:
    data = client_of(FakeService()).get("/v1/languages").json()["data"]
    assert len(data) == len(LANGUAGES)
    assert {"code": "de", "name": "german", "native_name": "Deutsch", "family": "germanic"} in data


def test_ready_needs_required_stages_only() -> None:
    client = client_of(FakeService())
    assert client.get("/ready").json()["ready"] is True
    down = STAGES | {"language_id": StageStatus(ready=False, required=True, replicas=0)}
    response = client_of(FakeService(stages=down)).get("/ready")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    body = response.json()
    assert body["error"]["message"] == "Still waiting for language_id."
    assert [stage["name"] for stage in body["stages"] if not stage["ready"]] == [
        "asr_slavic",
        "language_id",
    ]


def test_metrics_are_prometheus_text() -> None:
    response = client_of(FakeService()).get("/metrics")
    assert response.text == "sentivox_up 1\n"
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_the_limits_of_uploads_are_stated_before_one_is_made() -> None:
    settings = IngressSettings(max_upload_bytes=1_000_000, max_audio_seconds=3600)
    limits = client_of(FakeService(settings=settings)).get("/v1/models").json()["limits"]
    assert limits["max_upload_bytes"] == 1_000_000
    assert limits["max_audio_seconds"] == 3600
    assert {"wav", "mp3", "mov", "mkv", "opus"} <= set(limits["formats"])


def test_a_mismatch_names_the_likelier_language() -> None:
    warning = TranscriptionWarning("language_mismatch", "The speech is likely German.", "de")
    body = answer(replace(TRANSCRIPT, warnings=(warning,)))
    assert body["warnings"] == [
        {
            "code": "language_mismatch",
            "message": "The speech is likely German.",
            "language": "de",
        }
    ]
