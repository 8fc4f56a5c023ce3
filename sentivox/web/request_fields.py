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
from sentivox.languages import LANGUAGES, parse_language
from sentivox.types import SpeechDetection

MAX_KEYWORDS = 20

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


class Fields(BaseModel):
    """Fields of a request; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _parse_language(value: str) -> str:
    try:
        return parse_language(value).code
    except InvalidRequest as error:
        raise PydanticCustomError("sentence", "{detail}", {"detail": error.detail}) from error


def _check_number(value: object) -> object:
    """Reject what pydantic alone would accept: true, 'nan', '1_0' and ' 1'."""
    if isinstance(value, bool) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        raise ValueError("should be a number")
    return value


Number = Annotated[float, BeforeValidator(_check_number)]
WholeNumber = Annotated[int, BeforeValidator(_check_number)]
Keyword = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^<>\r\n]+$")]
LanguageField = Annotated[
    str,
    AfterValidator(_parse_language),
    WithJsonSchema({"type": "string", "enum": list(LANGUAGES)}),
]
"""A language's code; its tags and its English name are accepted too."""


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
