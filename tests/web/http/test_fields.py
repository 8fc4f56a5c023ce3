"""Form fields as well-known clients send them, on both routes that take a file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from sentivox.settings import IngressSettings
from sentivox.types import TranscriptionOptions
from sentivox.web.app import create_app
from sentivox.web.http.form_names import MAX_FIELD_CHARACTERS
from tests.web.fake_service import FakeService

ROUTES = ("/v1/audio/transcriptions", "/v1/audio/translations")
FILE = {"file": ("a.wav", b"RIFF")}
STRICT = IngressSettings(strict_fields=True)

WHISPERS_ALIASES = {
    "burmese": "my",
    "valencian": "ca",
    "flemish": "nl",
    "haitian": "ht",
    "letzeburgesch": "lb",
    "pushto": "ps",
    "panjabi": "pa",
    "moldavian": "ro",
    "moldovan": "ro",
    "sinhalese": "si",
    "castilian": "es",
    "mandarin": "zh",
}
"""Names in TO_LANGUAGE_CODE of openai/whisper that are no language's own."""

CLIENTS: dict[str, dict[str, Any]] = {
    "Open WebUI": {"model": "whisper-1", "language": "", "temperature": ""},
    "LibreChat": {"model": "whisper-1", "language": "en", "user": "65f1", "encoding": "utf-8"},
    "n8n": {"model": "whisper-1", "language": "", "temperature": "0", "options": "{}"},
    "Subgen": {"task": "transcribe", "vad_filter": "true", "initial_prompt": "", "encode": "false"},
    "Bazarr": {"output": "srt", "video_file": "film.mkv", "word_timestamps": "True"},
    "Home Assistant": {"model": "whisper-1", "language": "en-GB", "noise_reduction": "auto"},
    "faster-whisper-server": {"hotwords": "", "vad_filter": "false", "without_timestamps": "1"},
    "indices": {"timestamp_granularities[0]": "word", "response_format": "verbose_json"},
}
"""Fields of well-known clients and their forks, with some that OpenAI's API doesn't have."""


def client_of(service: FakeService) -> TestClient:
    return TestClient(create_app(lambda: service))


def send(route: str = ROUTES[0], /, **fields: Any) -> tuple[dict[str, Any], TranscriptionOptions]:
    """The answer, and the options that reached the service."""
    service = FakeService()
    response = client_of(service).post(route, files=FILE, data=fields)
    assert response.status_code == 200, response.text
    return response.json(), service.requests[0][1]


def warning_of(answer: dict[str, Any], code: str) -> str:
    [message] = [each["message"] for each in answer["warnings"] if each["code"] == code]
    return str(message)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("blank", ["", " ", "\r\n"])
@pytest.mark.parametrize(
    "name",
    [
        *("model", "language", "languages[]", "languages", "keywords[]", "prompt"),
        *("response_format", "channels", "temperature", "include[]", "timestamp_granularities[]"),
        *("stream", "chunking_strategy", "chunking_strategy[type]", "chunking_strategy[threshold]"),
        *("sentiment", "sentiment_format", "lid", "lid[top_k]", "known_speaker_names[]"),
        *("known_speaker_references[]", "colour"),
    ],
)
def test_an_empty_field_counts_as_absent(route: str, name: str, blank: str) -> None:
    assert send(route, **{name: blank}) == send(route)


def test_empty_fields_do_not_count_beside_others() -> None:
    _, options = send(language="de", **{"languages[]": ["", ""], "keywords[]": ["", "Žižkov"]})
    assert (options.language, options.keywords) == ("de", ("Žižkov",))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("auto", ["auto", "AUTO", "Auto", " auto "])
def test_the_language_auto_is_detected(route: str, auto: str) -> None:
    assert send(route, language=auto)[1].language is None
    assert send(route, **{"languages[]": auto})[1].candidates == ()
    _, options = send(route, language=auto, **{"languages[]": ["de", "en"]})
    assert (options.language, options.candidates) == (None, ("de", "en"))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("alias", WHISPERS_ALIASES)
