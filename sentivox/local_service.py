"""The web application over models in this process, for `sentivox transcribe --local` and tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from prometheus_client import REGISTRY, generate_latest
from starlette.applications import Starlette

from sentivox.pipeline.in_process import ROUTING, InProcessSettings, InProcessStages
from sentivox.pipeline.live import LivePipeline
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.pipeline.upload import UploadPipeline
from sentivox.settings import IngressSettings
from sentivox.streaming.session import StreamingSession
from sentivox.types import TranscribedSegment, Transcript, TranscriptionOptions
from sentivox.web.app import create_app
from sentivox.web.service import StageStatus
from sentivox.web.session_limiter import SessionLimiter

STAGES = ("audio_decoder", "language_id", "asr_multilingual", "sentiment")
MAX_UPLOAD_BYTES = 1 << 33
"""Files come from this machine: 8 GiB."""


class InProcessService:
    """A `SpeechService`."""

    def __init__(self, settings: InProcessSettings | None = None) -> None:
        """Loads all models. Raises WeightsError."""
        from sentivox.audio.vad import VadModel

        self.settings = IngressSettings(max_upload_bytes=MAX_UPLOAD_BYTES)
        self.session_limiter = SessionLimiter()
        self._stages = InProcessStages(settings)
        self._uploads = UploadPipeline(self._stages, ROUTING)
        self._live = LivePipeline(self._stages, ROUTING)
        self._vad = VadModel()

    def close(self) -> None:
        self._stages.close()

    async def transcribe(self, audio: bytes, options: TranscriptionOptions) -> Transcript:
        return await self._uploads.transcribe(audio, options)

    def stream(
        self, audio: bytes, options: TranscriptionOptions
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        return self._uploads.stream(audio, options)

    def new_session(self, options: TranscriptionOptions, *, automatic: bool) -> StreamingSession:
        return StreamingSession(
            self._vad, options, self.settings.live.streaming, automatic=automatic
        )

    async def recognize_live(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult:
        return await self._live.recognize(request, options)

    async def stages(self) -> Mapping[str, StageStatus]:
        return {name: StageStatus(ready=True, required=True, replicas=1) for name in STAGES}

    async def metrics(self) -> bytes:
        return generate_latest(REGISTRY)


def local_app() -> Starlette:
    """The application with the models of `make serve`, loaded now."""
    service = InProcessService()
    return create_app(lambda: service)
