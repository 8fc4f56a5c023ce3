"""Schemas of answers; their docstrings are the descriptions in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from sentivox.types import (
    LanguageProbability,
    SentimentClass,
    SentimentLabel,
    SentimentShift,
    SuppressionReason,
)


class Wire(BaseModel):
    """Base class of everything that is sent. A field may be given as the core's value with the same
    attributes.
    """

    model_config = ConfigDict(
        frozen=True,
        from_attributes=True,
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
    )

    @classmethod
    def of(cls, value: object, **fields: Any) -> Self:
        """The schema of a value of the core: `fields`, and its attributes for all other fields."""
        others = [name for name in cls.model_fields.keys() - fields.keys() if hasattr(value, name)]
        return cls(**{name: getattr(value, name) for name in others}, **fields)


def left_out() -> Any:
    """The default of a field that is sent only if it has a value."""
    return Field(default=None, exclude_if=lambda value: value is None)


class ErrorBody(Wire):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorResponse(Wire):
    error: ErrorBody


class Usage(Wire):
    type: Literal["duration"] = "duration"
    seconds: int = Field(ge=0)
    """Rounded up."""


class LanguageCode(Wire):
    code: str


class LanguageDetection(Wire):
    language: str | None
    """Null when `abstained`."""
    confidence: float
    """Probability of the most probable language, also when `abstained`."""
    alternatives: list[LanguageProbability]
    """The `lid[top_k]` most probable languages, most probable first."""
    abstained: bool


class SentimentScores(Wire):
    negative: float
    neutral: float
    positive: float


class Sentiment(Wire):
    label: SentimentLabel
    """The most probable class; `mixed` where positive and negative are both probable, `uncertain`
    where no class is more probable than not, or it would contradict the score."""
    score: float = Field(ge=-1, le=1)
    """p(positive) - p(negative)."""
    scores: SentimentScores
    supported: bool
    """False for languages that the classifier wasn't measured on."""


class OverallSentiment(Wire):
    average: Sentiment
    """Average over segments, weighted by length."""
    shifts: list[SentimentShift]


class AssemblyAiSentiment(Wire):
    """One entry of AssemblyAI's `sentiment_analysis_results`."""

    text: str
    start: int
    """Milliseconds."""
    end: int
    sentiment: Literal["NEGATIVE", "NEUTRAL", "POSITIVE"]
    """Neutral also where `label` is mixed or uncertain."""
    confidence: float
    label: SentimentLabel
    speaker: str | None = None


class DeepgramAverage(Wire):
    sentiment: SentimentClass
    sentiment_score: float
    label: SentimentLabel


class DeepgramSegment(DeepgramAverage):
    text: str
    start_word: int
    end_word: int
    """Index of the last word, counted over the whole text."""


class DeepgramSentiments(Wire):
    segments: list[DeepgramSegment]
    average: DeepgramAverage


class Warning(Wire):  # noqa: A001 named as its field in answers
    code: str
    message: str
    language: str | None = left_out()
    """Code of the likelier language, of `language_mismatch`."""


class Suppressed(Wire):
    start: float
    end: float
    text: str
    """Empty for `crosstalk`: speech of another channel, which is recognised there."""
    reason: SuppressionReason
    speaker: str | None = left_out()


class Logprob(Wire):
    token: str | None = left_out()
    logprob: float
    bytes: list[int] | None = left_out()


class Word(Wire):
    word: str
    start: float
    end: float
    probability: float
    language: str
    speaker: str | None = left_out()


class Segment(Wire):
    id: int
    seek: int
    start: float
    end: float
    text: str
    tokens: list[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    language: str
    sentiment: Sentiment | None = left_out()
    speaker: str | None = left_out()
    """With `channels=split`: A for the first channel, B for the second."""


class Speaker(Wire):
    speaker: str
    seconds: float
    """Total length of the speaker's segments."""
    sentiment: Sentiment | None = left_out()
    """Average over segments, weighted by length."""


class Transcription(Wire):
    """Fields of OpenAI's answers, then extensions, which OpenAI's clients ignore."""

    text: str
    languages: list[LanguageCode]
    """Every language of the text; empty when detection abstained."""
    usage: Usage
    logprobs: list[Logprob] | None = left_out()
    language_detection: LanguageDetection | None = left_out()
    sentiment: OverallSentiment | None = left_out()
    sentiment_analysis_results: list[AssemblyAiSentiment] | None = left_out()
    sentiments: DeepgramSentiments | None = left_out()
    speakers: list[Speaker] | None = left_out()
    """The speakers with text; only with split channels."""
    warnings: list[Warning] | None = left_out()


class Cue(Wire):
    """A subtitle, shown from `start` to `end` in seconds."""

    start: float
    end: float
    text: str
    """One or two lines."""
    speaker: str | None = left_out()


class VerboseTranscription(Transcription):
    task: Literal["transcribe", "translate"]
    language: str
    """English name of the text's language in lower case; `english` for a translation."""
    duration: float
    """Length of the audio in seconds."""
    segments: list[Segment] | None = left_out()
    words: list[Word] | None = left_out()
    cues: list[Cue] | None = left_out()
    """Subtitles by the usual rules, with `include[]=cues`."""
    suppressed: list[Suppressed]
    """Recognised text that is left out of the transcript, with the reason."""
    routing: dict[str, str]
    """The language family whose recogniser served each language of the text."""
    timings: dict[str, float]
    """Seconds that the request waited for each stage."""


class TextDelta(Wire):
    type: Literal["transcript.text.delta"] = "transcript.text.delta"
    delta: str
    logprobs: list[Logprob] | None = left_out()


class TextSegment(Wire):
    type: Literal["transcript.text.segment"] = "transcript.text.segment"
    id: str
    start: float
    end: float
    text: str
    language: str
    speaker: str | None = left_out()
    sentiment: Sentiment | None = left_out()
    words: list[Word] | None = left_out()


class DiarizedTranscription(Transcription):
    task: Literal["transcribe", "translate"]
    duration: float
    """Length of the audio in seconds."""
    segments: list[TextSegment]
    suppressed: list[Suppressed]
    """Recognised text and speech of other channels that are left out, with the reason."""


class TextDone(VerboseTranscription):
    """The last event; `text` is all deltas joined."""

    type: Literal["transcript.text.done"] = "transcript.text.done"


class Model(Wire):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class UploadLimits(Wire):
    max_upload_bytes: int
    """The largest file."""
    max_audio_seconds: float | None
    """The longest audio; null where the server's settings don't state it."""
    formats: list[str]
    """Suffixes of the files that are read, without the dot. The content decides, not the name."""


class ModelList(Wire):
    object: Literal["list"] = "list"
    data: list[Model]
    limits: UploadLimits
    """Limits of uploads, the same for every model."""


class LanguageInfo(Wire):
    code: str
    name: str
    native_name: str
    family: str


class LanguageList(Wire):
    object: Literal["list"] = "list"
    data: list[LanguageInfo]


class Health(Wire):
    status: Literal["ok"] = "ok"


class Stage(Wire):
    name: str
    ready: bool
    required: bool
    replicas: int
    message: str


class Readiness(Wire):
    ready: bool
    stages: list[Stage]
    error: ErrorBody | None = left_out()
    """Present while not ready."""
