"""The form of an upload, and its options for the service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from sentivox.errors import InvalidRequest
from sentivox.language_tags import RequestedLanguages
from sentivox.types import Task, TranscriptionOptions, TranscriptionWarning
from sentivox.web.http.form_fields import (
    Channels,
    ChunkingField,
    ChunkingStrategy,
    Flag,
    LanguageIdField,
    LanguageIdParts,
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
    LanguageList,
    Number,
    OptionalLanguage,
)

SUBTITLES = frozenset({ResponseFormat.SRT, ResponseFormat.VTT})
PLAIN = SUBTITLES | {ResponseFormat.TEXT}


MAX_NAMED = 10
"""Most unknown fields that a warning names."""


def _list_field(name: str, max_length: int | None = None) -> Any:
    """A list of at most `max_length` values, which `nest` puts under its name with `[]`."""
    return Field(default=(), max_length=max_length, validation_alias=f"{name}[]")


class TranscriptionForm(Fields):
    """The text fields of an upload."""

    model_config = ConfigDict(extra="allow")

    model: ModelField = AUTO
    """`auto`, or the language family to recognise with; OpenAI's names mean `auto`."""
    language: OptionalLanguage = None
    """The language of the speech, which then isn't detected: a code, an English name or a BCP 47
    tag. The script of a tag holds for the text: `zh-TW` is in Traditional characters. With `auto`
    the language is detected, as it is without this field."""
    languages: LanguageList = _list_field("languages", 8)
    """The languages to detect among; all without this field."""
    keywords: tuple[Keyword, ...] = _list_field("keywords", MAX_KEYWORDS)
    """Names and terms to expect; several may share a field, between commas."""
    prompt: str = Field(default="", max_length=4096)
    """Text that came before the audio, or words in the spelling you want."""
    response_format: ResponseFormat = ResponseFormat.JSON
    """`diarized_json` treats channels as speakers and refuses audio with speech on only one."""
    channels: Channels = Channels.MIX
    """`split`: each channel is one speaker, named A, B and so on, and recognised separately."""
    audio_track: int = Field(default=0, ge=0, le=64)
    """Number of the file's audio track, from 1; without it the default track, or the next one with
    speech."""
    temperature: Number = Field(default=0.0, ge=0, le=1)
    include: tuple[Literal["logprobs", "cues"], ...] = _list_field("include", 2)
    """`logprobs` with `response_format=json` only; `cues` (subtitles) with `verbose_json` only."""
    timestamp_granularities: tuple[Literal["word", "segment"], ...] = _list_field(
        "timestamp_granularities", 2
    )
    """For `response_format=verbose_json`, by default `segment`; ignored in other formats."""
    stream: Flag = False
    """Server-sent events instead of one answer; not for subtitles."""
    chunking_strategy: ChunkingField = ChunkingStrategy(type="auto")
    """`auto` or JSON; parts such as `chunking_strategy[type]=server_vad` work too."""
    sentiment: Flag = True
    """Whether JSON answers and events have sentiment."""
    sentiment_format: SentimentFormat = SentimentFormat.NATIVE
    lid: LanguageIdField = LanguageIdParts()
    """JSON; the part `lid[top_k]=3` works too."""
    known_speaker_names: tuple[str, ...] = _list_field("known_speaker_names")
    """Ignored with a warning, because speakers are distinguished by their channels only."""
    known_speaker_references: tuple[str, ...] = _list_field("known_speaker_references")
    """Ignored with a warning, as `known_speaker_names[]` is."""

    @model_validator(mode="after")
    def _check_combination(self) -> Self:
        if self.diarized and self.requests_split is False:
            raise InvalidRequest(
                "Speakers are distinguished by their channels. "
                "Send 'split', or leave 'channels' out.",
                "channels",
            )
        if self.language and self.languages:
            raise InvalidRequest("Send either 'language' or 'languages[]'.", "languages[]")
        if self.logprobs and self.response_format is not ResponseFormat.JSON:
            raise InvalidRequest("'logprobs' come with response_format 'json' only.", "include[]")
        if self.stream and self.response_format in SUBTITLES:
            raise InvalidRequest(
                "Subtitles can't be streamed. Leave out 'stream', or send 'json'.", "stream"
            )
        return self

    @property
    def logprobs(self) -> bool:
        """Whether the answer has log-probabilities of tokens."""
        return "logprobs" in self.include

    @property
    def cues(self) -> bool:
        """Whether a verbose answer has subtitles."""
        return "cues" in self.include

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
        return "segment" in (self._granularities or ("segment",))

    @property
    def words(self) -> bool:
        """Whether a verbose answer has words."""
        return "word" in self._granularities

    @property
    def _granularities(self) -> tuple[str, ...]:
        verbose = self.response_format is ResponseFormat.VERBOSE_JSON
        return self.timestamp_granularities if verbose else ()

    @property
    def unknown_fields(self) -> list[str]:
        """Names of fields that the API doesn't have, as they were sent."""
        objects = {"chunking_strategy": self.chunking_strategy, "lid": self.lid}
        parts = [
            f"{name}[{part}]" for name, sent in objects.items() for part in sent.model_extra or ()
        ]
        return [name[:60] for name in (*(self.model_extra or ()), *parts)]

    @property
    def speaker_warnings(self) -> tuple[TranscriptionWarning, ...]:
        """The warning of a form that names speakers."""
        if not self.known_speaker_names and not self.known_speaker_references:
            return ()
        message = (
            "'known_speaker_names' and 'known_speaker_references' were ignored: speakers are "
            "distinguished by their channels only, with channels=split."
        )
        return (TranscriptionWarning("known_speakers_ignored", message),)

    @property
    def field_warnings(self) -> tuple[TranscriptionWarning, ...]:
        """The warning of a form with unknown fields."""
        if not (unknown := self.unknown_fields):
            return ()
        names = ", ".join(f"'{name}'" for name in unknown[:MAX_NAMED])
        more = f" and {len(unknown) - MAX_NAMED} more" if len(unknown) > MAX_NAMED else ""
        message = f"There are no such fields, so they were ignored: {names}{more}. See /docs."
        return (TranscriptionWarning("unknown_fields", message),)


FIELD_NAMES = frozenset(
    str(field.validation_alias or name) for name, field in TranscriptionForm.model_fields.items()
)
"""Names of the fields, those of lists with `[]`."""


def parse_form(fields: Iterable[tuple[str, str]], *, strict: bool = False) -> TranscriptionForm:
    """The form of these fields. With `strict` an unknown field is an error.

    Raises InvalidRequest, with the field's name as `param`.
    """
    try:
        form = TranscriptionForm.model_validate(nest(fields, FIELD_NAMES))
    except ValidationError as error:
        raise to_invalid_request(error) from error
    if strict and (unknown := form.unknown_fields):
        raise InvalidRequest(
            f"There is no field '{unknown[0]}'. Remove it, or see /docs.", unknown[0]
        )
    return form


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
        logprobs=form.logprobs,
        sentiment=form.sentiment and is_json,
        partial=is_json,
        top_languages=form.lid.top_k,
        detection=form.chunking_strategy.detection,
        split_channels=form.diarized or form.channels is Channels.SPLIT,
        audio_track=form.audio_track,
        several_speakers=form.diarized and form.requests_split is None,
    )
