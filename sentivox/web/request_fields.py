"""Kinds of fields that upload forms and live sessions share."""

from __future__ import annotations

import re
from typing import Annotated

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
from sentivox.language_tags import SCRIPTS, parse_tag
from sentivox.languages import LANGUAGES
from sentivox.types import SpeechDetection

MAX_KEYWORDS = 20
DETECTED = "auto"
"""The language of a request that wants it detected, as it is without one."""

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


class Fields(BaseModel):
    """Fields of a request; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _canonical_tag(value: str) -> str:
    try:
        return str(parse_tag(value))
    except InvalidRequest as error:
        raise PydanticCustomError("sentence", "{detail}", {"detail": error.detail}) from error


def _is_detected(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() in {"", DETECTED}


def _optional_tag(value: str | None) -> str | None:
    return None if value is None or _is_detected(value) else _canonical_tag(value)


def _without_detected(values: object) -> object:
    if not isinstance(values, list | tuple):
        return values
    return tuple(value for value in values if not _is_detected(value))


def _check_number(value: object) -> object:
    """Reject what pydantic alone would accept: true, 'nan', '1_0' and ' 1'."""
    if isinstance(value, bool) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        raise ValueError("should be a number")
    return value


Number = Annotated[float, BeforeValidator(_check_number)]
WholeNumber = Annotated[int, BeforeValidator(_check_number)]
Keyword = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^<>\r\n]+$")]
TAGS = (
    DETECTED,
    *LANGUAGES,
    *(f"{code}-{script}" for code, scripts in SCRIPTS.items() for script in scripts),
    *("zh-CN", "zh-SG", "zh-TW", "zh-HK"),
)
"""Languages as the OpenAPI document lists them. Every other BCP 47 tag of these languages is
accepted too, and so are their English names."""
_LANGUAGE_SCHEMA = WithJsonSchema({"type": "string", "enum": list(TAGS)})
LanguageField = Annotated[str, AfterValidator(_canonical_tag), _LANGUAGE_SCHEMA]
"""A language's canonical tag: its code, with the script where the request named one."""
OptionalLanguage = Annotated[str | None, AfterValidator(_optional_tag), _LANGUAGE_SCHEMA]
"""A language's canonical tag, or None for `auto` and for text without characters."""
LanguageList = Annotated[tuple[LanguageField, ...], BeforeValidator(_without_detected)]
"""Languages; `auto` among them is left out."""


class VoiceDetectionOptions(Fields):
    """Options of voice activity detection."""

    threshold: Number = Field(default=0.5, ge=0, le=1)
    prefix_padding_ms: WholeNumber = Field(default=300, ge=0, le=10_000)
    silence_duration_ms: WholeNumber = Field(default=500, ge=0, le=10_000)

    @property
    def detection(self) -> SpeechDetection:
        """The options as settings of the core."""
        return SpeechDetection(self.threshold, self.prefix_padding_ms, self.silence_duration_ms)


class LanguageIdOptions(Fields):
    top_k: WholeNumber = Field(default=3, ge=0, le=len(LANGUAGES))
    """Number of languages in `language_detection.alternatives`; 0 omits `language_detection`."""