def test_whispers_aliases_are_languages(route: str, alias: str) -> None:
    assert send(route, language=alias)[1].language == WHISPERS_ALIASES[alias]
    assert send(route, language=alias.title())[1].language == WHISPERS_ALIASES[alias]


@pytest.mark.parametrize("response_format", ["json", "text", "srt", "vtt"])
@pytest.mark.parametrize("name", ["timestamp_granularities[]", "timestamp_granularities"])
def test_granularities_are_ignored_without_verbose_json(response_format: str, name: str) -> None:
    plain, fields = FakeService(), FakeService()
    form: dict[str, Any] = {"response_format": response_format}
    expected = client_of(plain).post(ROUTES[0], files=FILE, data=form)
    found = client_of(fields).post(ROUTES[0], files=FILE, data=form | {name: ["word", "segment"]})
    assert (found.status_code, found.text) == (200, expected.text)
    assert fields.requests[0][1].words is plain.requests[0][1].words


def test_granularities_are_ignored_in_a_stream_of_json() -> None:
    form = {"stream": "true", "timestamp_granularities[]": "word"}
    service = FakeService()
    done = client_of(service).post(ROUTES[0], files=FILE, data=form).text.strip().splitlines()[-1]
    assert service.requests[0][1].words is False
    assert json.loads(done.removeprefix("data: ")).get("words") is None


@pytest.mark.parametrize("value", ["1", "true", "True", "TRUE", "yes", "on"])
def test_a_flag_is_set(value: str) -> None:
    response = client_of(FakeService()).post(ROUTES[0], files=FILE, data={"stream": value})
    assert response.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("value", ["0", "false", "False", "no", "off", ""])
def test_a_flag_is_unset(value: str) -> None:
    response = client_of(FakeService()).post(ROUTES[0], files=FILE, data={"stream": value})
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("response_format", ["json", "verbose_json", "diarized_json"])
@pytest.mark.parametrize("suffix", ["[]", "", "[0]"])
def test_known_speakers_are_ignored_with_a_warning(response_format: str, suffix: str) -> None:
    reference = "data:audio/wav;base64," + "UklG" * (MAX_FIELD_CHARACTERS // 2)
    fields = {f"known_speaker_names{suffix}": "Ada", f"known_speaker_references{suffix}": reference}
    answer, _ = send(response_format=response_format, **fields)
    assert "known_speaker_names" in warning_of(answer, "known_speakers_ignored")


def test_known_speakers_are_accepted_by_strict_fields() -> None:
    fields = {"known_speaker_names[]": ["Ada", "Bob"]}
    response = client_of(FakeService(settings=STRICT)).post(ROUTES[0], files=FILE, data=fields)
    assert response.status_code == 200


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("client", CLIENTS)
def test_fields_of_a_well_known_client_never_fail_a_request(route: str, client: str) -> None:
    send(route, **CLIENTS[client])


@pytest.mark.parametrize("stream", [False, True])
def test_unknown_fields_are_named_in_verbose_json(stream: bool) -> None:
    form = {
        "response_format": "verbose_json",
        "hotwords": "Sentivox",
        "vad_filter": ["true", "false"],
        "chunking_strategy[type]": "server_vad",
        "chunking_strategy[eagerness]": "low",
        "": "nothing",
    }
    if stream:
        form["stream"] = "1"
    response = client_of(FakeService()).post(ROUTES[0], files=FILE, data=form)
    answer = json.loads(response.text.strip().splitlines()[-1].removeprefix("data: "))
    message = warning_of(answer, "unknown_fields")
    for name in ("'hotwords'", "'vad_filter'", "'chunking_strategy[eagerness]'", "''"):
        assert message.count(name) == 1


def test_only_the_first_unknown_fields_are_named() -> None:
    fields = {f"field_{number}": "x" for number in range(30)} | {"y" * 500: "x"}
    answer, _ = send(response_format="verbose_json", **fields)
    message = warning_of(answer, "unknown_fields")
    assert "'field_0'" in message
    assert "and 21 more" in message
    assert len(message) < 1000


def test_unknown_fields_are_not_in_json() -> None:
    assert send(hotwords="Sentivox") == send()


def test_a_long_unknown_field_is_ignored() -> None:
    send(context="x" * (MAX_FIELD_CHARACTERS + 1))


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"colour": "blue"}, "colour"),
        ({"": "nothing"}, ""),
        ({"languages[x]": "en", "languages": "en"}, "languages[x]"),
        (
            {"chunking_strategy": '{"type": "server_vad", "x": 1}'},
            "chunking_strategy[x]",
        ),
        ({"lid[top]": "3"}, "lid[top]"),
        ({"x" * 70_000: "1"}, None),
    ],
)
def test_unknown_fields_are_refused_by_strict_fields(
    fields: dict[str, Any], param: str | None
) -> None:
    service = FakeService(settings=STRICT)
    response = client_of(service).post(ROUTES[0], files=FILE, data=fields)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["message"].endswith(".")
    assert param is None or error["param"] == param
    assert service.requests == []


