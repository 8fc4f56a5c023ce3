"""The Python clients against a scripted server on the loopback; every test runs for both."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sentivox_client import (
    AsyncSentivox,
    KeyRefused,
    NoAnswer,
    Overloaded,
    RequestRefused,
    Retries,
    Segment,
    Sentivox,
    ServiceFailed,
    Transcript,
)
from starlette.responses import Response, StreamingResponse

from sentivox.web.app import create_app
from tests.clients.scripted_service import ANSWER, SEGMENTS, ScriptedService, error
from tests.voices import spoken
from tests.web.fake_service import CALL, FakeService
from tests.web.live_server import serving

QUICK = Retries(initial_delay_s=0.001)

Ask = Callable[..., Any]


def ask_sync(url: str, method: str, *args: Any, **options: Any) -> Any:
    retries = options.pop("retries", QUICK)
    with Sentivox(url, retries=retries) as client:
        return getattr(client, method)(*args, **options)


def ask_async(url: str, method: str, *args: Any, **options: Any) -> Any:
    retries = options.pop("retries", QUICK)

    async def ask() -> Any:
        async with AsyncSentivox(url, retries=retries) as client:
            return await getattr(client, method)(*args, **options)

    return asyncio.run(ask())


def stream_sync(url: str, *args: Any, **options: Any) -> tuple[list[Segment], Transcript | None]:
    with Sentivox(url, retries=QUICK) as client:
        stream = client.stream(*args, **options)
        return list(stream), stream.transcript


def stream_async(url: str, *args: Any, **options: Any) -> tuple[list[Segment], Transcript | None]:
    async def ask() -> tuple[list[Segment], Transcript | None]:
        async with AsyncSentivox(url, retries=QUICK) as client:
            stream = client.stream(*args, **options)
            return [segment async for segment in stream], stream.transcript

    return asyncio.run(ask())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    result: Ask = request.param
    return result


@pytest.fixture(params=[stream_sync, stream_async], ids=["sync", "async"])
def stream(request: pytest.FixtureRequest) -> Ask:
    result: Ask = request.param
    return result


def test_an_answer_becomes_typed_values(service: ScriptedService, ask: Ask) -> None:
    transcript = ask(service.url, "transcribe", b"audio")
    assert transcript.text == ANSWER["text"]
    assert transcript.language == "english"
    assert transcript.duration == 63.25
    assert [segment.text for segment in transcript.segments] == [
        "What a lovely day.",
        "The <train> is late.",
    ]
    assert transcript.segments[0].sentiment.label == "positive"
    assert transcript.segments[0].sentiment.positive == 0.93
    assert transcript.sentiment.score == -0.7
    assert transcript.shifts[0].after == "negative"
    assert transcript.language_detection.alternatives[1].language == "de"
    assert transcript.words[0].word == " What"
    assert transcript.warnings[0].code == "x_missing"
    assert transcript.raw == ANSWER


def test_parts_the_service_left_out_are_none_or_empty(service: ScriptedService, ask: Ask) -> None:
    service.replies = [{"text": "", "language": "english", "duration": 1.0}]
    transcript = ask(service.url, "transcribe", b"audio")
    assert transcript.segments == transcript.words == transcript.warnings == ()
    assert transcript.sentiment is None
    assert transcript.language_detection is None


def test_options_are_sent_by_their_names_on_the_wire(service: ScriptedService, ask: Ask) -> None:
    ask(
        service.url,
        "transcribe",
        b"audio",
        languages=["de", "fr"],
        prompt="Straße",
        keywords=["Köln"],
        temperature=0.2,
        words=True,
        sentiment=False,
        channels="split",
    )
    assert service.requests[0].url.path == "/v1/audio/transcriptions"
    assert sorted(service.forms[0]) == sorted(
        [
            ("model", "auto"),
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "segment"),
            ("timestamp_granularities[]", "word"),
            ("sentiment", "false"),
            ("channels", "split"),
            ("include[]", "cues"),
            ("languages[]", "de"),
            ("languages[]", "fr"),
            ("keywords[]", "Köln"),
            ("prompt", "Straße"),
            ("temperature", "0.2"),
        ]
    )


def test_a_translation_has_its_own_address(service: ScriptedService, ask: Ask) -> None:
    ask(service.url, "transcribe", b"audio", task="translate", language="de")
    assert service.requests[0].url.path == "/v1/audio/translations"
    assert ("language", "de") in service.forms[0]


def test_a_file_can_be_a_path_bytes_or_an_open_file(
    service: ScriptedService, ask: Ask, tmp_path: Path
) -> None:
    path = tmp_path / "naïve.wav"
    path.write_bytes(b"from disk")
    ask(service.url, "transcribe", path)
    ask(service.url, "transcribe", str(path))
    ask(service.url, "transcribe", b"from memory")
    ask(service.url, "transcribe", io.BytesIO(b"from a buffer"))
    with path.open("rb") as file:
        ask(service.url, "transcribe", file)
    assert service.files == [
        ("naïve.wav", b"from disk"),
        ("naïve.wav", b"from disk"),
        ("audio", b"from memory"),
        ("audio", b"from a buffer"),
        ("naïve.wav", b"from disk"),
    ]


def test_a_pipe_is_sent_whole_even_when_tried_twice(service: ScriptedService, ask: Ask) -> None:
    service.replies = [error(503), ANSWER]
    read, write = os.pipe()
    with os.fdopen(write, "wb") as sender:
        sender.write(b"piped")
    with os.fdopen(read, "rb") as pipe:
        ask(service.url, "transcribe", pipe)
    assert [content for _, content in service.files] == [b"piped", b"piped"]


def test_a_large_file_is_not_loaded_whole(service: ScriptedService, tmp_path: Path) -> None:
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.truncate(60_000_000)
    script = (
        "import resource, sys; from sentivox_client import Sentivox\n"
        "client = Sentivox(sys.argv[1])\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "client.transcribe(sys.argv[2])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    grown_kib = subprocess.run(
        [sys.executable, "-c", script, service.url, str(path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert int(grown_kib) < 20_000
    assert len(service.files[0][1]) == 60_000_000


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_a_transient_failure_is_retried(
    service: ScriptedService, ask: Ask, status: int, tmp_path: Path
) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"RIFF")
    service.replies = [error(status), error(status), ANSWER]
    assert ask(service.url, "transcribe", path).text == ANSWER["text"]
    assert [content for _, content in service.files] == [b"RIFF"] * 3


def test_retry_after_is_obeyed(service: ScriptedService, ask: Ask) -> None:
    service.replies = [error(429, {"retry-after": "0"}), ANSWER]
    never = Retries(initial_delay_s=3600.0, max_delay_s=3600.0)
    assert ask(service.url, "transcribe", b"audio", retries=never).text == ANSWER["text"]


def test_retry_after_is_seconds_or_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert Retries().delay(1, httpx2.Response(429, headers={"retry-after": "7"})) == 7.0
    delay = Retries().delay(1, httpx2.Response(503, headers={"retry-after": soon}))
    assert delay is not None
    assert 0 < delay <= 30


def test_a_longer_wait_than_the_caller_allows_is_an_error_at_once(
    service: ScriptedService, ask: Ask
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    service.replies = [error(429, {"retry-after": later}, message="Come back later.")]
    with pytest.raises(Overloaded, match="Come back later"):
        ask(service.url, "transcribe", b"audio")
    assert len(service.requests) == 1


def test_retries_end(service: ScriptedService, ask: Ask) -> None:
    service.replies = [error(503, message="Asleep.")]
    with pytest.raises(ServiceFailed, match="Asleep"):
        ask(
            service.url,
            "transcribe",
            b"audio",
            retries=Retries(max_retries=2, initial_delay_s=0.001),
        )
    assert len(service.requests) == 3


def test_delays_double_within_their_bounds() -> None:
    retries = Retries(max_retries=9, initial_delay_s=1.0, max_delay_s=4.0)
    answer = httpx2.Response(500)
    for attempts, longest in enumerate([1.0, 2.0, 4.0, 4.0], start=1):
        delay = retries.delay(attempts, answer)
        assert delay is not None
        assert longest / 2 <= delay <= longest
    assert retries.delay(10, answer) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, RequestRefused), (413, RequestRefused), (415, RequestRefused), (401, KeyRefused)],
)
def test_an_error_has_every_field_of_the_response(
    service: ScriptedService, ask: Ask, status: int, kind: type[RequestRefused]
) -> None:
    service.replies = [error(status, message="Send audio.", code="bad_thing", param="file")]
    with pytest.raises(kind) as caught:
        ask(service.url, "transcribe", b"audio")
    refusal = caught.value
    assert str(refusal) == refusal.message == "Send audio."
    assert (refusal.code, refusal.param, refusal.status, refusal.request_id) == (
        "bad_thing",
        "file",
        status,
        "req-7",
    )
    assert len(service.requests) == 1


def test_an_error_page_of_a_proxy_is_an_error_too(service: ScriptedService, ask: Ask) -> None:
    service.replies = [Response("<html>Bad Gateway</html>", 502)]
    with pytest.raises(ServiceFailed, match="status 502"):
        ask(service.url, "models", retries=Retries(max_retries=0))


def test_a_response_of_another_server_is_recognised(service: ScriptedService, ask: Ask) -> None:
    service.replies = [Response("<html>Welcome</html>")]
    with pytest.raises(NoAnswer, match="isn't a Sentivox server"):
        ask(service.url, "models")


def test_an_address_without_a_server_is_a_sentence(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer, match=f"Nothing answers at http://127.0.0.1:{port}. Is"):
        ask(f"http://127.0.0.1:{port}", "models")


def test_a_missing_file_is_the_callers_own_error(ask: Ask, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ask("http://127.0.0.1:9", "transcribe", tmp_path / "no.wav")


def test_the_key_is_sent_and_taken_from_the_environment(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTIVOX_URL", f"{service.url}/v1/")
    monkeypatch.setenv("SENTIVOX_API_KEY", "sv-env")
    service.replies = [{"object": "list", "data": [{"id": "auto"}]}]
    with Sentivox() as client:
        assert client.models() == ("auto",)
    with Sentivox(api_key="sv-mine") as client:
        client.models()
    assert [request.headers["authorization"] for request in service.requests] == [
        "Bearer sv-env",
        "Bearer sv-mine",
    ]
    assert service.requests[0].url.path == "/v1/models"


def test_languages_are_listed(service: ScriptedService, ask: Ask) -> None:
    row = {"code": "el", "name": "greek", "native_name": "Ελληνικά", "family": "hellenic"}
    service.replies = [{"object": "list", "data": [row]}]
    (greek,) = ask(service.url, "languages")
    assert greek.native_name == "Ελληνικά"


def test_not_being_ready_is_an_answer(service: ScriptedService, ask: Ask) -> None:
    stage = {"name": "asr", "ready": False, "required": True, "replicas": 0, "message": "starts"}
    failure = {"message": "Wait.", "type": "server_error", "param": None, "code": None}
    content = {"ready": False, "stages": [stage], "error": failure}
    service.replies = [Response(json.dumps(content), 503, media_type="application/json")]
    readiness = ask(service.url, "ready")
    assert not readiness.ready
    assert readiness.stages[0].name == "asr"
    assert len(service.requests) == 1


def events(*contents: dict[str, Any]) -> Iterator[str]:
    for content in contents:
        yield f"data: {json.dumps(content)}\n\n"


def event_stream(*contents: dict[str, Any]) -> Response:
    headers = {"x-request-id": "req-9"}
    return StreamingResponse(events(*contents), 200, headers, "text/event-stream")


SEGMENT_EVENTS = [
    {
        "type": "transcript.text.segment",
        "id": f"seg_{index}",
        **{name: segment[name] for name in ("start", "end", "text", "language", "sentiment")},
    }
    for index, segment in enumerate(SEGMENTS)
]
DELTA = {"type": "transcript.text.delta", "delta": " What"}
DONE = {key: value for key, value in ANSWER.items() if key != "segments"} | {
    "type": "transcript.text.done"
}


def test_a_stream_gives_segments_then_the_whole_answer(
    service: ScriptedService, stream: Ask
) -> None:
    service.replies = [error(429), event_stream(DELTA, *SEGMENT_EVENTS, DONE)]
    segments, transcript = stream(service.url, b"audio", language="en")
    assert [segment.text for segment in segments] == ["What a lovely day.", "The <train> is late."]
    assert transcript.segments == tuple(segments)
    assert transcript.sentiment.label == "negative"
    assert ("stream", "true") in service.forms[1]


def test_a_failure_in_the_middle_of_a_stream_is_raised(
    service: ScriptedService, stream: Ask
) -> None:
    failure = {"message": "A stage died.", "type": "server_error", "param": None, "code": "x"}
    service.replies = [event_stream(SEGMENT_EVENTS[0], {"error": failure})]
    with pytest.raises(ServiceFailed, match="A stage died") as caught:
        stream(service.url, b"audio")
    assert caught.value.request_id == "req-9"


def test_a_stream_cut_short_is_an_error(service: ScriptedService, stream: Ask) -> None:
    service.replies = [event_stream(SEGMENT_EVENTS[0])]
    with pytest.raises(NoAnswer, match="before the transcript was complete"):
        stream(service.url, b"audio")


def test_a_refusal_of_a_stream_is_raised(service: ScriptedService, stream: Ask) -> None:
    service.replies = [error(415, message="This isn't audio.")]
    with pytest.raises(RequestRefused, match="isn't audio"):
        stream(service.url, b"text")


def test_subtitles_need_no_other_request(service: ScriptedService, ask: Ask) -> None:
    transcript = ask(service.url, "transcribe", b"audio")
    assert transcript.to_srt() == (
        "1\n00:00:00,000 --> 00:00:01,500\nWhat a lovely day.\n\n"
        "2\n00:00:01,500 --> 00:01:03,250\nThe <train> is late.\n\n"
    )
    assert transcript.to_vtt() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nWhat a lovely day.\n\n"
        "00:00:01.500 --> 00:01:03.250\nThe &lt;train&gt; is late.\n\n"
    )
    assert len(service.requests) == 1


def test_the_client_loads_nothing_of_the_server() -> None:
    script = (
        "import sys, sentivox_client.cli.main, sentivox_client\n"
        "print([name for name in ('torch', 'ray', 'numpy', 'sentivox') if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout
    assert loaded.strip() == "[]"


@pytest.fixture(scope="module")
def web_url() -> Iterator[str]:
    """The server's routes and wire schemas, with a made-up transcript."""
    with serving(create_app(FakeService)) as port:
        yield f"http://127.0.0.1:{port}"


