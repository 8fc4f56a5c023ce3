"""A fake service in place of the one behind Ray handles."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from functools import cache

from sentivox.audio.vad import VadModel
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import IngressSettings
from sentivox.streaming.session import StreamingSession
from sentivox.types import (
    AudioInfo,
    LanguageDetection,
    LanguageProbability,
    Recognition,
    Sentiment,
    SentimentShift,
    Speaker,
    SuppressedSegment,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
    TranscriptionWarning,
    Word,
)
from sentivox.web.service import StageStatus
from sentivox.web.session_limiter import SessionLimiter

SEGMENTS = (
    TranscribedSegment(
        0.0,
        1.5,
        " Das ist schön.",
        "de",
        tokens=(1, 2),
        token_logprobs=(-0.1, -0.2),
        token_bytes=(b" Das ist", " schön.".encode()),
        words=(
            Word(" Das", 0.0, 0.4, 0.9),
            Word(" ist", 0.4, 0.8, 0.9),
            Word(" schön.", 0.8, 1.5, 0.8),
        ),
        sentiment=Sentiment(0.1, 0.2, 0.7),
    ),
    TranscribedSegment(
        1.5,
        3.2,
        " <b>Das</b> nicht & nie.",
        "de",
        seek=150,
        words=(Word(" <b>Das</b>", 1.5, 2.0, 0.9), Word(" nicht & nie.", 2.0, 3.2, 0.9)),
        sentiment=Sentiment(0.8, 0.1, 0.1),
    ),
)
TRANSCRIPT = Transcript(
    info=AudioInfo(3.2, "wav", "pcm_s16le", 16_000, 1, -3.0),
    task="transcribe",
    language="de",
    detection=LanguageDetection((LanguageProbability("de", 0.9), LanguageProbability("nl", 0.05))),
    segments=SEGMENTS,
    suppressed=(SuppressedSegment(3.2, 4.0, "Thank you.", "no_speech"),),
    sentiment=Sentiment(0.47, 0.15, 0.38),
    shifts=(SentimentShift(1.5, "positive", "negative"),),
    warnings=(TranscriptionWarning("sentiment_partial", "One segment has no sentiment."),),
    timings={"audio_decoder": 0.0123, "asr": 0.5},
)
CALL = replace(
    TRANSCRIPT,
    info=replace(TRANSCRIPT.info, channels=2),
    segments=(
        replace(SEGMENTS[0], speaker="A"),
        replace(
            SEGMENTS[1],
            start=1.0,
            speaker="B",
            words=(Word(" <b>Das</b>", 1.0, 2.0, 0.9), Word(" nicht & nie.", 2.0, 3.2, 0.9)),
        ),
    ),
    suppressed=(SuppressedSegment(0.2, 1.2, "", "crosstalk", "B"),),
    speakers=(
        Speaker("A", 1.5, Sentiment(0.1, 0.2, 0.7)),
        Speaker("B", 2.2, Sentiment(0.8, 0.1, 0.1)),
    ),
)
"""Two speakers, one on each channel; the second begins before the first has ended."""
STAGES = {
    "audio_decoder": StageStatus(ready=True, required=True, replicas=1),
    "asr_slavic": StageStatus(ready=False, required=False, replicas=0, message="asleep"),
}


@cache
def _vad() -> VadModel:
    return VadModel()


class FakeService:
    """Answers `transcript`, or raises `error`: in a stream, after `failing_after` segments.

    `requests` has the audio and options of every upload. With `hangs` no work ends: `began` is set
    once it waits, `ended` once it is cancelled.
    """

    def __init__(
        self,
        transcript: Transcript = TRANSCRIPT,
        *,
        settings: IngressSettings | None = None,
        error: Exception | None = None,
        failing_after: int = 0,
        stages: Mapping[str, StageStatus] = STAGES,
        hangs: bool = False,
    ) -> None:
        self.settings = settings or IngressSettings()
        self.session_limiter = SessionLimiter()
        self.transcript = transcript
        self.error = error
        self.failing_after = failing_after
        self.status = stages
        self.hangs = hangs
        self.requests: list[tuple[bytes, TranscriptionOptions]] = []
        self.began = threading.Event()
        self.ended = threading.Event()

    async def transcribe(self, audio: bytes, options: TranscriptionOptions) -> Transcript:
        self.requests.append((audio, options))
        if self.error is not None:
            raise self.error
        await self._hang()
        return self.transcript

    async def stream(
        self, audio: bytes, options: TranscriptionOptions
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        self.requests.append((audio, options))
        try:
            for number, segment in enumerate(self.transcript.segments):
                if self.error is not None and number == self.failing_after:
                    raise self.error
                yield segment
            await self._hang()
            yield self.transcript
        finally:
            self.ended.set()

    def new_session(self, options: TranscriptionOptions, *, automatic: bool) -> StreamingSession:
        return StreamingSession(_vad(), options, self.settings.live.streaming, automatic=automatic)

    async def recognize_live(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult:
        """The first segment's words, one more for each half second of audio."""
        if self.error is not None:
            raise self.error
        await self._hang()
        count = max(len(request.prefix), int(2 * request.window.seconds))
        words = tuple(
            replace(word, tokens=(number,))
            for number, word in enumerate(self.transcript.segments[0].words[:count])
        )
        text = "".join(word.word for word in words)
        start = request.window.start
        segment = TranscribedSegment(start, request.end, text, "de", words=words)
        sentiment = self.transcript.sentiment if request.final else None
        return LiveResult(
            "de", self.transcript.detection, Recognition((segment,) if text else ()), sentiment
        )

    async def stages(self) -> Mapping[str, StageStatus]:
        return self.status

    async def metrics(self) -> bytes:
        return b"sentivox_up 1\n"

    async def _hang(self) -> None:
        if not self.hangs:
            return
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()