def test_a_field_may_be_sent_twice_with_one_value() -> None:
    assert send(language=["de", "de"])[1].language == "de"


DISPOSITION = b"Content-Disposition: form-data; name="


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "disposition",
    [
        DISPOSITION + b"\"file\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.wav",
        DISPOSITION + b"file; filename*=utf-8'de'a%20b.mp3",
        DISPOSITION + b"\"file\"; FILENAME*=UTF-8''a.wav; size=4",
        DISPOSITION + b"\"file\"; filename*0*=UTF-8''a; filename*1=b.wav",
        DISPOSITION + b'"file"; filename=""; filename*=UTF-8\'\'a.wav',
        b"content-disposition:form-data;name=file;filename*=UTF-8''a.wav",
    ],
)
def test_a_file_name_in_extended_syntax_is_enough(route: str, disposition: bytes) -> None:
    body = b"--b\r\n" + disposition + b"\r\n\r\nRIFF\r\n--b--\r\n"
    service = FakeService()
    kind = {"content-type": "multipart/form-data; boundary=b"}
    response = client_of(service).post(route, content=body, headers=kind)
    assert response.status_code == 200, response.text
    assert service.requests[0][0] == b"RIFF"


def test_a_quoted_name_is_no_extended_file_name() -> None:
    body = b'--b\r\n%s"prompt; filename*=x"\r\n\r\nRIFF\r\n--b--\r\n' % DISPOSITION
    kind = {"content-type": "multipart/form-data; boundary=b"}
    response = client_of(FakeService()).post(ROUTES[0], content=body, headers=kind)
    assert response.json()["error"]["param"] == "file"


def test_an_empty_file_beside_the_recording_counts_as_absent() -> None:
    files = [*FILE.items(), ("prompt_file", ("", b"")), ("file", ("", b""))]
    assert client_of(FakeService()).post(ROUTES[0], files=files).status_code == 200


@pytest.mark.parametrize("encoding", [b"base64", b"quoted-printable", b"binary", b"Base64"])
def test_a_transfer_encoding_is_decoded(encoding: bytes) -> None:
    content = b"UklGRg==" if encoding.lower() == b"base64" else b"RIFF"
    body = b'--b\r\n%s"file"; filename="a"\r\nContent-Transfer-Encoding: %s\r\n\r\n%s\r\n--b--\r\n'
    service = FakeService()
    kind = {"content-type": "multipart/form-data; boundary=b"}
    response = client_of(service).post(
        ROUTES[0], content=body % (DISPOSITION, encoding, content), headers=kind
    )
    assert response.status_code == 200, response.text
    assert service.requests[0][0] == b"RIFF"
