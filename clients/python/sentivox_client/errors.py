"""What can go wrong between a program and the service.

SentivoxError
├── NoAnswer                 nothing listens there, or the connection broke
└── ServiceError             the service answered with an error
    ├── RequestRefused       the request or the audio is to blame (400, 404, 413, 415, 422, ...)
    ├── KeyRefused           the API key is missing or wrong (401, 403)
    ├── Overloaded           too much at once (429)
    └── ServiceFailed        a part of the service is down (5xx)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class SentivoxError(Exception):
    """`str()` of any of these is a sentence to show to a user."""


class NoAnswer(SentivoxError):
    """Nothing listens there, or the connection broke."""


class ServiceError(SentivoxError):
    """The service's own words, with what it says about the cause."""

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
        """The field of the request that is to blame."""
        self.status = status
        """None for a failure in the middle of a stream or of a live session."""
        self.request_id = request_id

    def __str__(self) -> str:
        return self.message


class RequestRefused(ServiceError):
    """The request or the audio is to blame; sending it again won't help."""


class KeyRefused(ServiceError):
    """The API key is missing or wrong."""


class Overloaded(ServiceError):
    """Too much at once, and the retries are used up."""


class ServiceFailed(ServiceError):
    """A part of the service is down, and the retries are used up."""


def error_from(body: bytes, status: int, headers: Mapping[str, str]) -> ServiceError:
    """The error in an answer whose body may be anything, such as a proxy's HTML."""
    try:
        error = json.loads(body)["error"]
        message = str(error["message"])
    except (ValueError, KeyError, TypeError):
        error, message = {}, f"The service answered with status {status} and no explanation."
    request_id = headers.get("x-request-id")
    return _class_for(status)(message, error.get("code"), error.get("param"), status, request_id)


def error_in_stream(error: Mapping[str, Any], request_id: str | None) -> ServiceError:
    return ServiceFailed(
        str(error.get("message", "The stream failed.")),
        error.get("code"),
        error.get("param"),
        None,
        request_id,
    )


def error_in_session(error: Mapping[str, Any]) -> ServiceError:
    """A live session has kinds of errors where HTTP has statuses."""
    kind = _KINDS.get(str(error.get("type")), ServiceFailed)
    message = str(error.get("message", "The service refused this and didn't say why."))
    return kind(message, error.get("code"), error.get("param"))


def error_at_close(code: int, reason: str) -> ServiceError:
    """Why the service ended a live session: RFC 6455, section 7.4.1."""
    kind, sentence = _CLOSES.get(code, (ServiceFailed, ""))
    message = reason or sentence or f"The service ended the session with code {code}."
    return kind(message, f"websocket_{code}")


_KINDS: dict[str, type[ServiceError]] = {
    "authentication_error": KeyRefused,
    "permission_error": KeyRefused,
    "invalid_request_error": RequestRefused,
    "rate_limit_error": Overloaded,
}

_CLOSES: dict[int, tuple[type[ServiceError], str]] = {
    1000: (ServiceFailed, "The service ended the session before it was finished."),
    1001: (ServiceFailed, "The service ended the session: it restarts, or heard nothing for long."),
    1008: (RequestRefused, "The service ended the session: audio came too fast, or isn't allowed."),
    1009: (RequestRefused, "The service ended the session: a message was too large."),
    1013: (Overloaded, "Too much is going on at the service. Try again in a few seconds."),
}


def _class_for(status: int) -> type[ServiceError]:
    if status in (401, 403):
        return KeyRefused
    if status == 429:
        return Overloaded
    return ServiceFailed if status >= 500 else RequestRefused
