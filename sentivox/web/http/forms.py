"""The form of an upload, and its options for the service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Self

from pydantic import AliasChoices, Field, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from sentivox.errors import InvalidRequest
from sentivox.language_tags import RequestedLanguages
from sentivox.types import Task, TranscriptionOptions
from sentivox.web.http.form_fields import (
    Channels,
    ChunkingField,
    ChunkingStrategy,
    Flag,
    LanguageIdField,
    ModelField,
    ResponseFormat,
)
from sentivox.web.http.form_names import nest, to_invalid_request
from sentivox.web.http.sentiment_formats import SentimentFormat
from sentivox.web.model_names import AUTO, parse_model
from sentivox.web.request_fields import (
    MAX_KEYWORDS,
    Fields,
    Keyword,
    LanguageField,
    LanguageIdOptions,
    Number,
)

SUBTITLES = frozenset({ResponseFormat.SRT, ResponseFormat.VTT})
PLAIN = SUBTITLES | {ResponseFormat.TEXT}


def _list_field(name: str, max_length: int) -> Any:
    """A list of at most `max_length` values, sent under the name with or without `[]`."""
    return Field(
        default=(), max_length=max_length, validation_alias=AliasChoices(f"{name}[]", name)
    )


class TranscriptionForm(Fields):
    """The text fields of an upload."""

    model: ModelField = AUTO
    """`auto`, or the language family to recognise with; OpenAI's names mean `auto`."""
    language: LanguageField | SkipJsonSchema[None] = None
    """The language of the speech, which then isn't detected: a code, an English name or a BCP 47
    tag. The script of a tag holds for the text: `zh-TW` is in Traditional characters."""
    languages: tuple[LanguageField, ...] = _list_field("languages", 8)
    """The languages to detect among; all without this field."""
    keywords: tuple[Keyword, ...] = _list_field("keywords", MAX_KEYWORDS)
    """Names and terms to expect; several may share a field, between commas."""
    prompt: str = Field(default="", max_length=4096)
    """Text that came before the audio, or words in the spelling you want."""
    response_format: ResponseFormat = ResponseFormat.JSON
    """`diarized_json` treats channels as speakers and refuses audio with speech on only one."""
    channels: Channels = Channels.MIX
    """`split`: each channel is one speaker, named A, B and so on, and recognised separately."""
    temperature: Number = Field(default=0.0, ge=0, le=1)
    include: tuple[Literal["logprobs"], ...] = _list_field("include", 1)
    """With `response_format=json` only."""
    timestamp_granularities: tuple[Literal["word", "segment"], ...] = _list_field(
        "timestamp_granularities", 2
    )
    """With `response_format=verbose_json` only; `segment` by default."""
    stream: Flag = False
    """Server-sent events instead of one answer; not for subtitles."""
    chunking_strategy: ChunkingField = ChunkingStrategy(type="auto")
    """`auto` or JSON; parts such as `chunking_strategy[type]=server_vad` work too."""
    sentiment: Flag = True
    """Whether JSON answers and events have sentiment."""
    sentiment_format: SentimentFormat = SentimentFormat.NATIVE
    lid: LanguageIdField = LanguageIdOptions()
    """JSON; the part `lid[top_k]=3` works too."""

    @model_validator(mode="after")
    def _check_combination(self) -> Self:
        verbose = self.response_format is ResponseFormat.VERBOSE_JSON
        if self.diarized and self.requests_split is False:
            raise InvalidRequest(
                "Speakers are distinguished by their channels. "
                "Send 'split', or leave 'channels' out.",
                "channels",
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
    def diarized(self) -> bool:
        """Whether segments name their speaker."""
        return self.response_format is ResponseFormat.DIARIZED_JSON

    @property
    def requests_split(self) -> bool | None:
        """Whether the request has `channels=split`; None without `channels`."""
        return self.channels is Channels.SPLIT if "channels" in self.model_fields_set else None

    @property
    def segments(self) -> bool:
        """Whether a verbose answer has segments."""
        return "segment" in (self.timestamp_granularities or ("segment",))

    @property
    def words(self) -> bool:
        """Whether a verbose answer has words."""
        return "word" in self.timestamp_granularities


def parse_form(fields: Iterable[tuple[str, str]]) -> TranscriptionForm:
    """The form of these fields. Raises InvalidRequest, with the field's name as `param`."""
    try:
        return TranscriptionForm.model_validate(nest(fields))
    except ValidationError as error:
        raise to_invalid_request(error) from error


def to_options(form: TranscriptionForm, task: Task) -> TranscriptionOptions:
    """The options for the service. Raises ModelNotFound."""
    is_json = form.stream or form.response_format not in PLAIN
    requested = RequestedLanguages.parse(form.language, form.languages)
    return TranscriptionOptions(
        task=task,
        language=requested.language,
        candidates=requested.candidates,
        scripts=requested.scripts,
        family=parse_model(form.model),
        prompt=form.prompt,
        keywords=form.keywords,
        temperature=form.temperature,
        words=form.words or form.response_format in SUBTITLES,
        logprobs=bool(form.include),
        sentiment=form.sentiment and is_json,
        partial=is_json,
        top_languages=form.lid.top_k,
        detection=form.chunking_strategy.detection,
        split_channels=form.diarized or form.channels is Channels.SPLIT,
        several_speakers=form.diarized and form.requests_split is None,
    )
