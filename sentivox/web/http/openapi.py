"""The OpenAPI 3.1 document: schemas from pydantic models, paths written here."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sentivox.web import schemas
from sentivox.web.http.form_fields import ChunkingStrategy
from sentivox.web.http.forms import TranscriptionForm
from sentivox.web.http.openapi_form import REFERENCE, Json, form_schema
from sentivox.web.request_fields import LanguageIdOptions

_ANSWERS = (
    schemas.ErrorResponse,
    schemas.Transcription,
    schemas.VerboseTranscription,
    schemas.DiarizedTranscription,
    schemas.TextDelta,
    schemas.TextSegment,
    schemas.TextDone,
    schemas.ModelList,
    schemas.Model,
    schemas.LanguageList,
    schemas.Health,
    schemas.Readiness,
)

_ERRORS = {
    400: "A field is wrong; `param` names it.",
    401: "No API key was sent.",
    403: "The API key isn't known.",
    404: "There is no such page or model.",
    413: "The upload has too many bytes, or the audio too many seconds.",
    415: "The file isn't audio in a supported format.",
    422: "The file can't be decoded.",
    429: "Too many requests; try again after `Retry-After` seconds.",
    500: "An error of the server.",
    503: "A part of the service is down; try again after `Retry-After` seconds.",
}
_COMMON_ERRORS = (401, 403, 500, 503)
_UPLOAD_ERRORS = (400, 404, 413, 415, 422, 429)


async def openapi(request: Request) -> Response:
    """Answer `GET /openapi.json`."""
    return JSONResponse(build())


@cache
def build() -> Json:
    """The document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sentivox",
            "version": version("sentivox"),
            "description": "Speech to text and sentiment in about 100 languages. Live speech uses "
            "the WebSocket /v1/realtime, which follows OpenAI's Realtime API.",
        },
        "security": [{"apiKey": []}],
        "paths": _paths(),
        "components": {
            "schemas": _component_schemas(),
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> Json:
    return {
        "/v1/audio/transcriptions": {"post": _upload("Speech to text", "transcribe")},
        "/v1/audio/translations": {"post": _upload("Speech to English text", "translate")},
        "/v1/models": {"get": _read("Model names that a request may have", "ModelList")},
        "/v1/models/{model}": {
            "get": _read("One model", "Model", errors=(404,)),
            "parameters": [
                {"name": "model", "in": "path", "required": True, "schema": _string(min_length=1)}
            ],
        },
        "/v1/languages": {"get": _read("Languages and their families", "LanguageList")},
        "/health": {"get": _open(_read("Whether this process runs", "Health", common=(500,)))},
        "/ready": {"get": _open(_ready())},
        "/metrics": {
            "get": _operation("Prometheus text for the whole cluster", _text("text/plain"))
        },
        "/openapi.json": {"get": _open(_operation("This document", _any_json(), common=(500,)))},
    }


def _upload(summary: str, operation_id: str) -> Json:
    content = {
        "application/json": {
            "schema": {
                "anyOf": [
                    _ref("VerboseTranscription"),
                    _ref("DiarizedTranscription"),
                    _ref("Transcription"),
                ]
            }
        },
        **_text("text/plain"),
        **_text("application/x-subrip"),
        **_text("text/vtt"),
        "text/event-stream": {"schema": _event_schema()},
    }
    form = {
        "schema": form_schema(),
        "encoding": {
            name: {"contentType": "application/json"} for name in ("chunking_strategy", "lid")
        },
    }
    return _operation(summary, content, errors=_UPLOAD_ERRORS) | {
        "operationId": operation_id,
        "requestBody": {"required": True, "content": {"multipart/form-data": form}},
    }


def _event_schema() -> Json:
    """The schema of one event; OpenAPI 3.1 can't describe a stream of events."""
    names = ("TextDelta", "TextSegment", "TextDone", "ErrorResponse")
    data = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"anyOf": [_ref(name) for name in names]},
    }
    return {"type": "object", "properties": {"data": data}, "required": ["data"]}


def _read(
    summary: str,
    schema: str,
    *,
    errors: tuple[int, ...] = (),
    common: tuple[int, ...] = _COMMON_ERRORS,
) -> Json:
    content = {"application/json": {"schema": _ref(schema)}}
    return _operation(summary, content, errors=errors, common=common)


def _ready() -> Json:
    operation = _read("Whether every required stage has a replica", "Readiness", common=(500, 503))
    unready = {"anyOf": [_ref("Readiness"), _ref("ErrorResponse")]}
    operation["responses"]["503"]["content"] = {"application/json": {"schema": unready}}
    return operation


def _operation(
    summary: str,
    content: Json,
    *,
    errors: tuple[int, ...] = (),
    common: tuple[int, ...] = _COMMON_ERRORS,
) -> Json:
    refusals = {str(status): _error(status) for status in sorted((*errors, *common))}
    return {
        "summary": summary,
        "responses": {"200": {"description": "The answer.", "content": content}, **refusals},
    }


def _error(status: int) -> Json:
    answer: Json = {
        "description": _ERRORS[status],
        "content": {"application/json": {"schema": _ref("ErrorResponse")}},
    }
    if status in {429, 503}:
        seconds = {"schema": {"type": "integer", "minimum": 1}, "required": True}
        answer["headers"] = {"Retry-After": seconds}
    return answer


def _open(operation: Json) -> Json:
    """An operation that needs no API key."""
    return operation | {"security": []}


def _component_schemas() -> Json:
    _, answers = models_json_schema(
        [(model, "serialization") for model in _ANSWERS], ref_template=REFERENCE
    )
    _, fields = models_json_schema(
        [(ChunkingStrategy, "validation"), (LanguageIdOptions, "validation")],
        ref_template=REFERENCE,
    )
    form = TranscriptionForm.model_json_schema()
    sentiment_format = {"SentimentFormat": form["$defs"]["SentimentFormat"]}
    named: Json = answers["$defs"] | fields["$defs"] | sentiment_format
    return named


def _ref(name: str) -> Json:
    return {"$ref": REFERENCE.format(model=name)}


def _string(min_length: int = 0) -> Json:
    return {"type": "string"} | ({"minLength": min_length} if min_length else {})


def _text(media_type: str) -> Json:
    return {media_type: {"schema": _string()}}


def _any_json() -> Json:
    return {"application/json": {"schema": {"type": "object"}}}
