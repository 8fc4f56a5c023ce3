"""The fields of a transcription request, and what they mean to the service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Self

from pydantic import AliasChoices, Field, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from sentivox.errors import InvalidRequest
from sentivox.types import SpeechDetection, Task, TranscriptionOptions
from sentivox.web.http.catalog import AUTO, parse_model
from sentivox.web.http.form_fields import (
    MOST_KEYWORDS,
    Channels,
    ChunkingField,
    ChunkingStrategy,
    Fields,
    Flag,
    Keyword,
    LanguageField,
    LanguageIdField,
    LanguageIdOptions,
    ModelField,
    Number,
    ResponseFormat,
)
from sentivox.web.http.form_names import nest, refusal
from sentivox.web.sentiments import SentimentFormat

SUBTITLES = frozenset({ResponseFormat.SRT, ResponseFormat.VTT})
PLAIN = SUBTITLES | {ResponseFormat.TEXT}


def _repeated(name: str, most: int) -> Any:
    """A list, under OpenAI's name for it or under the same without brackets."""
    return Field(default=(), max_length=most, validation_alias=AliasChoices(f"{name}[]", name))


class TranscriptionForm(Fields):
    model: ModelField = AUTO
    """`auto`, or a language family that should listen; OpenAI's names mean `auto`."""
    language: LanguageField | SkipJsonSchema[None] = None
    """The language spoken, which isn't looked for then. Tags and English names will do too."""
    languages: tuple[LanguageField, ...] = _repeated("languages", 8)
    """The only languages to choose from."""
    keywords: tuple[Keyword, ...] = _repeated("keywords", MOST_KEYWORDS)
    """Names and terms to expect; several may share a field, between commas."""
    prompt: str = Field(default="", max_length=4096)
    """Text that came before, or words in the spelling you want."""
    response_format: ResponseFormat = ResponseFormat.JSON
    """`diarized_json` takes channels for speakers, and refuses audio with speech on one only."""
    channels: Channels = Channels.MIX
    """`split`: each channel is a speaker, named A, B and so on, and recognised by itself."""
    temperature: Number = Field(default=0.0, ge=0, le=1)
    include: tuple[Literal["logprobs"], ...] = _repeated("include", 1)
    """With `response_format=json` only."""
    timestamp_granularities: tuple[Literal["word", "segment"], ...] = _repeated(
        "timestamp_granularities", 2
    )
    """With `response_format=verbose_json` only; segments unless said otherwise."""
    stream: Flag = False
    """Server-sent events instead of one answer; not for subtitles."""
    chunking_strategy: ChunkingField = ChunkingStrategy(type="auto")
    """`auto`, or JSON; `chunking_strategy[type]=server_vad` and the like mean the same."""
    sentiment: Flag = True
    """How the words feel, in the JSON formats and in events."""
    sentiment_format: SentimentFormat = SentimentFormat.NATIVE
    lid: LanguageIdField = LanguageIdOptions()
    """JSON; `lid[top_k]=3` means the same."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        verbose = self.response_format is ResponseFormat.VERBOSE_JSON
        if self.diarized and self.splitting_asked is False:
            raise InvalidRequest(
                "Speakers are told apart by their channels. Send 'split', or leave 'channels' out.",
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
        return self.response_format is ResponseFormat.DIARIZED_JSON

    @property
    def splitting_asked(self) -> bool | None:
        """None when the request doesn't say."""
        return self.channels is Channels.SPLIT if "channels" in self.model_fields_set else None

    @property
    def segments(self) -> bool:
        return "segment" in (self.timestamp_granularities or ("segment",))

    @property
    def words(self) -> bool:
        return "word" in self.timestamp_granularities


def parse_form(fields: Iterable[tuple[str, str]]) -> TranscriptionForm:
    """Raises InvalidRequest, whose `param` is the field's name as OpenAI writes it."""
    try:
        return TranscriptionForm.model_validate(nest(fields))
    except ValidationError as error:
        raise refusal(error) from error


def to_options(form: TranscriptionForm, task: Task) -> TranscriptionOptions:
    """Raises NotFound for a model that isn't there."""
    chunking = form.chunking_strategy
    is_json = form.stream or form.response_format not in PLAIN
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
        sentiment=form.sentiment and is_json,
        partial=is_json,
        top_languages=form.lid.top_k,
        detection=SpeechDetection(
            chunking.threshold, chunking.prefix_padding_ms, chunking.silence_duration_ms
        ),
        split_channels=form.diarized or form.channels is Channels.SPLIT,
        several_speakers=form.diarized and form.splitting_asked is None,
    )
