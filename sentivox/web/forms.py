"""The fields of a transcription request, and what they mean to the service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from sentivox.errors import InvalidRequest
from sentivox.languages import LANGUAGES, parse_language
from sentivox.types import SpeechDetection, Task, TranscriptionOptions
from sentivox.web.catalog import AUTO, MODEL_NAMES, parse_model
from sentivox.web.sentiments import SentimentFormat


class ResponseFormat(StrEnum):
    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"
    VERBOSE_JSON = "verbose_json"
    DIARIZED_JSON = "diarized_json"


SUBTITLES = frozenset({ResponseFormat.SRT, ResponseFormat.VTT})
PLAIN = SUBTITLES | {ResponseFormat.TEXT}

_FLATTENED = re.compile(r"(\w+)\[(\w+)\]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_FLAGS = {"true": True, "false": False}


def _object(value: object) -> object:
    """An object sent as one field of JSON, or flattened into fields before it got here."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError("isn't valid JSON") from None


def _chunking(value: object) -> object:
    return {"type": "auto"} if value == "auto" else _object(value)


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


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ChunkingStrategy(_Fields):
    """How speech is told from silence."""

    type: Literal["auto", "server_vad"]
    threshold: Annotated[float, BeforeValidator(_number)] = Field(default=0.5, ge=0, le=1)
    prefix_padding_ms: Annotated[int, BeforeValidator(_number)] = Field(
        default=300, ge=0, le=10_000
    )
    silence_duration_ms: Annotated[int, BeforeValidator(_number)] = Field(
        default=500, ge=0, le=10_000
    )


class LanguageIdOptions(_Fields):
    top_k: Annotated[int, BeforeValidator(_number)] = Field(default=3, ge=0, le=len(LANGUAGES))
    """How many language guesses to return; 0 leaves them out."""


LanguageField = Annotated[
    str, AfterValidator(_language), WithJsonSchema({"type": "string", "enum": list(LANGUAGES)})
]
ModelField = Annotated[str, WithJsonSchema({"type": "string", "enum": list(MODEL_NAMES)})]
Keyword = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^<>\r\n]+$")]
Flag = Annotated[bool, BeforeValidator(_flag)]


def _repeated(name: str) -> Any:
    """A list, under OpenAI's name for it or under the same without brackets."""
    return Field(default=(), validation_alias=AliasChoices(f"{name}[]", name))


class TranscriptionForm(_Fields):
    model: ModelField = AUTO
    """`auto`, or a language family that should listen; OpenAI's names mean `auto`."""
    language: LanguageField | SkipJsonSchema[None] = None
    """The language spoken, which isn't looked for then. Tags and English names will do too."""
    languages: tuple[LanguageField, ...] = _repeated("languages")
    """The only languages to choose from."""
    keywords: tuple[Keyword, ...] = _repeated("keywords")
    """Names and terms to expect."""
    prompt: str = Field(default="", max_length=4096)
    """Text that came before, or words in the spelling you want."""
    response_format: ResponseFormat = ResponseFormat.JSON
    temperature: Annotated[float, BeforeValidator(_number)] = Field(default=0.0, ge=0, le=1)
    include: tuple[Literal["logprobs"], ...] = _repeated("include")
    """With `response_format=json` only."""
    timestamp_granularities: tuple[Literal["word", "segment"], ...] = _repeated(
        "timestamp_granularities"
    )
    """With `response_format=verbose_json` only; segments unless said otherwise."""
    stream: Flag = False
    """Server-sent events instead of one answer; not for subtitles."""
    chunking_strategy: Annotated[ChunkingStrategy, BeforeValidator(_chunking)] = ChunkingStrategy(
        type="auto"
    )
    """`auto`, or JSON; `chunking_strategy[type]=server_vad` and the like mean the same."""
    sentiment: Flag = True
    """How the words feel, in the JSON formats and in events."""
    sentiment_format: SentimentFormat = SentimentFormat.NATIVE
    lid: Annotated[LanguageIdOptions, BeforeValidator(_object)] = LanguageIdOptions()
    """JSON; `lid[top_k]=3` means the same."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        verbose = self.response_format is ResponseFormat.VERBOSE_JSON
        if self.response_format is ResponseFormat.DIARIZED_JSON:
            raise InvalidRequest(
                "Speakers aren't told apart yet. Send 'verbose_json' for segments with times.",
                "response_format",
            )
        if self.language and self.languages:
            raise InvalidRequest("Send either 'language' or 'languages[]'.", "languages[]")
        if self.include and self.response_format is not ResponseFormat.JSON:
            raise InvalidRequest("'logprobs' come with response_format 'json' only.", "include[]")
        if self.timestamp_granularities and not verbose:
            raise InvalidRequest(
                "Timestamp granularities need response_format 'verbose_json'.",
                "timestamp_granularities[]",
            )
        if self.stream and self.response_format in SUBTITLES:
            raise InvalidRequest(
                "Subtitles can't be streamed. Leave out 'stream', or send 'json'.", "stream"
            )
        return self

    @property
    def segments(self) -> bool:
        return "segment" in (self.timestamp_granularities or ("segment",))

    @property
    def words(self) -> bool:
        return "word" in self.timestamp_granularities


_OBJECT_NAMES = frozenset({"chunking_strategy", "lid"})
_REPEATED_NAMES = frozenset({"languages", "keywords", "include", "timestamp_granularities"})


def parse_form(fields: Iterable[tuple[str, str]]) -> TranscriptionForm:
    """Raises InvalidRequest, whose `param` is the field's name as OpenAI writes it."""
    try:
        return TranscriptionForm.model_validate(_nested(fields))
    except ValidationError as error:
        raise _refusal(error) from error


