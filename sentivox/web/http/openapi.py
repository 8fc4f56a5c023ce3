"""The OpenAPI 3.1 document: schemas from pydantic models, paths written here."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sentivox.web import schemas
from sentivox.web.http.forms import TranscriptionForm
from sentivox.web.http.openapi_form import REFERENCE, Json, form_schema

_ANSWERS = (
    schemas.ErrorResponse,
    schemas.Transcription,
    schemas.VerboseTranscription,
    schemas.DiarizedTranscription,
    schemas.TextDelta,
    schemas.TextSegment,
    schemas.TextDone,
    schemas.ModelList,
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
        "/v1/models": {
            "get": _operation("Model names that a request may have", _json("ModelList"))
        },
        "/v1/models/{model}": {
            "get": _operation("One model", _json("Model"), 404),
            "parameters": [
                {
                    "name": "model",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "minLength": 1},
                }
            ],
        },
        "/v1/languages": {"get": _operation("Languages and their families", _json("LanguageList"))},
        "/health": {"get": _operation("Whether this process runs", _json("Health"), public=True)},
        "/ready": {"get": _ready()},
        "/metrics": {
            "get": _operation("Prometheus text for the whole cluster", _text("text/plain"))
        },
        "/openapi.json": {
            "get": _operation(
                "This document", {"application/json": {"schema": {"type": "object"}}}, public=True
            )
        },
    }


def _upload(summary: str, operation_id: str) -> Json:
    content = {
        **_json("VerboseTranscription", "DiarizedTranscription", "Transcription"),
        **_text("text/plain", "application/x-subrip", "text/vtt"),
        "text/event-stream": {"schema": _event_schema()},
    }
    form = {
        "schema": form_schema(),
        "encoding": {
            name: {"contentType": "application/json"} for name in ("chunking_strategy", "lid")
        },
    }
    return _operation(summary, content, *_UPLOAD_ERRORS) | {
        "operationId": operation_id,
        "requestBody": {
            "required": True,
            "description": "Fields without a value count as absent, and unknown fields are ignored "
            "unless the server has `strict_fields`.",
            "content": {"multipart/form-data": form},
        },
    }


def _event_schema() -> Json:
    """The schema of one event; OpenAPI 3.1 can't describe a stream of events."""
    data = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": _any_of("TextDelta", "TextSegment", "TextDone", "ErrorResponse"),
    }
    return {"type": "object", "properties": {"data": data}, "required": ["data"]}


def _ready() -> Json:
    summary = "Whether every required stage has a replica"
    operation = _operation(summary, _json("Readiness"), 503, public=True)
    operation["responses"]["503"]["content"] = _json("Readiness", "ErrorResponse")
    return operation


def _operation(summary: str, content: Json, *errors: int, public: bool = False) -> Json:
    """An operation with its answer and its errors; a `public` one needs no API key."""
    statuses = sorted((*errors, *((500,) if public else _COMMON_ERRORS)))
    answers = {"200": {"description": "The answer.", "content": content}}
    operation = {
        "summary": summary,
        "responses": answers | {str(status): _error(status) for status in statuses},
    }
    return operation | {"security": []} if public else operation


def _error(status: int) -> Json:
    answer: Json = {
        "description": _ERRORS[status],
        "content": _json("ErrorResponse"),
    }
    if status in {429, 503}:
        seconds = {"schema": {"type": "integer", "minimum": 1}, "required": True}
        answer["headers"] = {"Retry-After": seconds}
    return answer


def _component_schemas() -> Json:
    _, answers = models_json_schema(
        [(model, "serialization") for model in _ANSWERS], ref_template=REFERENCE
    )
    fields = TranscriptionForm.model_json_schema(ref_template=REFERENCE)["$defs"]
    named: Json = answers["$defs"] | {
        name: fields[name] for name in ("ChunkingStrategy", "LanguageIdParts", "SentimentFormat")
    }
    return named


def _any_of(*names: str) -> Json:
    """The schema of one of these models."""
    references = [{"$ref": REFERENCE.format(model=name)} for name in names]
    return {"anyOf": references} if len(references) > 1 else references[0]


def _json(*names: str) -> Json:
    return {"application/json": {"schema": _any_of(*names)}}


def _text(*media_types: str) -> Json:
    return {each: {"schema": {"type": "string"}} for each in media_types}
