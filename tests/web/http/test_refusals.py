"""Errors in OpenAI's shape, with a message that names the remedy."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from sentivox import errors
from sentivox.errors import SpeechError
from sentivox.settings import IngressSettings
from sentivox.web.app import create_app
from tests.web.fake_service import FakeService

PATH = "/v1/audio/transcriptions"
FILE = {"file": ("a.wav", b"RIFF")}


def client_of(service: FakeService) -> TestClient:
    return TestClient(create_app(lambda: service))


def refusal(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert response.json()["error"]["message"].endswith(".")
    assert response.headers["x-request-id"]
    error: dict[str, Any] = response.json()["error"]
    return error


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"language": "klingon"}, "language"),
        ({"language": ["de", "en"]}, "language"),
        ({"languages[]": ["de", "xx"]}, "languages[]"),
        ({"language": "de", "languages[]": "en"}, "languages[]"),
        ({"lid": "{}", "lid[top_k]": "1"}, "lid"),
        ({"lid[top_k]": "1", "lid": "{}"}, "lid"),
        ({"lid[top_k]": ["1", "2"]}, "lid[top_k]"),
        ({"keywords[]": "<b>"}, "keywords[]"),
        ({"keywords[]": "two\nlines"}, "keywords[]"),
        ({"keywords[]": ["word"] * 21}, "keywords[]"),
        ({"languages[]": ["de"] * 9}, "languages[]"),
        ({"include": ["logprobs"] * 3}, "include[]"),
        (
            {"timestamp_granularities[]": ["word"] * 3, "response_format": "verbose_json"},
            "timestamp_granularities[]",
        ),
        ({"prompt": "x" * 5000}, "prompt"),
        ({"response_format": "xml"}, "response_format"),
        ({"response_format": "diarized_json", "channels": "mix"}, "channels"),
        ({"channels": "left"}, "channels"),
        ({"channels": ["split", "mix"]}, "channels"),
        ({"temperature": "warm"}, "temperature"),
        ({"temperature": "1.5"}, "temperature"),
        ({"temperature": "nan"}, "temperature"),
        ({"include[]": "everything"}, "include[]"),
        ({"include[]": "logprobs", "response_format": "text"}, "include[]"),
        (
            {"timestamp_granularities[]": "day", "response_format": "verbose_json"},
            "timestamp_granularities[]",
        ),
        ({"stream": "perhaps"}, "stream"),
        ({"stream": "true", "response_format": "srt"}, "stream"),
        ({"chunking_strategy": "{not json"}, "chunking_strategy"),
        ({"chunking_strategy": "[" * 60_000}, "chunking_strategy"),
        ({"chunking_strategy[threshold]": "0.5"}, "chunking_strategy[type]"),
        (
            {"chunking_strategy[type]": "server_vad", "chunking_strategy[threshold]": "2"},
            "chunking_strategy[threshold]",
        ),
        ({"sentiment": "maybe"}, "sentiment"),
        ({"sentiment_format": "watson"}, "sentiment_format"),
        ({"lid": "3"}, "lid"),
        ({"lid": '{"\\ud800": 1}'}, "lid"),
        ({"lid": '{"top_k": NaN}'}, "lid[top_k]"),
        ({"lid[top_k]": "-1"}, "lid[top_k]"),
        ({"lid[top_k]": "1.5"}, "lid[top_k]"),
        ({"lid[top_k]": "9" * 5000}, "lid[top_k]"),
    ],
)
def test_an_invalid_field_is_named(fields: dict[str, Any], param: str) -> None:
    service = FakeService()
    error = refusal(client_of(service).post(PATH, files=FILE, data=fields), 400)
    assert error["param"] == param
    assert service.requests == []


def test_an_invalid_choice_is_refused_with_the_valid_ones() -> None:
    response = client_of(FakeService()).post(PATH, files=FILE, data={"channels": "left"})
    assert refusal(response, 400)["message"] == "'channels' should be 'mix' or 'split'."


@pytest.mark.parametrize("suffix", ["", "[]"])
def test_lists_may_be_named_with_or_without_brackets(suffix: str) -> None:
    service = FakeService()
    fields = {f"languages{suffix}": ["de", "German", "de-AT", "en"]}
    assert client_of(service).post(PATH, files=FILE, data=fields).status_code == 200
    assert service.requests[0][1].candidates == ("de", "en")


@pytest.mark.parametrize(
    ("fields", "language", "candidates", "scripts"),
    [
        ({"language": "ZH_tw"}, "zh", (), {"zh": "Hant"}),
        ({"language": "pt-BR"}, "pt", (), {}),
        ({"language": "sr-Latn"}, "sr", (), {"sr": "Latn"}),
        ({"languages[]": ["zh-HK", "yue", "zh-CN"]}, None, ("zh", "yue"), {"zh": "Hant-HK"}),
    ],
)
def test_a_tag_becomes_a_language_and_the_script_of_its_text(
    fields: dict[str, Any], language: str | None, candidates: tuple[str, ...], scripts: object
) -> None:
    service = FakeService()
    assert client_of(service).post(PATH, files=FILE, data=fields).status_code == 200
    options = service.requests[0][1]
    assert (options.language, options.candidates) == (language, candidates)
    assert options.scripts == scripts


def test_a_request_without_a_file_is_refused() -> None:
    response = client_of(FakeService()).post(PATH, files={"model": (None, "auto")})
    assert refusal(response, 400)["param"] == "file"


def test_two_files_are_refused() -> None:
    response = client_of(FakeService()).post(PATH, files=[*FILE.items(), *FILE.items()])
    assert refusal(response, 400)["param"] == "file"


def test_a_file_under_another_name_is_refused() -> None:
    response = client_of(FakeService()).post(PATH, files={"prompt": ("a.wav", b"RIFF")})
    assert refusal(response, 400)["param"] == "prompt"


def test_a_file_without_a_closing_boundary_is_refused() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF'
    kind = {"content-type": "multipart/form-data; boundary=b"}
    service = FakeService()
    refusal(client_of(service).post(PATH, content=body, headers=kind), 400)
    assert service.requests == []


def test_an_empty_file_is_refused() -> None:
    response = client_of(FakeService()).post(PATH, files={"file": ("a.wav", b"")})
    assert refusal(response, 422)["param"] == "file"


def test_a_form_with_every_field_is_accepted_and_one_with_more_fields_refused() -> None:
    fields: dict[str, Any] = {
        "model": "auto",
        "languages[]": ["de", "en", "fr", "it", "es", "pt", "nl", "pl"],
        "keywords[]": ["word"] * 20,
        "known_speaker_names[]": ["Ada", "Bob", "Eve", "Max"],
        "known_speaker_references[]": ["data:audio/wav;base64,UklGRg=="] * 4,
        "prompt": "x",
        "response_format": "verbose_json",
        "channels": "split",
        "temperature": "0",
        "timestamp_granularities[]": ["word", "segment"],
        "stream": "false",
        "chunking_strategy[type]": "server_vad",
        "chunking_strategy[threshold]": "0.5",
        "chunking_strategy[prefix_padding_ms]": "300",
        "chunking_strategy[silence_duration_ms]": "500",
        "sentiment": "true",
        "sentiment_format": "native",
        "lid[top_k]": "1",
    }
    client = client_of(FakeService())
    assert client.post(PATH, files=FILE, data=fields).status_code == 200
    fields["keywords[]"] = ["word"] * 60
    assert "64 fields" in refusal(client.post(PATH, files=FILE, data=fields), 400)["message"]


def test_a_long_field_is_refused() -> None:
    response = client_of(FakeService()).post(PATH, files=FILE, data={"prompt": "x" * 70_000})
    assert "64 KiB" in refusal(response, 400)["message"]


def test_ten_thousand_part_headers_are_refused() -> None:
    headers = b"".join(b"X-%d: 1\r\n" % number for number in range(10_000))
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n' + headers
    kind = {"content-type": "multipart/form-data; boundary=b"}
    refusal(client_of(FakeService()).post(PATH, content=body, headers=kind), 400)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=b", b"nonsense"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n\r\n--b--\r\n"),
        ("multipart/form-data; boundary=" + "b" * 300, b"--b--\r\n"),
        ("multipart/form-data; boundary=b; charset=utf-7", b"--b--\r\n"),
        ("application/json", b'{"file": 1}'),
        ("application/x-www-form-urlencoded", b"model=auto"),
        ("", b""),
    ],
)
def test_an_invalid_form_is_refused(kind: str, body: bytes) -> None:
    headers = {"content-type": kind}
    refusal(client_of(FakeService()).post(PATH, content=body, headers=headers), 400)


@pytest.mark.parametrize("name", ["../../etc/passwd", 'a"\r\nX-Evil: 1', "\N{PILE OF POO}" * 99])
def test_any_file_name_is_accepted(name: str) -> None:
    response = client_of(FakeService()).post(PATH, files={"file": (name, b"RIFF")})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "path", ["/nope", "/v1/audio/transcriptions/", "/static/../pyproject.toml"]
)
def test_unknown_paths_are_errors_in_openais_shape(path: str) -> None:
    assert refusal(client_of(FakeService()).get(path), 404)["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/audio/transcriptions", {"POST"}),
        ("PUT", "/v1/audio/translations", {"POST"}),
        ("POST", "/v1/models", {"GET", "HEAD"}),
        ("DELETE", "/v1/models/auto", {"GET", "HEAD"}),
        ("POST", "/v1/languages", {"GET", "HEAD"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("POST", "/ready", {"GET", "HEAD"}),
        ("POST", "/metrics", {"GET", "HEAD"}),
        ("POST", "/openapi.json", {"GET", "HEAD"}),
        ("POST", "/docs", {"GET", "HEAD"}),
        ("POST", "/", {"GET", "HEAD"}),
        ("POST", "/static/app.js", {"GET", "HEAD"}),
    ],
)
def test_a_wrong_method_is_refused_with_the_allowed_ones(
    method: str, path: str, allowed: set[str]
) -> None:
    response = client_of(FakeService()).request(method, path)
    assert refusal(response, 405)["code"] == "method_not_allowed"
    assert set(response.headers["allow"].split(", ")) == allowed


class FromAnotherProcess(Exception):
    """An error as Ray raises it: its class is a base, and its attributes are on `cause`."""

    def __init__(self, cause: SpeechError) -> None:
        self.cause = cause

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cause, name)

    def __str__(self) -> str:
        return f"Traceback (most recent call last): /secret/path {self.cause}"


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("stream", ["true", "false"])
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidRequest("Fix it.", "prompt"), 400, "invalid_request"),
        (errors.NotFound("Look elsewhere."), 404, "not_found"),
        (errors.AudioTooLarge("Shorten it."), 413, "audio_too_large"),
        (errors.UnsupportedAudio("Convert it."), 415, "unsupported_audio"),
        (errors.UnreadableAudio("Record it again."), 422, "unreadable_audio"),
        (errors.Overloaded("Wait.", None, 2.5), 429, "overloaded"),
        (errors.StageUnavailable("Wait.", None, 7), 503, "stage_unavailable"),
    ],
)
def test_every_error_of_the_service_has_a_status(
    error: SpeechError, status: int, code: str, stream: str, across: bool
) -> None:
    raised: Exception = error
    if across:
        double = type("RayTaskError(X)", (FromAnotherProcess, type(error)), {})
        raised = double(error)
    client = client_of(FakeService(error=raised))
    response = client.post(PATH, files=FILE, data={"stream": stream})
    body = refusal(response, status)
    assert (body["message"], body["param"], body["code"]) == (error.detail, error.param, code)
    waits = {429: "3", 503: "7"}
    assert response.headers.get("retry-after") == waits.get(status)


@pytest.mark.parametrize("error", [ValueError("/secret"), errors.WeightsMissing("/secret/model")])
def test_the_answer_of_an_unexpected_error_has_no_details(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(FakeService(error=error))
    response = client.post(PATH, files=FILE, headers={"x-request-id": "find-me"})
    assert refusal(response, 500)["code"] == "internal_error"
    assert "secret" not in response.text
    [record] = [record for record in caplog.records if record.exc_info]
    assert "find-me" in record.getMessage()


def test_a_declared_length_over_the_limit_is_refused_before_reading() -> None:
    service = FakeService(settings=IngressSettings(max_upload_bytes=1000))

    def body() -> Any:
        pytest.fail("the body was read")
        yield b""

    headers = {"content-length": "10000000", "content-type": "multipart/form-data; boundary=b"}
    response = client_of(service).post(PATH, content=body(), headers=headers)
    assert refusal(response, 413)["code"] == "audio_too_large"


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "9" * 30])
def test_an_invalid_length_is_refused(length: str) -> None:
    headers = [(b"content-length", length.encode())]
    refusal(client_of(FakeService()).post(PATH, content=b"", headers=headers), 400)


def test_a_file_over_the_limit_is_refused() -> None:
    service = FakeService(settings=IngressSettings(max_upload_bytes=1000))
    refusal(client_of(service).post(PATH, files={"file": ("a.wav", bytes(1001))}), 413)