def to_options(form: TranscriptionForm, task: Task) -> TranscriptionOptions:
    """Raises NotFound for a model that isn't there."""
    chunking = form.chunking_strategy
    return TranscriptionOptions(
        task=task,
        language=form.language,
        candidates=tuple(dict.fromkeys(form.languages)),
        family=parse_model(form.model),
        prompt=form.prompt,
        keywords=form.keywords,
        temperature=form.temperature,
        words=form.words or form.response_format in SUBTITLES,
        logprobs=bool(form.include),
        sentiment=form.sentiment and (form.stream or form.response_format not in PLAIN),
        top_languages=form.lid.top_k,
        detection=SpeechDetection(
            chunking.threshold, chunking.prefix_padding_ms, chunking.silence_duration_ms
        ),
    )


def _nested(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b]=c` becomes {a: {b: c}}, repeated names lists."""
    nested: dict[str, Any] = {}
    for name, value in fields:
        if name.removesuffix("[]") in _REPEATED_NAMES:
            nested.setdefault(name, []).append(value)
        elif (parts := _FLATTENED.fullmatch(name)) and isinstance(
            group := nested.setdefault(parts[1], {}), dict
        ):
            _put(group, parts[2], value, name)
        else:
            _put(nested, name, value, name)
    return nested


def _put(group: dict[str, Any], key: str, value: str, name: str) -> None:
    if key in group:
        raise InvalidRequest(f"The field '{name[:60]}' was sent twice.", name[:60])
    group[key] = value


_COMPLAINTS = {
    "missing": "is missing",
    "model_type": "should be a JSON object",
    "int_parsing": "should be a whole number",
    "int_parsing_size": "should be a smaller number",
    "int_from_float": "should be a whole number",
    "string_pattern_mismatch": "should be one line without < and >",
    "tuple_type": "isn't an object; repeat it for every value",
}
"""For pydantic's errors whose own words mean nothing to a client."""


def _refusal(error: ValidationError) -> InvalidRequest:
    """The first complaint as a sentence."""
    first = error.errors(include_url=False)[0]
    name = _wire_name(first["loc"])
    if first["type"] == "sentence":
        return InvalidRequest(first["msg"], name)
    if first["type"] == "extra_forbidden":
        return InvalidRequest(f"There is no field '{name}'. Remove it, or see /docs.", name)
    message = re.sub(r"^(Value error, |Input |String )", "", first["msg"])
    return InvalidRequest(f"'{name}' {_COMPLAINTS.get(first['type'], message)}.", name)


def _wire_name(location: tuple[int | str, ...]) -> str:
    """Pydantic puts a union's branches into the location too."""
    name, *rest = (str(part) for part in location if isinstance(part, str))
    plain = name[:60].removesuffix("[]")
    if plain in _REPEATED_NAMES:
        return f"{plain}[]"
    return plain + "".join(f"[{part[:60]}]" for part in rest if plain in _OBJECT_NAMES)
