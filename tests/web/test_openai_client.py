"""OpenAI's own client over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openai
import pytest
from openai import OpenAI
from openai.types.audio import TranscriptionDiarized

from sentivox import errors
from sentivox.settings import IngressSettings
from sentivox.types import SpeechDetection
from sentivox.web.app import create_app
from sentivox.web.auth import hash_key, new_key
from tests.web.fake_service import CALL, TRANSCRIPT, FakeService
from tests.web.live_server import serving

KEY = new_key()
TEXT = "Das ist schön. <b>Das</b> nicht & nie."
FILE = ("Das ist.wav", b"RIFF")


@pytest.fixture(scope="module")
def services() -> list[FakeService]:
    """The last service answers the next request."""
    return [FakeService()]


@pytest.fixture(scope="module")
def port(services: list[FakeService], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(create_app(lambda: services[-1])) as port:
        yield port


@pytest.fixture
def service(services: list[FakeService], tmp_path: Path) -> FakeService:
    keys = tmp_path / "keys"
    keys.write_text(f"client:{hash_key(KEY)}\n")
    services.append(FakeService(settings=IngressSettings(api_keys_file=keys)))
    return services[-1]


@pytest.fixture
def client(port: int, service: FakeService) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def test_json_is_the_default(client: OpenAI) -> None:
    answer = client.audio.transcriptions.create(file=FILE, model="whisper-1")
    assert answer.text == TEXT
    assert answer.languages is not None
    assert [language.code for language in answer.languages] == ["de"]
    assert answer.usage is not None
    assert answer.usage.type == "duration"
    assert answer.usage.seconds == 4
    assert answer._request_id


def test_json_carries_logprobs_when_asked(client: OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        file=FILE, model="gpt-4o-transcribe", include=["logprobs"]
    )
    assert answer.logprobs is not None
    assert [(each.token, each.logprob) for each in answer.logprobs] == [
        (" Das ist", -0.1),
        (" schön.", -0.2),
    ]


def test_text_is_a_plain_string(client: OpenAI) -> None:
    answer = client.audio.transcriptions.create(file=FILE, model="auto", response_format="text")
    assert answer == f"{TEXT}\n"


@pytest.mark.parametrize(("name", "begins"), [("srt", "1\n00:00:00,000 -->"), ("vtt", "WEBVTT\n")])
def test_subtitles_are_plain_strings(client: OpenAI, name: str, begins: str) -> None:
    answer = client.audio.transcriptions.create(
        file=FILE,
        model="auto",
        response_format=name,  # type: ignore[call-overload]
    )
    assert str(answer).startswith(begins)


def test_verbose_json_has_segments_and_words(client: OpenAI) -> None:
    answer = client.audio.transcriptions.create(
        file=FILE,
        model="auto",
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert (answer.language, answer.duration, answer.text) == ("german", 3.2, TEXT)
    assert answer.segments is not None
    assert sum(segment.avg_logprob + segment.seek for segment in answer.segments) == 150
    assert answer.words is not None
    assert [word.word for word in answer.words][:3] == ["Das", "ist", "schön."]


def test_diarized_json_has_segments_with_speakers(client: OpenAI, service: FakeService) -> None:
    service.transcript = CALL
    answer = client.audio.transcriptions.create(
        file=FILE, model="gpt-4o-transcribe-diarize", response_format="diarized_json"
    )
    assert isinstance(answer, TranscriptionDiarized)
    assert (answer.duration, answer.text) == (3.2, TEXT)
    assert [(each.id, each.speaker, each.start) for each in answer.segments] == [
        ("seg_0", "A", 0.0),
        ("seg_1", "B", 1.0),
    ]


def test_a_diarized_stream_has_speakers(client: OpenAI, service: FakeService) -> None:
    service.transcript = CALL
    events = client.audio.transcriptions.create(
        file=FILE, model="auto", response_format="diarized_json", stream=True
    )
    segments = [event for event in events if event.type == "transcript.text.segment"]
    assert [segment.speaker for segment in segments] == ["A", "B"]


def test_channels_are_split_by_an_extra_field(client: OpenAI, service: FakeService) -> None:
    service.transcript = CALL
    answer = client.audio.transcriptions.create(
        file=FILE,
        model="auto",
        response_format="verbose_json",
        extra_body={"channels": "split"},
    )
    assert service.requests[-1][1].split_channels
    assert answer.segments is not None
    assert [(each.model_extra or {})["speaker"] for each in answer.segments] == ["A", "B"]


def test_a_stream_has_the_text_and_segments_of_the_transcript(client: OpenAI) -> None:
    events = list(client.audio.transcriptions.create(file=FILE, model="auto", stream=True))
    deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
    done = events[-1]
    assert done.type == "transcript.text.done"
    assert "".join(deltas) == done.text == TEXT
    segments = [event for event in events if event.type == "transcript.text.segment"]
    assert [(segment.id, segment.end) for segment in segments] == [("seg_0", 1.5), ("seg_1", 3.2)]


def test_a_stream_that_fails_midway_raises(client: OpenAI, service: FakeService) -> None:
    service.error = errors.StageUnavailable("Speech recognition went away.")
    service.failing_after = 1
    events = client.audio.transcriptions.create(file=FILE, model="auto", stream=True)
    assert next(events).type == "transcript.text.delta"
    with pytest.raises(openai.APIError, match="Speech recognition went away"):
        list(events)


def test_an_error_before_the_first_event_has_an_http_status(
    client: OpenAI, service: FakeService
) -> None:
    service.error = errors.UnreadableAudio("This file can't be decoded.")
    with pytest.raises(openai.UnprocessableEntityError, match="can't be decoded"):
        client.audio.transcriptions.create(file=FILE, model="auto", stream=True)


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # OpenAI retires its own
def test_translations_are_english(client: OpenAI, service: FakeService) -> None:
    service.transcript = replace(TRANSCRIPT, task="translate")
    answer = client.audio.translations.create(
        file=FILE, model="whisper-1", response_format="verbose_json"
    )
    assert answer.language == "english"
    assert service.requests[-1][1].task == "translate"


def test_every_option_reaches_the_service(client: OpenAI, service: FakeService) -> None:
    client.audio.transcriptions.create(
        file=FILE,
        model="slavic",
        languages=["cs", "sk"],
        keywords=["Žižkov"],
        prompt="Dobrý den.",
        temperature=0.2,
        chunking_strategy={"type": "server_vad", "threshold": 0.7, "silence_duration_ms": 200},
        extra_body={"sentiment": False, "lid": {"top_k": 5}},
    )
    audio, options = service.requests[-1]
    assert audio == FILE[1]
    assert (options.family, options.candidates) == ("slavic", ("cs", "sk"))
    assert (options.keywords, options.prompt) == (("Žižkov",), "Dobrý den.")
    assert (options.temperature, options.sentiment, options.top_languages) == (0.2, False, 5)
    assert options.detection == SpeechDetection(0.7, 300, 200)


def test_models_are_listed_and_retrieved(client: OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert {"auto", "slavic", "whisper-1"} <= set(names)
    assert client.models.retrieve("slavic").owned_by == "sentivox"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nonesuch")


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (errors.InvalidRequest("Wrong.", "language"), openai.BadRequestError),
        (errors.NotFound("Gone."), openai.NotFoundError),
        (errors.AudioTooLarge("Long."), openai.APIStatusError),
        (errors.UnsupportedAudio("Odd."), openai.APIStatusError),
        (errors.UnreadableAudio("Broken."), openai.UnprocessableEntityError),
        (errors.Overloaded("Busy.", None, 2.5), openai.RateLimitError),
        (errors.StageUnavailable("Down."), openai.InternalServerError),
        (ZeroDivisionError("secret"), openai.InternalServerError),
    ],
)
def test_every_error_raises_its_class_of_the_client(
    client: OpenAI, service: FakeService, error: Exception, raised: type[openai.APIStatusError]
) -> None:
    service.error = error
    with pytest.raises(raised) as caught:
        client.audio.transcriptions.create(file=FILE, model="auto")
    assert "secret" not in str(caught.value)
    assert caught.value.request_id


def test_a_request_needs_a_valid_key(client: OpenAI, port: int) -> None:
    with pytest.raises(openai.PermissionDeniedError):
        client.with_options(api_key="wrong").models.list()
    with pytest.raises(openai.AuthenticationError):
        client.with_options(default_headers={"Authorization": ""}).models.list()


def test_an_unknown_model_is_not_found(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.audio.transcriptions.create(file=FILE, model="parakeet")
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


def test_an_upload_over_the_limit_is_too_large(client: OpenAI, service: FakeService) -> None:
    service.settings = service.settings.model_copy(update={"max_upload_bytes": 1000})
    with pytest.raises(openai.APIStatusError) as caught:
        client.audio.transcriptions.create(file=("a.wav", bytes(10_000_000)), model="auto")
    assert caught.value.status_code == 413
