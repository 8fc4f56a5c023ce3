"""Errors of the client.

SentivoxError
├── NoAnswer                 no Sentivox server at the address, or the connection broke
└── ServiceError             the server answered with an error
    ├── RequestRefused       the request or the audio is invalid (400, 404, 413, 415, 422, ...)
    ├── KeyRefused           the API key is missing or wrong (401, 403)
    ├── Overloaded           the server is overloaded (429)
    └── ServiceFailed        a part of the server is down (5xx)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class SentivoxError(Exception):
    """Base class; `str()` of every error is a sentence to show to a user."""


class NoAnswer(SentivoxError):
    """No Sentivox server answers at the address, or the connection broke."""


class ServiceError(SentivoxError):
    """An error that the server reported, with the fields of OpenAI's error object."""

    def __init__(
        self,
        message: str,
        code: str | None = None,
        param: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, code, param, status, request_id)
        self.message = message
        self.code = code
        self.param = param
        """The invalid field of the request."""
        self.status = status
        """HTTP status; None for an error in a stream or a live session."""
        self.request_id = request_id

    def __str__(self) -> str:
        return self.message


class RequestRefused(ServiceError):
    """The request or the audio is invalid; a retry would fail too."""


class KeyRefused(ServiceError):
    """The API key is missing or wrong."""


class Overloaded(ServiceError):
    """The server is overloaded, and all retries failed."""


class ServiceFailed(ServiceError):
    """A part of the server is down, and all retries failed."""


def error_from(body: bytes, status: int, headers: Mapping[str, str]) -> ServiceError:
    """The error of a response; its body may be anything, such as a proxy's HTML."""
    try:
        error = json.loads(body)["error"]
        message = str(error["message"])
    except (ValueError, KeyError, TypeError):
        error, message = {}, f"The server answered with status {status} and no explanation."
    request_id = headers.get("x-request-id")
    return _class_for(status)(message, error.get("code"), error.get("param"), status, request_id)


def error_in_stream(error: Mapping[str, Any], request_id: str | None) -> ServiceError:
    """The error of a server-sent event."""
    return ServiceFailed(
        str(error.get("message", "The stream failed.")),
        error.get("code"),
        error.get("param"),
        None,
        request_id,
    )


def error_in_session(error: Mapping[str, Any]) -> ServiceError:
    """The error of an `error` event of a live session, by its type."""
    kind = _CLASS_BY_TYPE.get(str(error.get("type")), ServiceFailed)
    message = str(error.get("message", "The server refused this and gave no reason."))
    return kind(message, error.get("code"), error.get("param"))


def error_at_close(code: int, reason: str) -> ServiceError:
    """The error of a WebSocket's close code (RFC 6455, section 7.4.1)."""
    kind, sentence = _BY_CLOSE_CODE.get(code, (ServiceFailed, ""))
    message = reason or sentence or f"The server ended the session with code {code}."
    return kind(message, f"websocket_{code}")


_CLASS_BY_TYPE: dict[str, type[ServiceError]] = {
    "authentication_error": KeyRefused,
    "permission_error": KeyRefused,
    "invalid_request_error": RequestRefused,
    "rate_limit_error": Overloaded,
}

_BY_CLOSE_CODE: dict[int, tuple[type[ServiceError], str]] = {
    1000: (ServiceFailed, "The server ended the session before it was finished."),
    1001: (ServiceFailed, "The server ended the session: it restarts, or got no audio for long."),
    1008: (RequestRefused, "The server ended the session: audio came too fast, or isn't allowed."),
    1009: (RequestRefused, "The server ended the session: a message was too large."),
    1013: (Overloaded, "The server is overloaded. Try again in a few seconds."),
}


def _class_for(status: int) -> type[ServiceError]:
    if status in (401, 403):
        return KeyRefused
    if status == 429:
        return Overloaded
    return ServiceFailed if status >= 500 else RequestRefused
