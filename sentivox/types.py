"""The values that pass between stages: audio, speech windows, languages, text, sentiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
"""Samples per second of all decoded audio: the rate that Whisper and silero VAD were trained on."""

FULL_SCALE = 32_768
"""Amplitude of full scale in 16-bit samples."""

WINDOW_SECONDS = 30.0
"""Longest window: the context of Whisper's encoder."""

AUDIO_FORMATS = (
    *("flac", "mp3", "mp4", "m4a", "mov", "mpeg", "mpga", "ogg", "oga", "opus", "wav", "webm"),
    *("mkv", "mka", "aac", "ac3", "aiff", "amr", "au", "avi", "caf", "dts", "eac3", "flv", "ts"),
    *("w64", "wma", "wmv"),
)
"""Suffixes of the files that are read, without the dot; the content decides, not the name."""

Pcm = npt.NDArray[np.int16]
"""Mono samples at SAMPLE_RATE, shape (samples,)."""

Task = Literal["transcribe", "translate"]
SuppressionReason = Literal["no_speech", "repetition", "low_probability", "crosstalk"]
"""Why text is left out of a transcript.

- `no_speech`: the recogniser takes the window for silence.
- `repetition`: the text is a repetition loop.
- `low_probability`: voice activity detection is unsure, and the text has a low probability or
  differs between two decoding passes.
- `crosstalk`: the speech belongs to another channel.
"""
SentimentClass = Literal["negative", "neutral", "positive"]
SentimentLabel = Literal["negative", "neutral", "positive", "mixed", "uncertain"]


class Script(StrEnum):
    """A script that text can be converted to, as the rest of a BCP 47 tag."""

    HANS = "Hans"
    """Simplified Chinese characters."""
    HANT = "Hant"
    """Traditional Chinese characters, in the forms that Taiwan uses."""
    HANT_HK = "Hant-HK"
    """Traditional Chinese characters, in the forms that Hong Kong uses."""
    LATN = "Latn"
    CYRL = "Cyrl"


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """Facts about an uploaded file."""

    seconds: float
    container: str
    codec: str
    sample_rate: int
    channels: int
    peak_dbfs: float
    """Level of the loudest sample relative to full scale, in decibels; -inf for digital silence."""


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """Speech found by voice activity detection; times in seconds from the start of the clip."""

    start: float
    end: float
    vad_confidence: float = 1.0
    """Mean speech probability of the segment's frames without padding, in [0, 1]."""
    onset: float = 0.0
    """Start of the first frame with speech: after `start` where the segment begins with padding."""

    @property
    def seconds(self) -> float:
        return self.end - self.start


ONSET_FRAME = 320
"""Samples, 20 ms, by which the start of sound is found."""
QUIET_DB = 35.0
"""Speech that much below its loudest moment isn't its start."""


