"""The stages of this server in one process, without Ray and HTTP.

The pipeline, the scheduling policy and the settings are those of the server, so a difference
between the two is what Ray and HTTP cost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from benchmarks.system import Answer, Sound
from sentivox.audio.vad import VadModel
from sentivox.pipeline.in_process import ROUTING, InProcessSettings, InProcessStages
from sentivox.pipeline.live import LivePipeline
from sentivox.pipeline.live_requests import LiveRequest
from sentivox.pipeline.upload import UploadPipeline
from sentivox.pipeline.window_recognition import WindowLimits
from sentivox.settings import StreamingSettings
from sentivox.streaming.events import Action, TurnCompleted
from sentivox.streaming.session import StreamingSession
from sentivox.types import (
    SAMPLE_RATE,
    Pcm,
    SuppressedSegment,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)

LIMITS = WindowLimits(windows_in_flight=10, decode_group_size=4)
"""Those of `serve_config.local.yaml`."""
UNLIMITED_S = 1e6
CONCURRENT_FILES = 32
"""Files in progress at the same time, as many as the capacity benchmark has clients."""
LIVE_PIECE_S = 0.1


def unlimited(threads: int | None = None) -> InProcessSettings:
    """The settings of the local config for files of any length, with `threads` for each model."""
    settings = InProcessSettings()
    decoder = settings.audio_decoder.model_copy(
        update={"max_seconds": UNLIMITED_S, "decode_timeout_s": UNLIMITED_S}
    )
    changed = {"threads": threads} if threads else {}
    return replace(
        settings,
        audio_decoder=decoder,
        language_id=settings.language_id.model_copy(update=changed),
        recognition=settings.recognition.model_copy(update=changed),
        sentiment=settings.sentiment.model_copy(update=changed),
    )


class EngineInProcess:
    """A `System`: uploads through the stages in this process."""

    def __init__(
        self, threads: int | None = None, concurrent_files: int = CONCURRENT_FILES
    ) -> None:
        self.seconds: Counter[str] = Counter()
        """Seconds that requests waited for each stage."""
        self._stages = InProcessStages(unlimited(threads))
        self._uploads = UploadPipeline(self._stages, ROUTING, LIMITS)
        self._concurrent_files = concurrent_files

    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        """See System."""
        transcripts = self.transcribe([sound.audio for sound in sounds])
        return [Answer(each.text, each.language or "") for each in transcripts]

    def transcribe(self, files: Sequence[bytes], language: str | None = None) -> list[Transcript]:
        """One transcript per file, in order; the language is detected unless given."""
        return asyncio.run(self._transcribe(files, TranscriptionOptions(language=language)))

    def close(self) -> None:
        self._stages.close()

    async def _transcribe(
        self, files: Sequence[bytes], options: TranscriptionOptions
    ) -> list[Transcript]:
        slots = asyncio.Semaphore(self._concurrent_files)

        async def transcribe(file: bytes) -> Transcript:
            async with slots:
                transcript = await self._uploads.transcribe(file, options)
            self.seconds.update(transcript.timings)
            return transcript

        return await asyncio.gather(*(transcribe(file) for file in files))


@dataclass(slots=True)
class LiveTranscript:
    """The turns of one session together."""

    segments: list[TranscribedSegment] = field(default_factory=list)
    suppressed: list[SuppressedSegment] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments).strip()


class LiveInProcess:
    """Live sessions whose requests are answered at once."""

    def __init__(self, threads: int | None = None) -> None:
        self._live = LivePipeline(InProcessStages(unlimited(threads)), ROUTING)
        self._vad = VadModel()

    def transcribe(self, pcm: Pcm, settings: StreamingSettings | None = None) -> LiveTranscript:
        """All turns of a session that gets the audio in pieces of LIVE_PIECE_S."""
        return asyncio.run(self._transcribe(pcm, settings or StreamingSettings()))

    async def _transcribe(self, pcm: Pcm, settings: StreamingSettings) -> LiveTranscript:
        session = StreamingSession(self._vad, TranscriptionOptions(), settings)
        found = LiveTranscript()
        step = int(LIVE_PIECE_S * SAMPLE_RATE)
        for at in range(0, len(pcm), step):
            await self._act(session, session.feed(pcm[at : at + step]), found)
        await self._act(session, session.commit(), found)
        return found

    async def _act(
        self, session: StreamingSession, actions: Sequence[Action], found: LiveTranscript
    ) -> None:
        waiting = list(actions)
        while waiting:
            action = waiting.pop(0)
            if isinstance(action, LiveRequest):
                result = await self._live.recognize(action, session.options)
                waiting += session.answer(action, result)
            elif isinstance(action, TurnCompleted):
                found.segments += action.segments
                found.suppressed += action.suppressed