def test_the_web_layer_answers_what_the_client_reads(web_url: str, ask: Ask) -> None:
    transcript = ask(web_url, "transcribe", b"RIFF", words=True)
    assert transcript.text
    assert transcript.segments[0].sentiment is not None
    assert transcript.sentiment is not None
    assert transcript.language_detection is not None
    assert transcript.words
    assert ask(web_url, "ready").stages
    assert "auto" in ask(web_url, "models")
    assert len(ask(web_url, "languages")) == 100


def test_the_web_layer_streams_what_the_client_reads(web_url: str, stream: Ask) -> None:
    segments, transcript = stream(web_url, b"RIFF", words=True)
    assert segments
    assert transcript.segments == tuple(segments)
    assert transcript.sentiment is not None


def test_speakers_are_read_and_named_in_every_text(ask: Ask, stream: Ask) -> None:
    with serving(create_app(lambda: FakeService(CALL))) as port:
        url = f"http://127.0.0.1:{port}"
        transcript = ask(url, "transcribe", b"RIFF", words=True, channels="split")
        segments, streamed = stream(url, b"RIFF", channels="split")
    assert [segment.speaker for segment in transcript.segments] == ["A", "B"]
    assert [word.speaker for word in transcript.words] == ["A", "A", "A", "B", "B"]
    assert [each.speaker for each in transcript.speakers] == ["A", "B"]
    assert transcript.speakers[0].sentiment.label == "positive"
    assert [segment.speaker for segment in segments] == ["A", "B"]
    assert streamed.speakers == transcript.speakers
    assert transcript.to_text() == "A: Das ist schön.\nB: <b>Das</b> nicht & nie."
    assert "\nB: <b>Das</b> nicht" in transcript.to_srt()
    assert "\n<v B>&lt;b&gt;Das&lt;/b&gt; nicht" in transcript.to_vtt()


@pytest.mark.ray
@pytest.mark.slow
def test_the_running_service_answers_the_client(server_url: str) -> None:
    words = "The weather is wonderful today and I am very happy."
    with Sentivox(server_url) as client:
        assert client.ready().ready
        assert "auto" in client.models()
        assert {language.code for language in client.languages()} >= {"en", "ro", "yue"}
        transcript = client.transcribe(spoken(words), words=True)
        assert transcript.language == "english"
        assert "wonderful" in transcript.text
        assert transcript.sentiment is not None
        assert transcript.words
        stream = client.stream(spoken(words), language="en")
        assert [segment.text for segment in stream]
        assert stream.transcript is not None
        with pytest.raises(RequestRefused) as caught:
            client.transcribe(b"this is not audio")
    assert caught.value.status == 415
    assert caught.value.request_id
