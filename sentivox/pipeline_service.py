"""Uploads and live sessions over the pipelines, the same wherever the stages run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

from sentivox.audio.vad import VadModel
from sentivox.pipeline.live import LivePipeline
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.pipeline.routing import Routing
from sentivox.pipeline.stages import Stages
from sentivox.pipeline.upload import UploadPipeline
from sentivox.pipeline.window_recognition import WindowLimits
from sentivox.settings import IngressSettings
from sentivox.streaming.session import StreamingSession
from sentivox.types import TranscribedSegment, Transcript, TranscriptionOptions
from sentivox.web.session_limiter import SessionLimiter


class PipelineService:
    """A `SpeechService`, except for the state of its stages and their metrics."""

    def __init__(
        self,
        stages: Stages,
        routing: Routing,
        settings: IngressSettings,
        watch_sessions: Callable[[int], object] = lambda count: None,
    ) -> None:
        """`watch_sessions` is called with the number of live sessions whenever it changes."""
        self.session_limiter = SessionLimiter(watch_sessions)
        self._stages = stages
        self._routing = routing
        self._vad = VadModel()
        self.configure(settings)

    def configure(self, settings: IngressSettings) -> None:
        """Applies other settings to the requests that begin from now on."""
        routing = replace(self._routing, routes=settings.routes)
        limits = WindowLimits(settings.windows_in_flight, settings.decode_group_size)
        script = settings.chinese_script
        self._uploads = UploadPipeline(
            self._stages, routing, limits, settings.admission_slo, script
        )
        self._live = LivePipeline(self._stages, routing, script)
        self.settings = settings

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
