"""The values that pass between stages: audio in, words and feelings out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
"""Samples per second everywhere behind the decoder; what Whisper and silero VAD were trained on."""

WINDOW_SECONDS = 30.0
"""The longest stretch of audio a recogniser sees at once: Whisper's context."""

Pcm = npt.NDArray[np.int16]
"""Mono samples at SAMPLE_RATE, shape (samples,)."""

Task = Literal["transcribe", "translate"]
SuppressionReason = Literal["no_speech", "repetition", "unlikely", "crosstalk"]
"""Most likely nobody speaks; the recogniser said the same again and again; it is hardly a voice,
and the recogniser wasn't sure of its words or heard others when it listened again; it is the voice
of another channel.
"""
SentimentLabel = Literal["negative", "neutral", "positive"]


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What an uploaded file turned out to be."""

    seconds: float
    container: str
    codec: str
    sample_rate: int
    channels: int
    peak_dbfs: float
    """Loudest sample over full scale, in decibels; -inf for digital silence."""


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """A stretch in which somebody speaks, in seconds from the start of the clip."""

    start: float
    end: float
    voice: float = 1.0
    """How sure that is, in [0, 1]: the mean probability of its frames, padding left out."""

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True, eq=False)
class SpeechWindow:
    """At most WINDOW_SECONDS of a clip, cut at silence."""

    index: int
    """Of its channel's windows."""
    start: float
    """Seconds from the start of the clip to the first sample of `pcm`."""
    pcm: Pcm
    speech: tuple[SpeechSegment, ...] = ()
    """Where voices are, in seconds from the start of the clip."""
    channel: int | None = None
    """Counted from 0; None when all channels were mixed."""

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE

    @property
    def speech_s(self) -> float:
        """Of voices; all of it where nobody listened for them."""
        return sum(each.seconds for each in self.speech) or self.seconds

    @property
    def voice(self) -> float:
        """How sure it is that somebody speaks, over all of `speech`; 1 where nobody listened."""
        seconds = sum(each.seconds for each in self.speech)
        if not seconds:
            return 1.0
        return sum(each.voice * each.seconds for each in self.speech) / seconds

    def part(self, start: float, end: float) -> SpeechWindow:
        """What lies between two times of the clip."""
        first, last = (round((each - self.start) * SAMPLE_RATE) for each in (start, end))
        speech = tuple(
            replace(each, start=max(each.start, start), end=min(each.end, end))
            for each in self.speech
            if each.start < end and each.end > start
        )
        pcm = self.pcm[max(0, first) : max(0, last)]
        return SpeechWindow(self.index, max(start, self.start), pcm, speech, self.channel)


@dataclass(frozen=True, slots=True)
class CutAudio:
    """A file that was read to its end; its windows are wherever they were put."""

    info: AudioInfo
    suppressed: tuple[SuppressedSegment, ...] = ()
    """Voices on one channel that belong to another."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedAudio:
    info: AudioInfo
    windows: tuple[SpeechWindow, ...]
    """In order of their starts; empty when nobody speaks."""
    suppressed: tuple[SuppressedSegment, ...] = ()
    """Voices on one channel that belong to another."""


@dataclass(frozen=True, slots=True)
class SpeechDetection:
    """How voices are told from silence; the request's `chunking_strategy`, or the defaults."""

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    language: str
    confidence: float

    def __reduce__(self) -> tuple[type[LanguageGuess], tuple[str, float]]:
        """A window has hundreds of them, and dataclasses look up their fields for each."""
        return LanguageGuess, (self.language, self.confidence)


@dataclass(frozen=True, slots=True)
class LanguageDetection:
    """The languages of a clip, likeliest first."""

    guesses: tuple[LanguageGuess, ...]
    abstained: bool = False
    """True when the likeliest is too unsure to be called an answer."""

    @property
    def language(self) -> str | None:
        """The answer, or None when there is none worth giving."""
        return None if self.abstained or not self.guesses else self.guesses[0].language


@dataclass(frozen=True, slots=True)
class LanguageSpan:
    """A stretch in one language, in seconds from the start of the clip."""

    start: float
    end: float
    language: str
    confidence: float
    """The mean probability of that language, weighted by the length of speech."""


@dataclass(frozen=True, slots=True)
class Word:
    word: str
    """With the space before it, where its language writes one."""
    start: float
    end: float
    probability: float
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentiment:
    """Calibrated probabilities of one text, summing to 1."""

    negative: float
    neutral: float
    positive: float
    supported: bool = True
    """False when the text's language isn't among those the classifier was measured on."""

    @property
    def label(self) -> SentimentLabel:
        scores: dict[SentimentLabel, float] = {
            "negative": self.negative,
            "neutral": self.neutral,
            "positive": self.positive,
        }
        return max(scores, key=lambda name: scores[name])

    @property
    def score(self) -> float:
        """p(positive) - p(negative), in [-1, 1]."""
        return self.positive - self.negative


