"""What comes back: plain, frozen values read from the service's JSON.

Fields the service adds later are passed over here and stay in `Transcript.raw`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from sentivox_client import subtitles

SentimentLabel = Literal["negative", "neutral", "positive"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    word: str
    start: float
    end: float
    probability: float | None = None
    speaker: str | None = None

    @classmethod
    def read(cls, wire: Json) -> Word:
        return cls(
            wire["word"], wire["start"], wire["end"], wire.get("probability"), wire.get("speaker")
        )


@dataclass(frozen=True, slots=True)
class Sentiment:
    label: SentimentLabel
    score: float
    """p(positive) - p(negative), in [-1, 1]."""
    negative: float
    neutral: float
    positive: float
    supported: bool
    """False when the classifier wasn't measured on the text's language."""

    @classmethod
    def read(cls, wire: Json | None) -> Sentiment | None:
        if wire is None:
            return None
        scores = wire["scores"]
        return cls(
            wire["label"],
            wire["score"],
            scores["negative"],
            scores["neutral"],
            scores["positive"],
            wire["supported"],
        )


@dataclass(frozen=True, slots=True)
class SentimentShift:
    at: float
    """Seconds from the start."""
    before: SentimentLabel
    after: SentimentLabel


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of text; times in seconds from the start."""

    start: float
    end: float
    text: str
    language: str | None = None
    sentiment: Sentiment | None = None
    words: tuple[Word, ...] = ()
    """Only in a stream that asked for words; else `Transcript.words` has them all."""
    speaker: str | None = None
    """"A" on the first channel, "B" on the second, when channels were split."""

    @classmethod
    def read(cls, wire: Json) -> Segment:
        return cls(
            wire["start"],
            wire["end"],
            wire["text"].strip(),
            wire.get("language"),
            Sentiment.read(wire.get("sentiment")),
            read_words(wire),
            wire.get("speaker"),
        )


@dataclass(frozen=True, slots=True)
class Speaker:
    speaker: str
    seconds: float
    """Of their segments together."""
    sentiment: Sentiment | None
    """Average over their segments, weighted by length."""

    @classmethod
    def read(cls, wire: Json) -> Speaker:
        return cls(wire["speaker"], wire["seconds"], Sentiment.read(wire.get("sentiment")))


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    language: str
    confidence: float


@dataclass(frozen=True, slots=True)
class LanguageDetection:
    language: str | None
    """None when `abstained`."""
    confidence: float
    alternatives: tuple[LanguageGuess, ...]
    """Likeliest first, the answer included."""
    abstained: bool

    @classmethod
    def read(cls, wire: Json | None) -> LanguageDetection | None:
        if wire is None:
            return None
        guesses = wire.get("alternatives", ())
        return cls(
            wire.get("language"),
            wire["confidence"],
            tuple(LanguageGuess(guess["language"], guess["confidence"]) for guess in guesses),
            wire["abstained"],
        )


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 the service's word for it
    """A part of the answer that is missing, and why."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Transcript:
    text: str
    language: str
    """English and lower case: "german"."""
    duration: float
    """Seconds."""
    segments: tuple[Segment, ...]
    words: tuple[Word, ...]
    language_detection: LanguageDetection | None
    """None when the request named the language."""
    sentiment: Sentiment | None
    """Average over segments, weighted by their length."""
    shifts: tuple[SentimentShift, ...]
    warnings: tuple[Warning, ...]
    raw: Json
    """The whole answer as it came."""
    speakers: tuple[Speaker, ...] = ()
    """Everybody who says something, when channels were split."""

    @classmethod
    def read(cls, wire: Json, segments: tuple[Segment, ...] | None = None) -> Transcript:
        """`segments` are those of a stream, whose last event doesn't repeat them."""
        sentiment = wire.get("sentiment") or {}
        if segments is None:
            segments = tuple(Segment.read(segment) for segment in wire.get("segments") or ())
        return cls(
            text=wire["text"],
            language=wire["language"],
            duration=wire["duration"],
            segments=segments,
            words=read_words(wire) or tuple(word for segment in segments for word in segment.words),
            language_detection=LanguageDetection.read(wire.get("language_detection")),
            sentiment=Sentiment.read(sentiment.get("average")),
            shifts=tuple(
                SentimentShift(shift["at"], shift["before"], shift["after"])
                for shift in sentiment.get("shifts", ())
            ),
            warnings=read_warnings(wire),
            raw=wire,
            speakers=tuple(Speaker.read(speaker) for speaker in wire.get("speakers") or ()),
        )

    def to_text(self) -> str:
        """A line a turn with its speaker's name, where there are speakers; else one line."""
        if not self.speakers:
            return self.text
        turns = groupby(self.segments, key=lambda segment: segment.speaker)
        return "\n".join(
            f"{speaker}: {' '.join(segment.text for segment in segments)}"
            for speaker, segments in turns
        )

    def to_srt(self) -> str:
        return subtitles.to_srt(self._cues())

    def to_vtt(self) -> str:
        return subtitles.to_vtt(self._cues())

    def _cues(self) -> Iterator[subtitles.Cue]:
        for part in self.segments:
            yield subtitles.Cue(part.start, part.end, part.text, part.speaker)


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    name: str
    native_name: str
    """In its own script."""
    family: str


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    ready: bool
    required: bool
    """False for a stage that may sleep."""
    replicas: int
    message: str


@dataclass(frozen=True, slots=True)
class Readiness:
    ready: bool
    stages: tuple[Stage, ...]

    @classmethod
    def read(cls, wire: Json) -> Readiness:
        return cls(
            wire["ready"],
            tuple(
                Stage(
                    stage["name"],
                    stage["ready"],
                    stage["required"],
                    stage["replicas"],
                    stage["message"],
                )
                for stage in wire["stages"]
            ),
        )


def read_languages(wire: Json) -> tuple[Language, ...]:
    return tuple(
        Language(item["code"], item["name"], item["native_name"], item["family"])
        for item in wire["data"]
    )


def read_models(wire: Json) -> tuple[str, ...]:
    return tuple(item["id"] for item in wire["data"])


def read_words(wire: Json) -> tuple[Word, ...]:
    return tuple(Word.read(word) for word in wire.get("words") or ())


def read_warnings(wire: Json) -> tuple[Warning, ...]:
    return tuple(
        Warning(warning["code"], warning["message"]) for warning in wire.get("warnings") or ()
    )
