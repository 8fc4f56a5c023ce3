"""Requests to the server: building them and reading their responses, without network access."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

import httpx2

from sentivox_client.errors import NoAnswer, ServiceError, error_from
from sentivox_client.results import Json, Readiness

Audio = str | os.PathLike[str] | bytes | BinaryIO
"""A path, the bytes of an audio file, or a file opened in binary mode and read from its start."""
Task = Literal["transcribe", "translate"]
Channels = Literal["mix", "split"]
Fields = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that can be sent more than once."""

    method: str
    path: str
    fields: Fields = field(default_factory=dict)
    file: Audio | None = None

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        """Arguments of httpx2's `build_request`; a file given by its path is open in the block.

        Raises OSError when the file can't be read.
        """
        arguments: dict[str, Any] = {"method": self.method, "url": self.path}
        if self.file is None:
            yield arguments
        elif isinstance(self.file, str | os.PathLike):
            with Path(self.file).open("rb") as file:
                yield arguments | _multipart(self.fields, file, Path(self.file).name)
        else:
            yield arguments | _multipart(self.fields, self.file, _name(self.file))


def transcription(
    file: Audio,
    *,
    task: Task = "transcribe",
    model: str = "auto",
    language: str | None = None,
    languages: Sequence[str] = (),
    prompt: str | None = None,
    keywords: Sequence[str] = (),
    temperature: float | None = None,
    words: bool = False,
    sentiment: bool = True,
    channels: Channels = "mix",
    audio_track: int | None = None,
    stream: bool = False,
) -> Call:
    """The request of `transcribe` and `stream`; `client.Options` describes the parameters."""
    fields: Fields = {
        "model": model,
        "response_format": "verbose_json",
        "timestamp_granularities[]": ["segment", "word"] if words else ["segment"],
        "sentiment": "true" if sentiment else "false",
        "include[]": ["cues"],
        "languages[]": list(languages),
        "keywords[]": list(keywords),
    }
    optional = {
        "language": language,
        "prompt": prompt,
        "temperature": temperature,
        "audio_track": audio_track,
    }
    fields |= {name: str(value) for name, value in optional.items() if value is not None}
    if channels != "mix":
        fields |= {"channels": channels}
    if stream:
        fields |= {"stream": "true"}
    path = "translations" if task == "translate" else "transcriptions"
    return Call("POST", f"/v1/audio/{path}", fields, _repeatable(file))


def client_arguments(base_url: str | None, api_key: str | None, timeout: float) -> dict[str, Any]:
    """Arguments of httpx2's clients; `SENTIVOX_URL` and `SENTIVOX_API_KEY` replace None."""
    url = base_url or os.environ.get("SENTIVOX_URL") or "http://127.0.0.1:8000"
    key = api_key or os.environ.get("SENTIVOX_API_KEY")
    return {
        # OpenAI's clients take the address with /v1, so both spellings are accepted.
        "base_url": url.rstrip("/").removesuffix("/v1"),
        "headers": {"authorization": f"Bearer {key}"} if key else {},
        "timeout": httpx2.Timeout(timeout, connect=10.0),
    }


def response_of(outcome: httpx2.Response | httpx2.TransportError) -> httpx2.Response:
    """The response; raises NoAnswer when the request failed without one."""
    if isinstance(outcome, httpx2.Response):
        return outcome
    raise no_answer(outcome) from outcome


def json_of(response: httpx2.Response) -> Json:
    """The JSON object in the body of a response; raises ServiceError for an error status."""
    if response.is_error:
        raise error_of(response)
    if (content := _json_object(response)) is None:
        raise unknown_server(response.request)
    return content


def readiness(response: httpx2.Response) -> Readiness:
    """The server's readiness; status 503 with a list of stages means not ready."""
    content = _json_object(response) if response.status_code == 503 else json_of(response)
    if content is None or "stages" not in content:
        raise error_of(response)
    return Readiness.read(content)


def error_of(response: httpx2.Response) -> ServiceError:
    """The error of a response whose body has been read."""
    return error_from(response.content, response.status_code, response.headers)


def unknown_server(request: httpx2.Request) -> NoAnswer:
    """The error of a response that no Sentivox server sends."""
    return NoAnswer(f"The server at {origin(request)} isn't a Sentivox server.")


def no_answer(error: httpx2.TransportError) -> NoAnswer:
    """The error of a connection that failed."""
    address = origin(error.request)
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return NoAnswer(f"Nothing answers at {address}. Is the server running there?")
    if isinstance(error, httpx2.TimeoutException):
        return NoAnswer(f"The server at {address} took too long to answer.")
    return NoAnswer(f"The connection to {address} broke before the answer was complete.")


def _json_object(response: httpx2.Response) -> Json | None:
    try:
        content = json.loads(response.content)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def origin(request: httpx2.Request) -> str:
    """Scheme, host and port, such as http://127.0.0.1:8000."""
    return str(request.url.copy_with(path="/", query=None)).rstrip("/")


def _multipart(fields: Fields, file: bytes | BinaryIO, name: str) -> dict[str, Any]:
    return {"data": fields, "files": {"file": (name, file, "application/octet-stream")}}


def _name(file: bytes | BinaryIO) -> str:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) else "audio"


def _repeatable(file: Audio) -> Audio:
    """The audio in a form that a retry can read again: a pipe is read into memory."""
    if isinstance(file, str | bytes | os.PathLike) or file.seekable():
        return file
    return io.BytesIO(file.read())