@dataclass(frozen=True, slots=True)
class TranscribedSegment:
    """One stretch of text; times in seconds from the start of the clip."""

    start: float
    end: float
    text: str
    language: str
    tokens: tuple[int, ...] = ()
    token_logprobs: tuple[float, ...] = ()
    """Natural logarithms, one for each of `tokens`; empty unless asked for."""
    token_bytes: tuple[bytes, ...] = ()
    """What each of `tokens` spells, in UTF-8 that may break inside a letter; empty as above."""
    temperature: float = 0.0
    avg_logprob: float = 0.0
    compression_ratio: float = 1.0
    no_speech_prob: float = 0.0
    seek: int = 0
    """Start of the window it was heard in, in hundredths of a second."""
    words: tuple[Word, ...] = ()
    sentiment: Sentiment | None = None
    speaker: str | None = None
    """None when channels were mixed."""


@dataclass(frozen=True, slots=True)
class SuppressedSegment:
    """Text the recogniser produced and we don't believe, or a voice it wasn't given."""

    start: float
    end: float
    text: str
    """Empty where nothing was recognised."""
    reason: SuppressionReason
    speaker: str | None = None
    """Whose channel it was on; None when channels were mixed."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What one window turned into."""

    segments: tuple[TranscribedSegment, ...]
    suppressed: tuple[SuppressedSegment, ...] = ()


@dataclass(frozen=True, slots=True)
class SentimentShift:
    """The moment, in seconds, at which the label changes from one segment to the next."""

    at: float
    before: SentimentLabel
    after: SentimentLabel


@dataclass(frozen=True, slots=True)
class Speaker:
    """One of several who are told apart, and how they felt."""

    name: str
    seconds: float
    """Of their segments together."""
    sentiment: Sentiment | None
    """Average over their segments, weighted by length."""


class Priority(IntEnum):
    """Whose turn it is when several windows wait for a model: the lowest comes first."""

    FINAL = 0
    """Somebody has stopped speaking and waits."""
    UPLOAD = 1
    """Part of a file."""
    DRAFT = 2
    """Somebody is still speaking: a later draft will replace this one."""


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """What a recogniser is told about one window."""

    language: str
    otherwise: str | None = None
    """What it may be instead: unlikely text is heard in that too, and the likelier stays."""
    part: tuple[float, float] | None = None
    """Only what lies between two times of the clip; None for the whole window."""
    task: Task = "transcribe"
    prompt: str = ""
    """Words that came before, or names to expect; the recogniser leans towards their spelling."""
    temperature: float = 0.0
    words: bool = False
    logprobs: bool = False
    prefix: tuple[int, ...] = ()
    """Tokens that the text of live speech is known to begin with."""
    answered: int = 0
    """How many of those were the answer to an earlier window, with whose end this one begins: they
    are left out of this answer."""
    answered_until: float = 0.0
    """Where that earlier window ended, in seconds of the clip."""
    guess: tuple[int, ...] = ()
    """Tokens that may well come next; they make the answer faster, and don't change it."""
    among: bool = False
    """Other windows of its file come right after it, and it can wait for them."""
    unhurried: bool = False
    """Nobody else waits: last words of live speech are heard twice even if they're only unsure."""
    priority: Priority = Priority.UPLOAD
    """A draft is decoded once, whatever it looks like, and has words, but not their times, even if
    nobody asks for `words`."""


@dataclass(frozen=True, slots=True)
class TranscriptionOptions:
    """What one request asks for."""

    task: Task = "transcribe"
    language: str | None = None
    """A code from `sentivox.languages`; None means find it out."""
    candidates: tuple[str, ...] = ()
    """The only languages to choose from, when not empty."""
    family: str | None = None
    """A language family asked for by name as the model; None lets the language choose."""
    prompt: str = ""
    keywords: tuple[str, ...] = ()
    temperature: float = 0.0
    words: bool = False
    logprobs: bool = False
    sentiment: bool = True
    partial: bool = True
    """Whether the answer may lack what failed, because it has room for warnings."""
    top_languages: int = 3
    """How many language guesses to return; 0 leaves them out of the answer."""
    detection: SpeechDetection = field(default_factory=SpeechDetection)
    split_channels: bool = False
    """Whether every channel is a speaker, recognised alone, rather than a part of the mix."""
    several_speakers: bool = False
    """Whether audio is refused that hasn't several channels with different voices."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a file whose language is unsure was heard as in one of its likeliest languages."""

    language: str
    family: str
    """Whose recogniser wrote it."""
    score: float | None
    """The higher the better: the logarithm of the language's probability, and the text's mean one
    per token. None where no text is believed."""
    text: str


@dataclass(frozen=True, slots=True)
class TranscriptionWarning:
    """A part of the answer that is missing, and why."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole answer."""

    info: AudioInfo
    task: Task
    language: str | None
    """What the words were recognised as; None when nobody spoke."""
    detection: LanguageDetection | None
    """None when the request named the language."""
    segments: tuple[TranscribedSegment, ...]
    suppressed: tuple[SuppressedSegment, ...] = ()
    sentiment: Sentiment | None = None
    """Average over segments, weighted by their length."""
    shifts: tuple[SentimentShift, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    """In the order of their channels; empty when channels were mixed."""
    routing: dict[str, str] = field(default_factory=dict)
    """For each language that was spoken the family whose recogniser wrote it."""
    alternatives: tuple[Alternative, ...] = ()
    """Likeliest language first, the one that was kept included; empty where one hearing did."""
    warnings: tuple[TranscriptionWarning, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds spent waiting for each stage."""

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments).strip()
