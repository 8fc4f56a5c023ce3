"""What goes over the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sentivox.types import SentimentLabel, SuppressionReason


class Wire(BaseModel):
    model_config = ConfigDict(
        frozen=True, use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )


def left_out() -> Any:
    """The default of a field that isn't sent unless it has a value."""
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


class LanguageProbability(Wire):
    language: str
    confidence: float


class LanguageDetection(Wire):
    language: str | None
    """Null when `abstained`."""
    confidence: float
    """Of the likeliest language, abstained or not."""
    alternatives: list[LanguageProbability]
    """Likeliest first, the answer included; as many as `lid[top_k]`."""
    abstained: bool


class SentimentScores(Wire):
    negative: float
    neutral: float
    positive: float


class Sentiment(Wire):
    label: SentimentLabel
    score: float = Field(ge=-1, le=1)
    """p(positive) - p(negative)."""
    scores: SentimentScores
    supported: bool
    """False for languages the classifier wasn't measured on."""


class SentimentShift(Wire):
    at: float
    """Seconds from the start."""
    before: SentimentLabel
    after: SentimentLabel


class OverallSentiment(Wire):
    average: Sentiment
    """Weighted by the length of segments."""
    shifts: list[SentimentShift]


class AssemblyAiSentiment(Wire):
    """One entry of AssemblyAI's `sentiment_analysis_results`."""

    text: str
    start: int
    """Milliseconds."""
    end: int
    sentiment: Literal["NEGATIVE", "NEUTRAL", "POSITIVE"]
    confidence: float
    speaker: str | None = None


class DeepgramAverage(Wire):
    sentiment: SentimentLabel
    sentiment_score: float


class DeepgramSegment(DeepgramAverage):
    text: str
    start_word: int
    end_word: int
    """Index of the last word, counted over the whole text."""


class DeepgramSentiments(Wire):
    segments: list[DeepgramSegment]
    average: DeepgramAverage


class Warning(Wire):  # noqa: A001 the wire's word for it
    code: str
    message: str


class Suppressed(Wire):
    start: float
    end: float
    text: str
    """Empty for `crosstalk`: the voice of another channel, which isn't recognised twice."""
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
    """With `channels=split`: A is on the first channel, B on the second."""


class Speaker(Wire):
    speaker: str
    seconds: float
    """Of their segments together."""
    sentiment: Sentiment | None = left_out()
    """Weighted by the length of segments."""


class Alternative(Wire):
    """A short file whose language was unsure, as heard in one of its two likeliest languages."""

    language: str
    family: str
    """Whose recogniser wrote it."""
    score: float | None
    """The higher the better; the text of the highest is the answer. Null where none is believed."""
    text: str


class Routing(Wire):
    """For each language that was spoken the family whose recogniser wrote it."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str] = Field(init=False)

    alternatives: list[Alternative] | None = left_out()
    """Where the service hedges: likeliest language first, the one that was kept included."""


class Answer(Wire):
    """What OpenAI's clients know, then what they pass over."""

    text: str
    languages: list[LanguageCode]
    """Every language heard; empty when none could be told."""
    usage: Usage
    logprobs: list[Logprob] | None = left_out()
    language_detection: LanguageDetection | None = left_out()
    sentiment: OverallSentiment | None = left_out()
    sentiment_analysis_results: list[AssemblyAiSentiment] | None = left_out()
    sentiments: DeepgramSentiments | None = left_out()
    speakers: list[Speaker] | None = left_out()
    """Everybody who says something, when channels are split."""
    warnings: list[Warning] | None = left_out()


class Transcription(Answer):
    pass


class VerboseAnswer(Answer):
    task: Literal["transcribe", "translate"]
    language: str
    """English and lower case; of the text, so `english` for a translation."""
    duration: float
    """Seconds."""
    segments: list[Segment] | None = left_out()
    words: list[Word] | None = left_out()
    suppressed: list[Suppressed]
    """What was recognised and isn't believed."""
    routing: Routing
    timings: dict[str, float]
    """Seconds spent waiting for each stage."""


class VerboseTranscription(VerboseAnswer):
    pass


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


class DiarizedTranscription(Answer):
    task: Literal["transcribe", "translate"]
    duration: float
    """Seconds."""
    segments: list[TextSegment]
    suppressed: list[Suppressed]
    """What was recognised and isn't believed, and voices heard through another's channel."""


class TextDone(VerboseAnswer):
    """Its `text` is exactly the deltas, one after the other."""

    type: Literal["transcript.text.done"] = "transcript.text.done"


class Model(Wire):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelList(Wire):
    object: Literal["list"] = "list"
    data: list[Model]


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
    """There while not ready."""
