"""Kinds of fields of an upload form. All values arrive as text and are parsed strictly."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema

from sentivox.web.model_names import MODEL_NAMES
from sentivox.web.request_fields import LanguageIdOptions, VoiceDetectionOptions

_FLAGS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}


class ResponseFormat(StrEnum):
    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"
    VERBOSE_JSON = "verbose_json"
    DIARIZED_JSON = "diarized_json"


class Channels(StrEnum):
    MIX = "mix"
    SPLIT = "split"


def _parse_object(value: object) -> object:
    """An object from JSON text; an object that was sent flattened is returned as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError("isn't valid JSON") from None


def _parse_chunking(value: object) -> object:
    return {"type": "auto"} if value == "auto" else _parse_object(value)


def _parse_flag(value: object) -> object:
    if isinstance(value, str) and value.lower() in _FLAGS:
        return _FLAGS[value.lower()]
    raise ValueError("should be 'true' or 'false'")


class ChunkingStrategy(VoiceDetectionOptions):
    """Options of voice activity detection."""

    model_config = ConfigDict(extra="allow")

    type: Literal["auto", "server_vad"]


class LanguageIdParts(LanguageIdOptions):
    """Options of language detection."""

    model_config = ConfigDict(extra="allow")


Flag = Annotated[bool, BeforeValidator(_parse_flag)]
ModelField = Annotated[str, WithJsonSchema({"type": "string", "enum": list(MODEL_NAMES)})]
ChunkingField = Annotated[ChunkingStrategy, BeforeValidator(_parse_chunking)]
LanguageIdField = Annotated[LanguageIdParts, BeforeValidator(_parse_object)]
