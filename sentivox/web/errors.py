"""The table from errors to HTTP statuses, and the JSON of an error."""

from __future__ import annotations

import math

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sentivox import errors
from sentivox.errors import SpeechError
from sentivox.web.schemas import ErrorBody, ErrorResponse
from sentivox.web.wire import json_response

STATUSES: dict[type[SpeechError], tuple[int, str]] = {
    errors.InvalidRequest: (400, "invalid_request_error"),
    errors.MissingKey: (401, "authentication_error"),
    errors.WrongKey: (403, "permission_error"),
    errors.WrongOrigin: (403, "permission_error"),
    errors.NotFound: (404, "invalid_request_error"),
    errors.AudioTooLarge: (413, "invalid_request_error"),
    errors.UnsupportedAudio: (415, "invalid_request_error"),
    errors.UnreadableAudio: (422, "invalid_request_error"),
    errors.Overloaded: (429, "rate_limit_error"),
    errors.StageUnavailable: (503, "server_error"),
    SpeechError: (500, "server_error"),
}
"""HTTP status and OpenAI's `type` of each class of errors."""

UNEXPECTED = ErrorBody(
    message="Something went wrong on our side. Try again; if it stays, report the x-request-id.",
    type="server_error",
    code=SpeechError.code,
)

_HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}


class ModelNotFound(errors.NotFound):
    """No model has the requested name."""

    code = "model_not_found"


def describe(error: Exception) -> tuple[int, ErrorBody]:
    """Status and body of an error. The body of an unexpected error has no details.

    An error from another process has two base classes: its own and Ray's, whose text is a
    traceback. So the class is looked up along the bases, and only `detail` is shown. Errors of
    weights are unexpected for a client: only the operator can resolve them.
    """
    if isinstance(error, SpeechError) and not isinstance(error, errors.WeightsError):
        status, kind = next(STATUSES[base] for base in type(error).__mro__ if base in STATUSES)
        return status, ErrorBody(
            message=error.detail, type=kind, param=error.param, code=error.code
        )
    if isinstance(error, HTTPException):
        code = _HTTP_CODES.get(error.status_code, errors.InvalidRequest.code)
        return error.status_code, ErrorBody(
            message=error.detail, type="invalid_request_error", code=code
        )
    return 500, UNEXPECTED


def headers_of(error: Exception) -> dict[str, str]:
    """Headers that belong to the status of an error."""
    if isinstance(error, HTTPException):
        return dict(error.headers or {})
    if isinstance(error, errors.AuthenticationError):
        return {"www-authenticate": "Bearer"}
    if isinstance(error, errors.Overloaded | errors.StageUnavailable):
        return {"retry-after": str(max(1, math.ceil(error.retry_after)))}
    return {}


def error_response(error: Exception) -> Response:
    """The answer for an error."""
    status, body = describe(error)
    return json_response(ErrorResponse(error=body), status, headers_of(error))


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer an error that Starlette itself raises, and would send as plain text."""
    if isinstance(error, HTTPException):
        error.detail = _sentence(request, error)
    return error_response(error)


def _sentence(request: Request, error: HTTPException) -> str:
    if error.status_code == 404:
        return f"There is nothing at {request.url.path[:200]}. See /docs for what there is."
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return f"{request.method} isn't answered at {request.url.path[:200]}. Use {allowed}."
    return error.detail
