"""Results: frozen dataclasses read from the server's JSON.

`Transcript.raw` also keeps the fields that this version doesn't know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from sentivox_client import subtitles

SentimentLabel = Literal["negative", "neutral", "positive", "mixed", "uncertain"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its time in seconds."""

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
    """Probabilities of three classes, and a label that agrees with them."""

    label: SentimentLabel
    score: float
    """`positive - negative`, in [-1, 1]."""
    negative: float
    neutral: float
    positive: float
    supported: bool
    """False when the classifier hasn't been evaluated on the text's language."""

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
    """A change of the label between two segments."""

    at: float
    """Seconds from the start of the audio."""
    before: SentimentLabel
    after: SentimentLabel


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a transcript; times are in seconds from the start of the audio."""

    start: float
    end: float
    text: str
    language: str | None = None
    sentiment: Sentiment | None = None
    words: tuple[Word, ...] = ()
    """Words of a streamed segment; otherwise empty, see `Transcript.words`."""
    speaker: str | None = None
    """"A" for the first channel, "B" for the second; None unless channels were split."""

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
    """A speaker of a recording whose channels were split."""

    speaker: str
    seconds: float
    """Total length of the speaker's segments."""
    sentiment: Sentiment | None
    """Average over the speaker's segments, weighted by length."""

    @classmethod
    def read(cls, wire: Json) -> Speaker:
        return cls(wire["speaker"], wire["seconds"], Sentiment.read(wire.get("sentiment")))


@dataclass(frozen=True, slots=True)
class LanguageProbability:
    """A candidate language with its probability."""

    language: str
    confidence: float


@dataclass(frozen=True, slots=True)
class LanguageDetection:
    """The detected language."""

    language: str | None
    """Code of the language; None when `abstained`."""
    confidence: float
    alternatives: tuple[LanguageProbability, ...]
    """Candidates, the likeliest first, with the detected language."""
    abstained: bool
    """True when no candidate is likely enough to be the detected language."""

    @classmethod
    def read(cls, wire: Json | None) -> LanguageDetection | None:
        if wire is None:
            return None
        return cls(
            wire.get("language"),
            wire["confidence"],
            tuple(
                LanguageProbability(each["language"], each["confidence"])
                for each in wire.get("alternatives", ())
            ),
            wire["abstained"],
        )


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 the API's name
    """A missing part of the transcript, and the reason."""

    code: str
    message: str
    language: str | None = None
    """Code of the likelier language, of `language_mismatch`."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Text of a recording with language, times and sentiment."""

    text: str
    language: str
    """English name in lower case, such as "german"."""
    duration: float
    """Seconds of audio."""
    segments: tuple[Segment, ...]
    words: tuple[Word, ...]
    language_detection: LanguageDetection | None
    """None when the language was requested."""
    sentiment: Sentiment | None
    """Average over the segments, weighted by length."""
    shifts: tuple[SentimentShift, ...]
    warnings: tuple[Warning, ...]
    raw: Json
    """The server's JSON."""
    speakers: tuple[Speaker, ...] = ()
    """Speakers of the channels; empty unless channels were split."""

    @classmethod
    def read(cls, wire: Json, segments: tuple[Segment, ...] | None = None) -> Transcript:
        """Read a JSON response, or a stream's last event and its `segments`."""
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
        """Plain text: one line, or a line for each turn of a speaker with the name."""
        if not self.speakers:
            return self.text
        turns = groupby(self.segments, key=lambda segment: segment.speaker)
        return "\n".join(
            f"{speaker}: {' '.join(segment.text for segment in segments)}"
            for speaker, segments in turns
        )

    def to_srt(self) -> str:
        """SubRip subtitles; ask for `words` for exact times."""
        return subtitles.to_srt(self._cues())

    def to_vtt(self) -> str:
        """WebVTT subtitles; ask for `words` for exact times."""
        return subtitles.to_vtt(self._cues())

    def _cues(self) -> Iterator[subtitles.Cue]:
        if "cues" not in self.raw:  # a server before 0.2
            for part in self.segments:
                yield subtitles.Cue(part.start, part.end, part.text, part.speaker)
        for cue in self.raw.get("cues", ()):
            yield subtitles.Cue(cue["start"], cue["end"], cue["text"], cue.get("speaker"))


@dataclass(frozen=True, slots=True)
class Language:
    """A language that can be transcribed."""

    code: str
    name: str
    native_name: str
    """Name in the language's own script."""
    family: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A deployment of the server and its state."""

    name: str
    ready: bool
    required: bool
    """False for a stage that may be scaled to zero."""
    replicas: int
    message: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the server can transcribe now."""

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
        Warning(warning["code"], warning["message"], warning.get("language"))
        for warning in wire.get("warnings") or ()
    )