@dataclass(frozen=True, slots=True, eq=False)
class SpeechWindow:
    """Audio that is encoded at once: at most WINDOW_SECONDS of a clip, cut at silence."""

    index: int
    """Position among the windows of the clip."""
    start: float
    """Seconds from the start of the clip to the first sample of `pcm`."""
    pcm: Pcm
    speech: tuple[SpeechSegment, ...] = ()
    """Speech segments inside the window; empty where voice activity detection didn't run."""
    channel: int | None = None
    """Counted from 0; None when all channels were mixed."""

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE

    @property
    def speech_s(self) -> float:
        """Seconds of speech; the whole window where voice activity detection didn't run."""
        return sum(each.seconds for each in self.speech) or self.seconds

    @property
    def vad_confidence(self) -> float:
        """Mean confidence over `speech`, weighted by length; 1 where `speech` is empty."""
        seconds = sum(each.seconds for each in self.speech)
        if not seconds:
            return 1.0
        return sum(each.vad_confidence * each.seconds for each in self.speech) / seconds

    def speech_from(self, start: float, end: float) -> float:
        """Where sound begins in the speech between two times of the clip if `start` is in the pause
        or the padding before it; otherwise `start`.
        """
        before = 0.0
        for each in self.speech:
            if before <= start < each.end and each.start < end:
                sound = self._sound_from(each.onset, each.end)
                return sound if start < sound < end else start
            before = each.end
        return start

    def _sound_from(self, onset: float, end: float) -> float:
        """The first moment at which speech is at most QUIET_DB below its loudest one: VAD may take
        noise after digital silence for speech.
        """
        first, last = (round((each - self.start) * SAMPLE_RATE) for each in (onset, end))
        frames = self.pcm[max(0, first) : max(0, last) // ONSET_FRAME * ONSET_FRAME]
        frames = frames[: len(frames) // ONSET_FRAME * ONSET_FRAME].reshape(-1, ONSET_FRAME)
        if not len(frames):
            return onset
        levels = np.square(frames, dtype=np.float64).mean(axis=1)
        loud = levels >= levels.max() / 10 ** (QUIET_DB / 10)
        return onset + int(loud.argmax()) * ONSET_FRAME / SAMPLE_RATE

    def part(self, start: float, end: float) -> SpeechWindow:
        """The window's audio and speech between two times of the clip, in seconds."""
        first, last = (round((each - self.start) * SAMPLE_RATE) for each in (start, end))
        speech = tuple(
            replace(each, start=max(each.start, start), end=min(each.end, end))
            for each in self.speech
            if each.start < end and each.end > start
        )
        pcm = self.pcm[max(0, first) : max(0, last)]
        return SpeechWindow(self.index, max(start, self.start), pcm, speech, self.channel)


@dataclass(frozen=True, slots=True)
class TranscriptionWarning:
    """A part of the transcript that is missing or doubtful, and the reason."""

    code: str
    message: str
    language: str | None = None
    """The likelier language, of `language_mismatch`."""


@dataclass(frozen=True, slots=True)
class CutAudio:
    """Facts about a decoded file whose windows were handed out one by one."""

    info: AudioInfo
    suppressed: tuple[SuppressedSegment, ...] = ()
    """Speech on one channel that belongs to another."""
    warnings: tuple[TranscriptionWarning, ...] = ()
    """About a file that is cut off, or has several audio tracks."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedAudio(CutAudio):
    """A decoded file with its windows."""

    windows: tuple[SpeechWindow, ...] = ()
    """In order of their starts; empty without speech."""


@dataclass(frozen=True, slots=True)
class SpeechDetection:
    """Settings of voice activity detection: the request's `chunking_strategy`, or the defaults."""

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """How a file is decoded and cut into windows."""

    detection: SpeechDetection = SpeechDetection()
    split_channels: bool = False
    """Whether each channel is cut into windows of its own."""
    audio_track: int = 0
    """Number of the audio track, from 1; 0 for the default one, or the next one with speech."""


@dataclass(frozen=True, slots=True)
class LanguageProbability:
    """One language and its probability, in [0, 1]."""

    language: str
    confidence: float

    def __reduce__(self) -> tuple[type[LanguageProbability], tuple[str, float]]:
        """Faster than the default of dataclasses: a window has hundreds of these objects."""
        return LanguageProbability, (self.language, self.confidence)


@dataclass(frozen=True, slots=True)
class LanguageDetection:
    """The probable languages of a clip."""

    ranked: tuple[LanguageProbability, ...]
    """Most probable first."""
    abstained: bool = False
    """True when the most probable language is below the minimum confidence."""

    @property
    def language(self) -> str | None:
        """The detected language; None when abstained."""
        return None if self.abstained or not self.ranked else self.ranked[0].language


@dataclass(frozen=True, slots=True)
class LanguageSpan:
    """A part of a clip in one language; times in seconds from the start of the clip."""

    start: float
    end: float
    language: str
    confidence: float
    """Mean probability of the language, weighted by the length of speech."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its time, in seconds from the start of the clip."""

    word: str
    """With the preceding space, where the language writes one."""
    start: float
    end: float
    probability: float
    tokens: tuple[int, ...] = ()


MIXED_FROM = 0.3
"""Probability from which positive and negative are both probable."""
CERTAIN_FROM = 0.5
"""A class of a lower probability is wrong more often than right: probabilities are calibrated."""
NEUTRAL_SCORE = 1 / 3
"""Greatest magnitude of the score of a neutral text."""


@dataclass(frozen=True, slots=True)
class Sentiment:
    """Calibrated probabilities of one text, summing to 1."""

    negative: float
    neutral: float
    positive: float
    supported: bool = True
    """False when the classifier wasn't measured on the text's language."""

    @property
    def scores(self) -> dict[SentimentClass, float]:
        """The probabilities by class."""
        return {"negative": self.negative, "neutral": self.neutral, "positive": self.positive}

    @property
    def most_probable(self) -> SentimentClass:
        scores = self.scores
        return max(scores, key=lambda name: scores[name])

    @property
    def label(self) -> SentimentLabel:
        """The most probable class if it agrees with the score, and is more probable than not.

        `mixed` where both positive and negative are probable, `uncertain` otherwise. So the score
        of `positive` is above 0.2, that of `negative` below -0.2, and that of `neutral` between
        -1/3 and 1/3.
        """
        if min(self.positive, self.negative) >= MIXED_FROM:
            return "mixed"
        most_probable = self.most_probable
        improbable = self.scores[most_probable] < CERTAIN_FROM
        contradicts = most_probable == "neutral" and abs(self.score) > NEUTRAL_SCORE
        return "uncertain" if improbable or contradicts else most_probable

    @property
    def score(self) -> float:
        """p(positive) - p(negative), in [-1, 1]."""
        return self.positive - self.negative


@dataclass(frozen=True, slots=True)
class TranscribedSegment:
    """A segment of a transcript; times in seconds from the start of the clip."""

    start: float
    end: float
    text: str
    language: str
    tokens: tuple[int, ...] = ()
    token_logprobs: tuple[float, ...] = ()
    """Natural log-probability of each of `tokens`; empty unless requested."""
    token_bytes: tuple[bytes, ...] = ()
    """UTF-8 bytes of each of `tokens`, which may end inside a character; empty unless requested."""
    temperature: float = 0.0
    avg_logprob: float = 0.0
    compression_ratio: float = 1.0
    no_speech_prob: float = 0.0
    seek: int = 0
    """Start of the segment's window, in hundredths of a second."""
    words: tuple[Word, ...] = ()
    sentiment: Sentiment | None = None
    speaker: str | None = None
    """Name of the segment's channel; None when channels were mixed."""


@dataclass(frozen=True, slots=True)
class SuppressedSegment:
    """Recognised text, or speech of another channel, that is left out of the transcript."""

    start: float
    end: float
    text: str
    """Empty where the speech wasn't recognised."""
    reason: SuppressionReason
    speaker: str | None = None
    """Name of the channel; None when channels were mixed."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """The transcript of one window."""

    segments: tuple[TranscribedSegment, ...]
    suppressed: tuple[SuppressedSegment, ...] = ()


@dataclass(frozen=True, slots=True)
class SentimentShift:
    """The time, in seconds, at which the label changes from one segment to the next."""

    at: float
    before: SentimentLabel
    after: SentimentLabel


@dataclass(frozen=True, slots=True)
class Speaker:
    """One speaker of a recording with several channels."""

    name: str
    seconds: float
    """Total length of the speaker's segments."""
    sentiment: Sentiment | None
    """Average over the speaker's segments, weighted by length."""


class Priority(IntEnum):
    """Order of windows that wait for a model: the lowest value is served first."""

    FINAL = 0
    """The final text of a live turn: the speaker has stopped and waits."""
    UPLOAD = 1
    """A window of a file."""
    INTERIM = 2
    """Interim text of a live turn: a later request replaces it."""


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """How one window is recognised."""

    language: str
    alternative_language: str | None = None
    """A second language to decode improbable text in; the more probable text is kept."""
    time_range: tuple[float, float] | None = None
    """Only the audio between two times of the clip, in seconds; None for the whole window."""
    task: Task = "transcribe"
    prompt: str = ""
    """Preceding text, or names to expect; the recogniser leans towards its spelling."""
    temperature: float = 0.0
    words: bool = False
    logprobs: bool = False
    prefix: tuple[int, ...] = ()
    """Tokens that the text is known to begin with."""
    returned_tokens: int = 0
    """How many tokens of `prefix` belong to an earlier window: they are left out of the result."""
    returned_until: float = 0.0
    """End of that earlier window, in seconds of the clip."""
    draft_tokens: tuple[int, ...] = ()
    """Tokens that probably come next; verified in one step, so they save time and not accuracy."""
    waits_for_group: bool = False
    """Other windows of the same file follow at once, so this one may wait to share their batch."""
    priority: Priority = Priority.UPLOAD
    """Interim text has a single decoding pass. It has words without times even if `words` is
    false."""


@dataclass(frozen=True, slots=True)
class TranscriptionOptions:
    """Options of one request."""

    task: Task = "transcribe"
    language: str | None = None
    """A code from `sentivox.languages`; None detects the language."""
    candidates: tuple[str, ...] = ()
    """The languages to choose from; empty for all."""
    scripts: Mapping[str, Script] = field(default_factory=dict)
    """Language code -> the script requested for its text."""
    family: str | None = None
    """A language family requested as the model; None lets the language choose."""
    prompt: str = ""
    keywords: tuple[str, ...] = ()
    temperature: float = 0.0
    words: bool = False
    logprobs: bool = False
    sentiment: bool = True
    partial: bool = True
    """Whether failed parts become warnings; False where the response format has no warnings."""
    top_languages: int = 3
    """How many languages to list with their probabilities; 0 for none."""
    detection: SpeechDetection = field(default_factory=SpeechDetection)
    split_channels: bool = False
    """Whether each channel is one speaker, recognised separately."""
    audio_track: int = 0
    """Number of the file's audio track, from 1; 0 for the default one, or the next with speech."""
    several_speakers: bool = False
    """Whether audio without several channels of different speech is refused."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The result of one request."""

    info: AudioInfo
    task: Task
    language: str | None
    """The language that most of the speech was recognised in; None without speech."""
    detection: LanguageDetection | None
    """None when the request named the language."""
    segments: tuple[TranscribedSegment, ...]
    suppressed: tuple[SuppressedSegment, ...] = ()
    sentiment: Sentiment | None = None
    """Average over segments, weighted by length."""
    shifts: tuple[SentimentShift, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    """In the order of channels; empty when channels were mixed."""
    routing: dict[str, str] = field(default_factory=dict)
    """The language family whose recogniser served each spoken language."""
    warnings: tuple[TranscriptionWarning, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds that the request waited for each stage."""

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments).strip()
