"""The upload form in OpenAPI: the schema of its fields, and their invalid combinations."""

from __future__ import annotations

from typing import Any

from sentivox.web.http.form_fields import Channels, ResponseFormat
from sentivox.web.http.forms import SUBTITLES, TranscriptionForm
from sentivox.web.request_fields import DETECTED

Json = dict[str, Any]

STREAMED_FORMATS = [each for each in ResponseFormat if each not in SUBTITLES]
REFERENCE = "#/components/schemas/{model}"


def form_schema() -> Json:
    """The schema of the form, file included."""
    schema = TranscriptionForm.model_json_schema(ref_template=REFERENCE)
    del schema["$defs"]
    properties = schema["properties"]
    for field in properties.values():
        field.pop("title", None)
        if field.get("type") == "array" or field.get("default", "") is None:
            del field["default"]
    for name, choices in (("response_format", ResponseFormat), ("channels", Channels)):
        del properties[name]["$ref"]
        properties[name] |= {"type": "string", "enum": list(choices)}
    strategy = properties["chunking_strategy"]
    strategy["anyOf"] = [{"const": "auto"}, {"$ref": strategy.pop("$ref")}]
    recording = {"type": "string", "contentMediaType": "application/octet-stream", "minLength": 1}
    return schema | {
        "properties": {"file": recording, **properties},
        "required": ["file"],
        "allOf": _combinations(),
    }


def _combinations() -> list[Json]:
    """Conditions that `TranscriptionForm` checks across fields."""
    return [
        {
            "not": {
                "properties": {"language": {"not": {"const": DETECTED}}},
                "required": ["language", "languages[]"],
            }
        },
        {
            "anyOf": [
                {"properties": {"include[]": {"not": {"contains": {"const": "logprobs"}}}}},
                {"properties": {"response_format": {"const": ResponseFormat.JSON}}},
            ]
        },
        {
            "anyOf": [
                {"properties": {"stream": {"const": False}}},
                {"properties": {"response_format": {"enum": STREAMED_FORMATS}}},
            ]
        },
        {
            "not": {
                "properties": {
                    "response_format": {"const": "diarized_json"},
                    "channels": {"const": "mix"},
                },
                "required": ["response_format", "channels"],
            }
        },
    ]
