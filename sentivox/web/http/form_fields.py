"""Kinds of form fields: everything arrives as text, and is read no more kindly than it must be."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from sentivox.errors import InvalidRequest
from sentivox.languages import LANGUAGES, parse_language
from sentivox.web.http.catalog import MODEL_NAMES

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_FLAGS = {"true": True, "false": False}


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


def _json_object(value: object) -> object:
    """An object sent as one field of JSON, or flattened into fields before it got here."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError("isn't valid JSON") from None


def _chunking(value: object) -> object:
    return {"type": "auto"} if value == "auto" else _json_object(value)


def _flag(value: object) -> object:
    if isinstance(value, str) and value.lower() in _FLAGS:
        return _FLAGS[value.lower()]
    raise ValueError("should be 'true' or 'false'")


def _language(value: str) -> str:
    try:
        return parse_language(value).code
    except InvalidRequest as error:
        raise PydanticCustomError("sentence", "{detail}", {"detail": error.detail}) from error


def _number(value: object) -> object:
    """Pydantic alone would take true, 'nan', '1_0' and ' 1'."""
    if isinstance(value, bool) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        raise ValueError("should be a number")
    return value


class Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Flag = Annotated[bool, BeforeValidator(_flag)]
Number = Annotated[float, BeforeValidator(_number)]
WholeNumber = Annotated[int, BeforeValidator(_number)]


class ChunkingStrategy(Fields):
    """How speech is told from silence."""

    type: Literal["auto", "server_vad"]
    threshold: Number = Field(default=0.5, ge=0, le=1)
    prefix_padding_ms: WholeNumber = Field(default=300, ge=0, le=10_000)
    silence_duration_ms: WholeNumber = Field(default=500, ge=0, le=10_000)


class LanguageIdOptions(Fields):
    top_k: WholeNumber = Field(default=3, ge=0, le=len(LANGUAGES))
    """How many language guesses to return; 0 leaves them out."""


LanguageField = Annotated[
    str, AfterValidator(_language), WithJsonSchema({"type": "string", "enum": list(LANGUAGES)})
]
ModelField = Annotated[str, WithJsonSchema({"type": "string", "enum": list(MODEL_NAMES)})]
MOST_KEYWORDS = 20
Keyword = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^<>\r\n]+$")]
ChunkingField = Annotated[ChunkingStrategy, BeforeValidator(_chunking)]
LanguageIdField = Annotated[LanguageIdOptions, BeforeValidator(_json_object)]
