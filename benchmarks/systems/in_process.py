"""The stages of this server in one process, without Ray and HTTP.

The pipeline, the scheduling policy and the settings are those of the server, so a difference
between the two is what Ray and HTTP cost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.systems.local_config import ingress, language_id, recognition
from benchmarks.systems.system import Answer, AudioFile
from sentivox.audio.vad import VadModel
from sentivox.errors import SpeechError
from sentivox.pipeline.in_process import ROUTING, InProcessSettings, InProcessStages
from sentivox.pipeline.live import LivePipeline
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
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

UNLIMITED_S = 1e6
CONCURRENT_FILES = 32
"""Files in progress at the same time: as many as the server has clients in `capacity`."""
LIVE_PIECE_S = 0.1
"""Length of the pieces in which a live session receives audio."""

Changes = Mapping[str, Any]
"""Settings that differ from those of the local config, by name."""


def local_settings(
    threads: int | None = None,
    recognition_changes: Changes | None = None,
    language_id_changes: Changes | None = None,
) -> InProcessSettings:
    """The settings of the local config for files of any length, with `threads` for each model."""
    base = InProcessSettings()
    changed = {"threads": threads} if threads else {}
    return InProcessSettings(
        audio_decoder=base.audio_decoder.model_copy(
            update={"max_seconds": UNLIMITED_S, "decode_timeout_s": UNLIMITED_S}
        ),
        language_id=language_id(**changed | dict(language_id_changes or {})),
        recognition=recognition(**changed | dict(recognition_changes or {})),
        sentiment=base.sentiment.model_copy(update=changed),
    )


class EngineInProcess:
    """Uploads and live requests through the stages in this process. Implements `System`."""

    def __init__(
        self,
        settings: InProcessSettings | None = None,
        concurrent_files: int = CONCURRENT_FILES,
        *,
        sentiment: bool = True,
    ) -> None:
        """Loads all models; `sentiment` is the option of each request."""
        self.seconds: Counter[str] = Counter()
        """Seconds that requests waited for each stage."""
        self.concurrent_files = concurrent_files
        """Files in progress at the same time."""
        self._sentiment = sentiment
        self._stages = InProcessStages(settings or local_settings())
        limits = ingress()
        self._uploads = UploadPipeline(
            self._stages,
            ROUTING,
            WindowLimits(limits.windows_in_flight, limits.decode_group_size),
        )
        self._live = LivePipeline(self._stages, ROUTING)

    def transcribe(self, files: Sequence[AudioFile], language: str | None = None) -> list[Answer]:
        """See System."""
        transcripts = self.transcripts([file.audio for file in files], language)
        return [Answer(each.text, each.language or "") for each in transcripts]

    def transcripts(self, files: Sequence[bytes], language: str | None = None) -> list[Transcript]:
        """One transcript per file, in order; the language is detected unless given."""
        options = TranscriptionOptions(language=language, sentiment=self._sentiment)
        return asyncio.run(self._transcripts(files, options))

    def live_result(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult | SpeechError:
        """The result of one window of a live session, or its error."""
        try:
            return asyncio.run(self._live.recognize(request, options))
        except SpeechError as exc:
            return exc

    def close(self) -> None:
        """Ends the decoder's child processes."""
        self._stages.close()

    async def _transcripts(
        self, files: Sequence[bytes], options: TranscriptionOptions
    ) -> list[Transcript]:
        slots = asyncio.Semaphore(self.concurrent_files)

        async def transcribe(file: bytes) -> Transcript:
            async with slots:
                transcript = await self._uploads.transcribe(file, options)
            self.seconds.update(transcript.timings)
            return transcript

        return await asyncio.gather(*(transcribe(file) for file in files))


@dataclass(slots=True)
class LiveTranscript:
    """The turns of one live session together."""

    segments: list[TranscribedSegment] = field(default_factory=list)
    suppressed: list[SuppressedSegment] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments).strip()


class LiveInProcess:
    """Live sessions whose requests are answered before the next audio comes."""

    def __init__(self, engine: EngineInProcess) -> None:
        self._engine = engine
        self._vad = VadModel()

    def transcribe(self, pcm: Pcm, settings: StreamingSettings | None = None) -> LiveTranscript:
        """All turns of a session that receives the audio in pieces of LIVE_PIECE_S."""
        session = StreamingSession(
            self._vad, TranscriptionOptions(), settings or StreamingSettings()
        )
        found = LiveTranscript()
        step = int(LIVE_PIECE_S * SAMPLE_RATE)
        for at in range(0, len(pcm), step):
            self._act(session, session.feed(pcm[at : at + step]), found)
        self._act(session, session.commit(), found)
        return found

    def _act(
        self, session: StreamingSession, actions: Sequence[Action], found: LiveTranscript
    ) -> None:
        waiting = list(actions)
        while waiting:
            action = waiting.pop(0)
            if isinstance(action, LiveRequest):
                result = self._engine.live_result(action, session.options)
                waiting += session.answer(action, result)
            elif isinstance(action, TurnCompleted):
                found.segments += action.segments
                found.suppressed += action.suppressed
