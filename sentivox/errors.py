"""Errors, each with a sentence that says what to do.

SpeechError
├── InvalidRequest            a field of the request is wrong
├── NotFound                  no such model, page or method
├── AudioError
│   ├── UnsupportedAudio      not audio, or a container that isn't opened
│   ├── UnreadableAudio       a known container that can't be decoded
│   └── AudioTooLarge         more bytes or seconds than allowed
├── AuthenticationError
│   ├── MissingKey
│   └── WrongKey
├── WrongOrigin               a page of another site wants a live session
├── Overloaded                too many requests; try again in `retry_after` seconds
├── StageUnavailable          a part of the service is down; has `retry_after` too
│   └── AudioLost             stored audio is gone with its replica: send the file again
└── WeightsError
    ├── WeightsMissing
    └── WeightsAltered

HTTP status codes are in `web/errors.py` alone. Arguments are positional and all are passed to
`Exception.__init__`, so that every error can be pickled.
"""

from __future__ import annotations


class SpeechError(Exception):
    """An error with a `detail` for the user; `param` is the field of the request that caused it."""

    code = "internal_error"

    def __init__(self, detail: str, param: str | None = None) -> None:
        super().__init__(detail, param)
        self.detail = detail
        self.param = param

    def __str__(self) -> str:
        return self.detail


class InvalidRequest(SpeechError):
    code = "invalid_request"


class NotFound(SpeechError):
    code = "not_found"


class AudioError(SpeechError):
    """An error in the uploaded audio."""

    def __init__(self, detail: str, param: str | None = "file") -> None:
        super().__init__(detail, param)


class UnsupportedAudio(AudioError):
    code = "unsupported_audio"


class UnreadableAudio(AudioError):
    code = "unreadable_audio"


class AudioTooLarge(AudioError):
    code = "audio_too_large"


class AuthenticationError(SpeechError):
    """An error in the API key."""


class MissingKey(AuthenticationError):
    code = "missing_api_key"


class WrongKey(AuthenticationError):
    code = "invalid_api_key"


class WrongOrigin(SpeechError):
    code = "wrong_origin"


class Overloaded(SpeechError):
    code = "overloaded"

    def __init__(self, detail: str, param: str | None = None, retry_after: float = 1.0) -> None:
        super().__init__(detail, param)
        self.args = (detail, param, retry_after)
        self.retry_after = retry_after


class StageUnavailable(SpeechError):
    code = "stage_unavailable"

    def __init__(self, detail: str, param: str | None = None, retry_after: float = 5.0) -> None:
        super().__init__(detail, param)
        self.args = (detail, param, retry_after)
        self.retry_after = retry_after


class AudioLost(StageUnavailable):
    """Audio or encoder output that a stage stored is gone, with its replica or its node."""


class WeightsError(SpeechError):
    """An error in a model's files."""


class WeightsMissing(WeightsError):
    code = "weights_missing"


class WeightsAltered(WeightsError):
    code = "weights_altered"
